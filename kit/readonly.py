"""A database file that this process can only select from, and only in some tables.

Four things say so, each alone enough to refuse a write: SQLite opens the file
`mode=ro`, `query_only` is on, an authorizer lets nothing pass but SELECT on tables
of one prefix, and nothing here ever begins a transaction. The authorizer is set last:
after it not even a pragma goes through.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kit.errors import Unavailable
from kit.sqlite import answering, database_errors, only_selects

_PRAGMAS: Final = (
    "PRAGMA query_only=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA trusted_schema=OFF",
)


@contextmanager
def looked_at(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file for one look, with no more than SQLite's own `mode=ro`.

    For the questions that come before a store is trusted at all.

    Raises:
        OSError: the file or its folder cannot be opened as SQLite has to.
        Unreadable: it is no database, or does not answer.

    """
    with answering(), database_errors(path):
        connection = sqlite3.connect(_uri(path), uri=True)
        try:
            yield connection
        finally:
            connection.close()


class ReadOnlyDatabase:
    """Selects from the tables of one prefix, on a connection for each thread."""

    def __init__(self, path: Path, *, prefix: str) -> None:
        self.path = path
        self._prefix = prefix
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []

    def reader(self) -> sqlite3.Connection:
        """Give this thread's own connection.

        Raises:
            Unavailable: the file cannot be opened for reading.

        """
        connection: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if connection is None:
            connection = self._local.reader = self._connected()
            self._opened.append(connection)
        return connection

    def close(self) -> None:
        """Close every connection that this object opened."""
        for connection in self._opened:
            connection.close()
        self._opened.clear()
        self._local = threading.local()

    def _connected(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                _uri(self.path),
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            # In WAL mode the file is first looked at here, not when it is opened.
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.DatabaseError:
            raise Unavailable(
                "the database cannot be opened for reading",
                fix="let this user read the file and those beside it (-wal, -shm)",
            ) from None
        only_selects(connection, self._prefix)
        return connection


def _uri(path: Path) -> str:
    # As a URI, so that `?`, `#` and `%` in a folder's name are no part of its syntax.
    return f"{path.absolute().as_uri()}?mode=ro"
