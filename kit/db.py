"""One SQLite file: its pragmas, its one writer, its snapshots.

Writers go through `write()`, or `write_plain()` without a session: one lock, BEGIN
IMMEDIATE, commit at the end of the block, rollback on any error. No other code commits
(a source rule keeps it so).
Readers go through `read()` (a snapshot for the control plane) or `reader()` (this
thread's own connection, for the data plane's hot statements). Neither can write.

`synchronous=FULL`: with NORMAL a power cut brought deleted rows back.
`secure_delete=ON`: with less, deleted bytes stay in the file's free pages.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from pathlib import Path
from typing import Any, NewType

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from kit.errors import Unavailable
from kit.lock import WriteLock

WriteSession = NewType("WriteSession", Session)
ReadSession = NewType("ReadSession", Session)

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA trusted_schema=OFF",
)

PATIENCE_SECONDS = 10.0

_writing: ContextVar[frozenset[str]] = ContextVar("writing", default=frozenset())


def in_write() -> bool:
    """Tell whether this thread of control is inside a unit of work."""
    return bool(_writing.get())


class Database:
    """One database file with one writer and any number of snapshots."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = WriteLock(path.with_suffix(".lock"))
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []

    @cached_property
    def _writer(self) -> Engine:
        return _engine(self.path, "BEGIN IMMEDIATE", query_only=False)

    @cached_property
    def _reader(self) -> Engine:
        return _engine(self.path, "BEGIN", query_only=True)

    @contextmanager
    def write(self) -> Iterator[WriteSession]:
        """Open a unit of work; it commits at the end of the block, or not at all."""
        with self._lock.held(), _marked(str(self.path)):
            session = Session(self._writer, expire_on_commit=False)
            try:
                with session.begin():
                    session.connection()
                    yield WriteSession(session)
            finally:
                session.close()

    @contextmanager
    def write_plain(self) -> Iterator[sqlite3.Connection]:
        """Open a unit of work on this thread's own plain connection.

        For a writer that commits hundreds of times a second: a session costs more
        than the few rows that such a commit holds.
        """
        connection = self._own("writer", query_only=False)
        with self._lock.held(), _marked(str(self.path)):
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def read(self) -> Iterator[ReadSession]:
        """Open a snapshot; what is committed later is not seen in it."""
        with Session(self._reader) as session:
            yield ReadSession(session)

    def reader(self) -> sqlite3.Connection:
        """Give this thread's own read-only connection, in autocommit mode."""
        return self._own("reader", query_only=True)

    def _own(self, name: str, *, query_only: bool) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, name, None)
        if connection is None:
            connection = connect(self.path, query_only=query_only)
            setattr(self._local, name, connection)
            self._opened.append(connection)
        return connection

    def truncate_wal(self, *, patience: float | None = None) -> None:
        """Move the write-ahead log into the file and cut it to nothing.

        Raises:
            Unavailable: a reader kept it busy for `patience` seconds (10 if unsaid).

        """
        until = time.monotonic() + (PATIENCE_SECONDS if patience is None else patience)
        while self._truncate_once():
            if time.monotonic() > until:
                raise Unavailable("a long-running reader keeps the database's log open")
            time.sleep(0.01)

    def _truncate_once(self) -> bool:
        with self._lock.held():
            connection = connect(self.path)
            try:
                # The lock is not held through the busy handler's patience: writers
                # go on between two tries.
                connection.execute("PRAGMA busy_timeout=0")
                row = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.close()
        return bool(row[0])

    def close(self) -> None:
        """Close every connection that this object opened."""
        for name in ("_writer", "_reader"):
            if name in self.__dict__:
                self.__dict__[name].dispose()
        for connection in self._opened:
            connection.close()
        self._opened.clear()
        self._local = threading.local()


def connect(path: Path, *, query_only: bool = False) -> sqlite3.Connection:
    """Open a plain connection with the house's pragmas, in autocommit mode."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    if query_only:
        connection.execute("PRAGMA query_only=ON")
    return connection


def raw(session: WriteSession | ReadSession) -> sqlite3.Connection:
    """Give the driver's connection of a session, inside the session's transaction.

    The data plane speaks SQL through it (the mapper is 25 times slower there); what
    is written so commits or falls with the unit of work.
    """
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, sqlite3.Connection):
        raise TypeError("this session is not on SQLite")
    return connection


def confine(connection: sqlite3.Connection, prefix: str) -> None:
    """Let a connection touch no table but those whose name begins with `prefix`.

    An allow-list kept by the database itself, so that raw SQL fails too.
    """
    connection.set_authorizer(_authorizer(prefix))


def _authorizer(prefix: str) -> Callable[..., int]:
    free = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_FUNCTION}
    rows = {
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_INSERT,
        sqlite3.SQLITE_UPDATE,
        sqlite3.SQLITE_DELETE,
    }

    def authorize(action: int, first: str | None, *_: Any) -> int:  # noqa: ANN401
        if action in free:
            return sqlite3.SQLITE_OK
        if action in rows and (first or "").startswith(prefix):
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    return authorize


@contextmanager
def _marked(name: str) -> Iterator[None]:
    token = _writing.set(_writing.get() | {name})
    try:
        yield
    finally:
        _writing.reset(token)


def _engine(path: Path, begin: str, *, query_only: bool) -> Engine:
    # hide_parameters: or an SQL error would carry the values it was given.
    engine = create_engine(
        f"sqlite:///{path}",
        hide_parameters=True,
        connect_args={"check_same_thread": False, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(pragma)
        if query_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own
        connection.exec_driver_sql(begin)

    return engine
