"""Every statement over the time stamps of checkpoints."""

import sqlite3
from typing import Final

from ledger.ports import StampedCheckpoint

_COLUMNS: Final = (
    "SELECT t.size, CAST(note AS BLOB), CAST(token AS BLOB), CAST(chain AS BLOB)"
)
_STAMPED: Final = f"{_COLUMNS} FROM ledger_time t JOIN ledger_checkpoint USING (size)"
_ALL: Final = f"{_COLUMNS} FROM ledger_time t LEFT JOIN ledger_checkpoint USING (size)"


class SqliteTimes:
    """The time stamps on SQLite."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, size: int, token: bytes, chain: bytes, at: int) -> None:
        self._connection.execute(
            "INSERT INTO ledger_time (size, token, chain, at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (size) DO NOTHING",
            (size, token, chain, at),
        )

    def all(self) -> list[StampedCheckpoint]:
        rows = self._connection.execute(f"{_ALL} ORDER BY t.size").fetchall()
        return [
            StampedCheckpoint(size, note or b"", *rest) for size, note, *rest in rows
        ]

    def newest(self) -> tuple[int, int] | None:
        row: tuple[int, int] | None = self._connection.execute(
            "SELECT size, at FROM ledger_time ORDER BY size DESC LIMIT 1"
        ).fetchone()
        return row

    def covering(self, index: int) -> StampedCheckpoint | None:
        sql = f"{_STAMPED} WHERE t.size > ? ORDER BY t.size LIMIT 1"
        row = self._connection.execute(sql, (index,)).fetchone()
        return None if row is None else StampedCheckpoint._make(row)
