"""The auditor's own files: read with a limit, written whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

from .errors import VerificationError

MAX_FILE_BYTES = 1 << 22


_FIX = "see --help, and name what is there"


class MisusedError(Exception):
    """A file of the auditor's own is missing or is not what it should be.

    `fix` says what to do.
    """

    def __init__(self, detail: str, *, fix: str = _FIX) -> None:
        super().__init__(detail)
        self.fix = fix

    @classmethod
    def of(cls, path: Path, error: VerificationError) -> Self:
        """Tell a file of the auditor's own that is none from one that is refused."""
        fix = "nothing was verified; mend the file, or fetch it again"
        return cls(f"{path} cannot be understood: {error}", fix=fix)


def read(path: Path, *, what: str = "", fix: str = _FIX) -> bytes:
    """Read a file of the auditor's; `what` it is stands before its path in messages.

    Raises:
        MisusedError: it is missing, may not be read, or is too long.

    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise _unread(path, error, what, fix) from None
    if len(data) > MAX_FILE_BYTES:
        raise MisusedError(f"{path} is too long for anything that is read here")
    return data


def _unread(
    path: Path, error: OSError, what: str = "", fix: str = _FIX
) -> MisusedError:
    why = "may not be read"
    if isinstance(error, FileNotFoundError):
        why = "is missing"
    elif isinstance(error, IsADirectoryError):
        why = "is a folder"
    return MisusedError(f"{what}, {path}, {why}" if what else f"{path} {why}", fix=fix)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that is read as it is needed.

    Raises:
        MisusedError: it is missing, or may not be read.

    """
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise _unread(path, error) from None


def head(path: Path, most: int) -> bytes:
    """Read the first bytes of a file of the auditor's.

    Raises:
        MisusedError: it is missing, or may not be read.

    """
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise _unread(path, error) from None


def save(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, durably.

    Raises:
        MisusedError: it cannot be written.

    """
    aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    try:
        _write(aside, data)
        aside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise MisusedError(f"{path} cannot be written: {error.strerror}") from None


def _write(aside: Path, data: bytes) -> None:
    # It is made here, or nothing is written: what lies there is never written through.
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def text(path: Path) -> str:
    """Read a file that holds a checkpoint, or should.

    Raises:
        MisusedError: it is missing, may not be read, or is too long.
        VerificationError: it is no text.

    """
    try:
        return read(path).decode()
    except UnicodeDecodeError:
        raise VerificationError(f"{path} is no checkpoint") from None
