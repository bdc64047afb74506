"""Every statement over the time stamps of checkpoints. They are added and read."""

import sqlite3
from typing import Final, Self

from kit.db import Database, WriteSession, raw

_COLUMNS: Final = (
    "SELECT t.size, CAST(note AS BLOB), CAST(token AS BLOB), CAST(chain AS BLOB)"
)
_STAMPED: Final = f"{_COLUMNS} FROM ledger_time t JOIN ledger_checkpoint USING (size)"
_ALL: Final = f"{_COLUMNS} FROM ledger_time t LEFT JOIN ledger_checkpoint USING (size)"

Row = tuple[int, bytes, bytes, bytes]


class TimeStore:
    """The time stamps on SQLite."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def writing(cls, session: WriteSession) -> Self:
        """Speak inside a unit of work."""
        return cls(raw(session))

    @classmethod
    def reading(cls, database: Database) -> Self:
        """Speak of what is committed."""
        return cls(database.reader())

    def add(self, size: int, token: bytes, chain: bytes, at: int) -> None:
        """Keep a checkpoint's token; the first of two processes wins."""
        self._connection.execute(
            "INSERT INTO ledger_time (size, token, chain, at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (size) DO NOTHING",
            (size, token, chain, at),
        )

    def all(self) -> list[Row]:
        """List every token, by size; a checkpoint that is gone has an empty note."""
        rows = self._connection.execute(f"{_ALL} ORDER BY t.size").fetchall()
        return [(size, note or b"", token, pem) for size, note, token, pem in rows]

    def newest(self) -> tuple[int, int] | None:
        """Tell size and time of the newest token."""
        row: tuple[int, int] | None = self._connection.execute(
            "SELECT size, at FROM ledger_time ORDER BY size DESC LIMIT 1"
        ).fetchone()
        return row

    def covering(self, index: int) -> Row | None:
        """Give the first stamped checkpoint whose tree holds an entry."""
        sql = f"{_STAMPED} WHERE t.size > ? ORDER BY t.size LIMIT 1"
        row: Row | None = self._connection.execute(sql, (index,)).fetchone()
        return row
