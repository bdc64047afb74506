"""The auditor's own files: read with a limit, written whole or not at all."""

import os
import secrets
from pathlib import Path

from .errors import VerificationError

MAX_FILE_BYTES = 1 << 22


class MisusedError(Exception):
    """A file of the auditor's own is missing or is not what it should be."""


def read(path: Path, *, what: str = "") -> bytes:
    """Read a file of the auditor's; `what` it is stands before its path in messages.

    Raises:
        MisusedError: it is missing, may not be read, or is too long.

    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise _unread(path, error, what) from None
    if len(data) > MAX_FILE_BYTES:
        raise MisusedError(f"{path} is too long for anything that is read here")
    return data


def _unread(path: Path, error: OSError, what: str = "") -> MisusedError:
    missing = isinstance(error, FileNotFoundError)
    why = "is missing" if missing else "may not be read"
    return MisusedError(f"{what}, {path}, {why}" if what else f"{path} {why}")


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
