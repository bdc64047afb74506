"""One SQLite file: its pragmas, its one writer, its snapshots.

Writers go through `write()`, or `write_plain()` without a session: one lock, BEGIN
IMMEDIATE, commit at the end of the block, rollback on any error. No other code commits
(a source rule keeps it so).
Readers go through `read()` (a snapshot for the control plane) or `reader()` (this
thread's own connection, for the data plane's hot statements). Neither can write.

`synchronous=FULL`: with NORMAL a power cut brought deleted rows back.
`secure_delete=ON`: with less, deleted bytes stay in the file's free pages.
No statement of ours looks through a view, or runs a trigger but those that the program
declares (`kit.sqlite`), whose texts are compared before a write (`kit.triggers`); and
what is committed is acknowledged only while the file lies at its path
(`kit.sqlite`).
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cached_property
from pathlib import Path
from typing import Any, NewType

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import InvalidRequestError
from sqlmodel import Session, SQLModel

from kit.errors import IntegrityFault, Unavailable
from kit.lock import WriteLock
from kit.sqlite import FilePlacement, database_errors, refuse_triggers
from kit.triggers import require_own

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
_RAW = "raw"

_AFTERWARDS = "afterwards"

# By context, so that a coroutine sees its own and not those of its thread. Lock order:
# a lock of the mirror before a database's, never the other way round: what takes one is
# refused inside a unit of work (`in_write`), or done `afterwards`.
_writing: ContextVar[frozenset[str]] = ContextVar("writing", default=frozenset())


def afterwards(session: WriteSession, act: Callable[[], None]) -> None:
    """Have something done once a unit of work is over, before its caller goes on.

    It is done outside of the lock, once, also where the unit of work failed; what it
    raises is what the caller sees.
    """
    session.info[_AFTERWARDS][act] = None


def in_write() -> bool:
    """Tell whether this thread of control is inside a unit of work."""
    return bool(_writing.get())


class Database:
    """One database file with one writer and any number of snapshots."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = WriteLock(path.with_suffix(".lock"))
        self._local = threading.local()
        # The plain connections of all threads: whoever closes the database closes them.
        self._opened: list[sqlite3.Connection] = []
        self._placement = FilePlacement(path)
        # For the first opening alone: one thread makes the anchor and notes the files.
        self._placing = threading.Lock()
        self._anchor: sqlite3.Connection | None = None
        self._functions: dict[str, Callable[..., bool]] = {}
        self._schema: int | None = None

    def offer(self, name: str, function: Callable[..., bool]) -> None:
        """Let every statement call a function by name.

        It must give the same for the same, and never raise.
        """
        self._functions[name] = function
        for connection in self._opened:
            connection.create_function(name, -1, function, deterministic=True)
        for engine in ("_writer", "_reader"):
            if engine in self.__dict__:  # its connections were made without it
                self.__dict__[engine].dispose()

    @cached_property
    def _writer(self) -> Engine:
        return _engine(self.path, "BEGIN IMMEDIATE", self._connected)

    @cached_property
    def _reader(self) -> Engine:
        return _engine(self.path, "BEGIN", lambda: self._connected(query_only=True))

    @contextmanager
    def write(self) -> Iterator[WriteSession]:
        """Open a unit of work; it commits at the end of the block, or not at all.

        What `afterwards` was given is done before it returns, whatever became of it.

        Raises:
            OSError: the disk is full, read-only or failing; its path is in it.
            Unavailable: the file is not at its path any more; what was committed went
                nowhere.
            IntegrityFault: a trigger or a view was planted.
        ConstraintBroken: a row was there already, or is still needed.

        """
        # A dict for its keys: in order, and each act once, however often it was asked
        # for.
        due: dict[Callable[[], None], None] = {}
        try:
            with self._writing():
                session = Session(self._writer, expire_on_commit=False)
                session.info[_AFTERWARDS] = due
                try:
                    with session.begin():
                        self._look(raw(WriteSession(session)))
                        yield WriteSession(session)
                finally:
                    session.close()
        finally:
            # Outside of the lock: what is done here may wait for another disk, or write
            # again.
            for act in due:
                act()

    @contextmanager
    def write_plain(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """Open a unit of work on this thread's own plain connection.

        For a writer that commits hundreds of times a second: a session costs more
        than the few rows that such a commit holds. What is not `durable` may be undone
        by a power failure, until the next unit of work that is. Raises what `write`
        raises.
        """
        with self._writing():
            connection = self._own("writer", query_only=False)
            # Outside of a transaction, where SQLite heeds it; the connection is this
            # thread's.
            connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                self._look(connection)
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _look(self, connection: sqlite3.Connection) -> None:
        (number,) = connection.execute("PRAGMA schema_version").fetchone()
        if number != self._schema:
            require_own(connection)
            self._schema = number

    @contextmanager
    def _writing(self) -> Iterator[None]:
        # Before the lock, so that a file known to be gone makes nobody wait.
        self._placement.require_known()
        with (
            self._lock.locked(),
            _marked(str(self.path)),
            # The thread lock, then the file lock, then BEGIN IMMEDIATE: in this order
            # nobody meets SQLite's own busy handler.
            database_errors(self.path),
        ):
            yield
            self._placement.require()

    @contextmanager
    def read(self) -> Iterator[ReadSession]:
        """Open a snapshot; what is committed later is not seen in it."""
        self._placement.require_known()
        with Session(self._reader) as session:
            yield ReadSession(session)

    def reader(self) -> sqlite3.Connection:
        """Give this thread's own read-only connection, in autocommit mode."""
        self._placement.require_known()
        return self._own("reader", query_only=True)

    def version(self) -> int:
        """Give a number that changes when anybody else commits to this database.

        To be compared with one that the same thread was given before.
        """
        return int(value(self.reader().execute("PRAGMA data_version")))

    def _own(self, name: str, *, query_only: bool) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, name, None)
        if connection is None:
            connection = self._connected(query_only=query_only)
            setattr(self._local, name, connection)
            self._opened.append(connection)
        return connection

    def _connected(self, *, query_only: bool = False) -> sqlite3.Connection:
        with self._placing:
            if self._anchor is None:
                self._anchor = _anchored(self.path)
                self._placement.keep()
        connection = connect(self.path, query_only=query_only)
        for name, function in self._functions.items():
            connection.create_function(name, -1, function, deterministic=True)
        try:
            self._placement.require()
        except Unavailable:
            connection.close()
            raise
        return connection

    def require_in_place(self) -> None:
        """Check that the file still lies at its path, where it has been opened.

        Raises:
            Unavailable: `store.moved`; nothing more is answered from it.

        """
        if self._anchor is not None:
            self._placement.require()

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
        with self._lock.locked(), database_errors(self.path):
            connection = self._connected()
            try:
                # The lock is not held through the busy handler's patience: writers
                # go on between two tries.
                connection.execute("PRAGMA busy_timeout=0")
                row = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.close()
        busy, *_ = row
        return bool(busy)

    def close(self) -> None:
        """Close every connection that this object opened."""
        for name in ("_writer", "_reader"):
            if name in self.__dict__:
                self.__dict__[name].dispose()
        for connection in self._opened:
            connection.close()
        self._opened.clear()
        self._local = threading.local()
        if self._anchor is not None:
            self._anchor.close()
            self._anchor = None
        self._placement.forget()


