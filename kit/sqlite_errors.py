"""What SQLite says when its file cannot be written or read, as errors of the system.

SQLite has codes of its own for a full disk, a file system that is read-only and the
like (https://sqlite.org/rescode.html). They become the `OSError` that `kit.storage`
puts into words.
"""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from kit.errors import AllodError, IntegrityFault

_BY_SQLITE: Final = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
}
_PRIMARY: Final = 0xFF


@contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """Let SQLite's errors about its file be those of the system.

    Raises:
        OSError: the disk is full, read-only or failing; its path is the database's.
        IntegrityFault: a statement would have run a trigger or looked through a view.

    """
    try:
        yield
    except (sqlite3.Error, DBAPIError) as error:
        known = _known(error, path)
        if known is None:
            raise
        raise known from None


def _known(error: Exception, path: Path) -> OSError | AllodError | None:
    original = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(original, "sqlite_errorcode", 0) & _PRIMARY
    if code == sqlite3.SQLITE_AUTH:
        return IntegrityFault(
            "a trigger or a view was planted in a database",
            code="schema.planted",
            fix="run `allod doctor`, which names it",
        )
    number = _BY_SQLITE.get(code)
    if number is None:
        return None
    if not path.exists():
        number = errno.ENOENT
    elif os.statvfs(path.parent).f_flag & os.ST_RDONLY:
        number = errno.EROFS
    return OSError(number, os.strerror(number), str(path))
