"""Files that commands leave: new, their owner's alone, in place before they are needed.

The folder is opened first and the file is made in it, exclusively and through no
symbolic link, so that what is written goes where the path led when it was tried. What a
file takes is durable before the command says that it is there.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from kit.errors import Conflict, Invalid
from kit.home import EXCLUSIVE
from kit.storage import about, in_words

_RESERVED: Final = 1 << 16
_NO_RESERVATION: Final = {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class ResultFile:
    """A file that waits for the result of an act that cannot be taken back."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.kept = False
        self._descriptor = descriptor

    def reserve(self) -> None:
        """Take the room that a result needs, so that the disk is not full later."""
        with about(self.path):
            try:
                os.posix_fallocate(self._descriptor, 0, _RESERVED)
            except OSError as error:
                # Where a file system knows no reservation, the first write tries it.
                if error.errno not in _NO_RESERVATION:
                    raise

    def write(self, data: bytes) -> None:
        """Put this into the file in the place of what it holds, durably."""
        with about(self.path):
            _write(self._descriptor, data.ljust(_RESERVED, b"\n"))
            os.fsync(self._descriptor)

    def finish(self, data: bytes) -> None:
        """Put the result into the file, and give back the room that is left."""
        with about(self.path):
            _write(self._descriptor, data)
            os.ftruncate(self._descriptor, len(data))
            os.fsync(self._descriptor)

    def keep(self) -> None:
        """Leave the file where it is, whatever happens from now on."""
        self.kept = True


@contextmanager
def result_file(path: Path) -> Iterator[ResultFile]:
    """Open a new file for a result, with room for it, in its folder durably.

    It is gone again after an error, unless it was to be kept.

    Raises:
        Conflict: something is there already.
        Invalid: nothing can be written there; the detail says why.

    """
    with _made(path) as (folder, descriptor):
        file = ResultFile(path, descriptor)
        try:
            file.reserve()
            os.fsync(folder)
            yield file
        except BaseException:
            if not file.kept:
                _drop(path, folder)
            raise
        finally:
            os.close(descriptor)


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a new file that its owner alone may read; gone again if that fails.

    Raises:
        Conflict: something is there already.
        Invalid: nothing can be written there; the detail says why.
        OSError: writing failed later; it names the path.

    """
    with _made(path) as (folder, descriptor):
        try:
            with os.fdopen(descriptor, "wb") as file, about(path):
                yield file
                file.flush()
                os.fsync(descriptor)
            os.fsync(folder)
        except BaseException:
            _drop(path, folder)
            raise


@contextmanager
def _made(path: Path) -> Iterator[tuple[int, int]]:
    """Make a file in its folder; gives the folder's descriptor and the file's."""
    try:
        folder = os.open(path.parent, _FOLDER)
    except OSError as error:
        raise _unfit(path, error) from None
    try:
        try:
            descriptor = os.open(path.name, EXCLUSIVE, 0o600, dir_fd=folder)
            os.fchmod(descriptor, 0o600)
        except OSError as error:
            raise _unfit(path, error) from None
        yield folder, descriptor
    finally:
        os.close(folder)


def _write(descriptor: int, data: bytes) -> None:
    done = 0
    while done < len(data):
        done += os.pwrite(descriptor, data[done:], done)


def _drop(path: Path, folder: int) -> None:
    with suppress(OSError):
        os.unlink(path.name, dir_fd=folder)


def _unfit(path: Path, error: OSError) -> Conflict | Invalid:
    if error.errno == errno.EEXIST:
        return Conflict("a file of that name is there already", fix="name a new file")
    error.filename = str(path)
    known = in_words(error, with_path=True)
    return Invalid(
        known.detail if known else f"{path}: nothing can be written there",
        code=known.reason_code if known else None,
        fix="name a new file in a folder of your own",
    )