def write_and_look(session: WriteSession, row: SQLModel) -> None:
    """Write a row of a unit of work, and read it back from the database.

    Raises:
        IntegrityFault: what is there is not what was written.

    """
    wanted = row.model_dump()
    session.flush()
    try:
        session.refresh(row)
    except InvalidRequestError:  # it is not there at all
        raise _not_kept() from None
    if row.model_dump() != wanted:
        raise _not_kept()


def _not_kept() -> IntegrityFault:
    return IntegrityFault("the database does not hold what was written to it")


def connect(path: Path, *, query_only: bool = False) -> sqlite3.Connection:
    """Open a plain connection with the house's pragmas, in autocommit mode.

    A file that it makes is its owner's alone, and so are those that SQLite makes
    beside it, which take their mode from it.
    """
    _make(path)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        for pragma in PRAGMAS:
            connection.execute(pragma)
        if query_only:
            # Last: it would refuse the pragmas that write.
            connection.execute("PRAGMA query_only=ON")
    except BaseException:
        connection.close()
        raise
    refuse_triggers(connection)
    return connection


def _make(path: Path) -> None:
    # Only where nothing is: closing a descriptor of one's own on a file that SQLite
    # has open would drop its locks (POSIX).
    if not path.exists():
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _anchored(path: Path) -> sqlite3.Connection:
    """Keep one connection open for good: while it is, the log's files stay in place."""
    anchor = connect(path, query_only=True)
    # In WAL mode the log's files are opened by the first look.
    anchor.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return anchor


def raw(session: WriteSession | ReadSession) -> sqlite3.Connection:
    """Give the driver's connection of a session, inside the session's transaction.

    The data plane speaks SQL through it (the mapper is 25 times slower there); what
    is written so commits or falls with the unit of work.

    Raises:
        TypeError: the session is not on SQLite.

    """
    # A session here has one transaction, and so one connection, for its whole life.
    found = session.info.get(_RAW)
    if not isinstance(found, sqlite3.Connection):
        found = session.connection().connection.driver_connection
        if not isinstance(found, sqlite3.Connection):
            raise TypeError("this session is not on SQLite")
        session.info[_RAW] = found
    return found


def value(found: sqlite3.Cursor) -> Any:  # noqa: ANN401 - a column may hold anything
    """Give the one column of an answer's first row; None where there is no row."""
    (first,) = found.fetchone() or (None,)
    return first


@contextmanager
def _marked(name: str) -> Iterator[None]:
    token = _writing.set(_writing.get() | {name})
    try:
        yield
    finally:
        _writing.reset(token)


def _engine(path: Path, begin: str, opened: Callable[[], sqlite3.Connection]) -> Engine:
    # hide_parameters: or an SQL error would carry the values it was given.
    # The path is no part of a URL, where `?`, `#` and `%` mean something.
    engine = create_engine(
        URL.create("sqlite", database=str(path)), hide_parameters=True, creator=opened
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own
        connection.exec_driver_sql(begin)

    return engine
