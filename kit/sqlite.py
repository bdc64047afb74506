"""What every connection to SQLite is held to: its statements, its files, its errors.

Statements: allow-lists that the database itself keeps. The authorizer is asked while a
statement is compiled, and again when the schema has changed since. Its last argument
names the trigger or the view that an access comes out of
(https://sqlite.org/c3ref/set_authorizer.html). This program has no view, and of
triggers those that it declares (`kit.triggers`), each of which may write into one
table. What else comes out of one was planted, and the statement that would run it
fails.

Files: whether those that are open still lie at their paths. A file that was unlinked,
renamed or replaced goes on taking what is written into it, and nobody will ever find it
there. So device and inode (POSIX `st_dev`, `st_ino`) are kept from when it was opened
and compared with what the path leads to. The write-ahead log and its index count too:
what is committed stands there first.

Errors: SQLite has codes of its own for a full disk, a file system that is read-only and
the like (https://sqlite.org/rescode.html). They become the `OSError` that `kit.storage`
puts into words; what else a caller may have to know has a class of its own here.
Nobody but the kit and the adapters knows SQLite's and SQLAlchemy's.
"""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from kit import telemetry
from kit.errors import IntegrityFault, Unavailable
from kit.triggers import may

Authorizer = Callable[..., int]

_READS: Final = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
    }
)
_ROWS: Final = frozenset(
    {
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_INSERT,
        sqlite3.SQLITE_UPDATE,
        sqlite3.SQLITE_DELETE,
    }
)
_FREE: Final = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION})

# SQLite names a common table expression in the same place as a view: these are ours.
EXPRESSIONS: Final = frozenset({"wanted", "located", "lanes", "scans", "named"})


def refuse_triggers(connection: sqlite3.Connection) -> None:
    """Let a connection look through no view, and run no trigger but those declared."""
    connection.set_authorizer(_without_triggers)


def confine(connection: sqlite3.Connection, prefix: str) -> None:
    """Let a connection touch no table but those whose name begins with `prefix`.

    An allow-list kept by the database itself, so that raw SQL fails too.
    """
    free = _FREE | {sqlite3.SQLITE_TRANSACTION}
    connection.set_authorizer(_of_prefix(prefix, free, _ROWS))


def only_selects(connection: sqlite3.Connection, prefix: str) -> None:
    """Let a connection select from tables of one prefix, and nothing else."""
    connection.set_authorizer(
        _of_prefix(prefix, _FREE, frozenset({sqlite3.SQLITE_READ}))
    )


def _without_triggers(action: int, *more: Any) -> int:  # noqa: ANN401
    first, second, _, via = more
    known = _own(action, via) or may(via, action, first, second)
    return sqlite3.SQLITE_OK if known else sqlite3.SQLITE_DENY


def _of_prefix(prefix: str, free: frozenset[int], rows: frozenset[int]) -> Authorizer:
    def authorize(action: int, first: str | None, *more: Any) -> int:  # noqa: ANN401
        known = action in free or (action in rows and (first or "").startswith(prefix))
        own = _own(action, more[-1])
        return sqlite3.SQLITE_OK if known and own else sqlite3.SQLITE_DENY

    return authorize


def _own(action: int, via: str | None) -> bool:
    return via is None or (via in EXPRESSIONS and action in _READS)


_SUFFIXES: Final = ("", "-wal", "-shm")
_Identity = tuple[int, int] | None


class FilePlacement:
    """The files of one database as they were opened; once astray, always astray."""

    def __init__(self, path: Path) -> None:
        self._paths = tuple(f"{path.absolute()}{each}" for each in _SUFFIXES)
        self._opened: tuple[_Identity, ...] | None = None
        self._astray = False

    def keep(self) -> None:
        """Keep what the paths lead to; the database's files are open from here on."""
        self._opened = self._found()

    def require(self) -> None:
        """Check that the paths still lead to the files that are open.

        Raises:
            Unavailable: `store.moved`; from then on nothing more is answered from it.

        """
        if not self._astray and self._found() != self._opened:
            self._astray = True
            telemetry.alarm("a store's file is not at its path any more")
        self.require_known()

    def require_known(self) -> None:
        """Check that the files were not found astray before; looks at no file.

        Raises:
            Unavailable: `store.moved`.

        """
        if self._astray:
            raise Unavailable(
                "a store's file was moved, replaced or deleted while it was open",
                code="store.moved",
                fix="stop every process of this home, put the file back, start again",
            )

    def forget(self) -> None:
        """Let go: the files are not open any more."""
        self._opened, self._astray = None, False

    def _found(self) -> tuple[_Identity, ...]:
        return tuple(map(_identity, self._paths))


def _identity(path: str) -> _Identity:
    try:
        found = os.lstat(path)  # after each commit: no detour over a Path
    except OSError:
        return None
    return found.st_dev, found.st_ino


_BY_SQLITE: Final = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
}
_PRIMARY: Final = 0xFF  # an extended code is the primary one in its low byte


class ConstraintBroken(Exception):
    """A row was to be there twice, or to go while another one names it."""


class Unreadable(Exception):
    """A file is no database, or not one that answers what it was asked."""


@contextmanager
def answering() -> Iterator[None]:
    """Let a database that does not answer be one that cannot be read.

    Raises:
        Unreadable: it is none, is damaged, or has other tables.

    """
    try:
        yield
    except (sqlite3.Error, DBAPIError):
        raise Unreadable from None


@contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """Let SQLite's errors about its file be those of the system.

    Raises:
        OSError: the disk is full, read-only or failing; its path is the database's.
        IntegrityFault: a statement would have run a trigger or looked through a view.
        ConstraintBroken: a row was there already, or is still needed.

    """
    try:
        yield
    except (sqlite3.Error, DBAPIError) as error:
        known = _known(error, path)
        if known is None:
            raise
        raise known from None


def _known(error: Exception, path: Path) -> Exception | None:
    original = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(original, "sqlite_errorcode", 0) & _PRIMARY
    if code == sqlite3.SQLITE_AUTH:
        return IntegrityFault(
            "a trigger or a view was planted in a database",
            code="schema.planted",
            fix="run `allod doctor`, which names it",
        )
    if code == sqlite3.SQLITE_CONSTRAINT:
        return ConstraintBroken(str(original))  # names of tables and columns alone
    number = _BY_SQLITE.get(code)
    if number is None:
        return None
    if not path.exists():
        number = errno.ENOENT
    elif os.statvfs(path.parent).f_flag & os.ST_RDONLY:
        number = errno.EROFS
    return OSError(number, os.strerror(number), str(path))
