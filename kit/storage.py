"""What the operating system says when a file cannot be written or read, in words.

A full disk, a file system that is read-only, a missing permission: the operator's to
mend, and no fault of the program. Errors travel as the `OSError` that they are, with
the file's path in it, and are put into words at the edges: a command names the path, an
answer over HTTP does not. SQLite's own codes for the same things become the same errors
here (https://sqlite.org/rescode.html).
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from kit.errors import Unavailable


class _Words(NamedTuple):
    code: str
    detail: str
    fix: str


_FULL: Final = _Words(
    "storage.full", "the disk is full", "make room on it, then do this again"
)
_DENIED: Final = _Words(
    "storage.denied",
    "permission denied",
    "give the file and its folder to the user that runs this",
)
_FAILED: Final = _Words(
    "storage.failed", "the disk reports an error", "look at the disk"
)
_MISSING: Final = _Words(
    "storage.missing", "there is no such file or folder", "make the folder first"
)
_NO_PLACE: Final = _Words(
    "storage.no_place", "the path is not that of a file", "name another file"
)
_WORDS: Final = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL._replace(detail="the disk quota is used up"),
    errno.EFBIG: _FULL._replace(detail="the file is at its size limit"),
    errno.EROFS: _Words(
        "storage.read_only",
        "the file system is read-only",
        "mount it writable, or name another place",
    ),
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EIO: _FAILED,
    errno.ENOENT: _MISSING,
    errno.ENOTDIR: _MISSING._replace(detail="a part of the path is not a folder"),
    errno.EEXIST: _NO_PLACE._replace(detail="something of that name is there already"),
    errno.EISDIR: _NO_PLACE._replace(detail="there is a folder of that name"),
    errno.ELOOP: _NO_PLACE._replace(detail="there is a symbolic link of that name"),
    errno.ENAMETOOLONG: _NO_PLACE._replace(detail="the name is too long"),
    errno.EPIPE: _Words(
        "storage.closed", "nobody reads it any more", "let it be read to its end"
    ),
    errno.EMFILE: _Words(
        "storage.too_many_files",
        "too many files are open",
        "raise the limit of open files (ulimit -n)",
    ),
    errno.ENFILE: _Words(
        "storage.too_many_files",
        "too many files are open on this machine",
        "raise the system's limit of open files (fs.file-max)",
    ),
}


def in_words(error: OSError, *, with_path: bool = False) -> Unavailable | None:
    """Say what the system refused; None if it is about something else than files.

    With `with_path` the detail begins with the path, for whoever named it; it ends with
    the system's own name for what it refused, to search for.
    """
    number = error.errno or 0
    words = _WORDS.get(number, _FAILED if error.filename and number else None)
    if words is None:
        return None
    named = f"{error.filename}: " if with_path and error.filename else ""
    detail = f"{named}{words.detail} ({errno.errorcode.get(number, number)})"
    return Unavailable(detail, code=words.code, fix=words.fix)


@contextmanager
def about(path: Path) -> Iterator[None]:
    """Name the file in an error of the system that names none, or one aside of it."""
    try:
        yield
    except OSError as error:
        if str(error.filename or path).startswith(str(path)):
            error.filename = str(path)
        raise
