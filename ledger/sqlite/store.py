"""Every statement over the ledger's tables, and sequencing in the caller's transaction.

Bytes are read as bytes whatever SQLite holds them as (hence CAST): a value that
somebody edited is judged by its hash, not by the driver's decoder.

Entry, tiles and head commit or fall with what they stamp, and the index is known at
once: SQLite has one writer anyway.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Final

from kit.db import Database, WriteSession, raw, value
from kit.errors import IntegrityFault, Unavailable
from ledger._rows import KIND
from ledger.formats.commitment import Entry
from ledger.formats.merkle import HASH_BYTES, CompactRange
from ledger.formats.tiles import Growth, TileRef
from ledger.ports import BACKLOG, OperatorRow, StampedCheckpoint, Waiting

_LOG: Final = 1  # the one log of this database

_PUT_HEAD: Final = (
    "INSERT INTO ledger_head (log, size, peaks) VALUES (?, ?, ?)"
    " ON CONFLICT (log) DO UPDATE SET size = excluded.size, peaks = excluded.peaks"
)
_PUT_TILE: Final = (
    "INSERT INTO ledger_tile (level, n, data) VALUES (?, ?, ?)"
    " ON CONFLICT (level, n) DO UPDATE SET data = excluded.data"
)
_NOTES: Final = "SELECT size, CAST(note AS BLOB) FROM ledger_checkpoint"
_OPERATORS: Final = (
    "SELECT idx, CAST(salt AS BLOB), CAST(payload AS BLOB) FROM ledger_operator"
)


class SqliteLedger:
    """The ledger's rows on SQLite."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def head(self) -> CompactRange:
        row = self._one(
            "SELECT size, CAST(peaks AS BLOB) FROM ledger_head WHERE log = ?", _LOG
        )
        if row is None:
            return CompactRange()
        size, peaks = row
        if len(peaks) != size.bit_count() * HASH_BYTES:
            raise IntegrityFault("the ledger's head is damaged")
        starts = range(0, len(peaks), HASH_BYTES)
        return CompactRange(size, [peaks[at : at + HASH_BYTES] for at in starts])

    def put_head(self, tree: CompactRange) -> None:
        row = (_LOG, tree.size, b"".join(tree.peaks))
        self._connection.execute(_PUT_HEAD, row)

    def add_entries(self, first: int, bodies: Sequence[bytes]) -> None:
        self._connection.executemany(
            "INSERT INTO ledger_entry (idx, body) VALUES (?, ?)",
            enumerate(bodies, start=first),
        )

    def entries(self, start: int, end: int) -> list[bytes]:
        rows = self.numbered(start, end)
        if [index for index, _ in rows] != list(range(start, end)):
            raise IntegrityFault("an entry is missing from the ledger")
        return [body for _, body in rows]

    def numbered(self, start: int, end: int) -> list[tuple[int, bytes]]:
        sql = (
            "SELECT idx, body FROM ledger_entry WHERE idx >= ? AND idx < ? ORDER BY idx"
        )
        return self._connection.execute(sql, (start, end)).fetchall()

    def end(self) -> int:
        last = value(self._connection.execute("SELECT max(idx) FROM ledger_entry"))
        return 0 if last is None else int(last) + 1

    def tile(self, level: int, n: int) -> bytes:
        found = self._connection.execute(
            "SELECT CAST(data AS BLOB) FROM ledger_tile WHERE level = ? AND n = ?",
            (level, n),
        )
        return bytes(value(found) or b"")

    def tile_widths(self) -> list[tuple[int, int, int]]:
        sql = "SELECT level, n, length(CAST(data AS BLOB)) FROM ledger_tile"
        return self._connection.execute(sql).fetchall()

    def put_tiles(self, tiles: Iterable[tuple[TileRef, bytes]]) -> None:
        rows = ((ref.level, ref.n, data) for ref, data in tiles)
        self._connection.executemany(_PUT_TILE, rows)

    def published(self) -> int:
        found = self._connection.execute("SELECT max(size) FROM ledger_checkpoint")
        return int(value(found) or 0)

    def newest_note(self) -> tuple[int, str] | None:
        rows = self._connection.execute(f"{_NOTES} ORDER BY size DESC LIMIT 1")
        return next(((size, _text(note)) for size, note in rows.fetchall()), None)

    def notes_from(self, size: int, most: int, *, newest: bool) -> list[str]:
        order = "DESC" if newest else "ASC"
        sql = f"{_NOTES} WHERE size >= ? ORDER BY size {order} LIMIT ?"
        rows = self._connection.execute(sql, (size, most))
        return [_text(note) for _, note in rows]

    def notes(self) -> list[tuple[int, str]]:
        rows = self._connection.execute(f"{_NOTES} ORDER BY size")
        return [(size, _text(note)) for size, note in rows]

    def note(self, size: int) -> str | None:
        rows = self._connection.execute(f"{_NOTES} WHERE size = ?", (size,))
        return next((_text(note) for _, note in rows.fetchall()), None)

    def put_note(self, size: int, note: str) -> None:
        self._connection.execute(
            "UPDATE ledger_checkpoint SET note = ? WHERE size = ?", (note, size)
        )

    def add_note(self, size: int, note: str, signed_at: int) -> None:
        self._connection.execute(
            "INSERT INTO ledger_checkpoint (size, note, signed_at) VALUES (?, ?, ?)",
            (size, note, signed_at),
        )

    def operator(self, index: int) -> tuple[bytes, bytes] | None:
        sql = (
            "SELECT CAST(salt AS BLOB), CAST(payload AS BLOB)"
            " FROM ledger_operator WHERE idx = ?"
        )
        row: tuple[bytes, bytes] | None = self._one(sql, index)
        return row

    def operators(self, kind: str) -> list[OperatorRow]:
        return self._operators(f"{KIND} = ? ORDER BY idx", kind)

    def operators_between(self, start: int, end: int) -> list[OperatorRow]:
        return self._operators("idx >= ? AND idx < ? ORDER BY idx", start, end)

    def operators_with(self, member: str) -> list[OperatorRow]:
        where = "instr(CAST(payload AS TEXT), ?) ORDER BY idx"
        return self._operators(where, f'"{member}":')

    def newest_operator(self, member: str) -> OperatorRow | None:
        where = "instr(CAST(payload AS TEXT), ?) ORDER BY idx DESC LIMIT 1"
        return next(iter(self._operators(where, f'"{member}":')), None)

    def count(self, prefix: bytes) -> int:
        found = self._connection.execute(
            "SELECT count(*) FROM ledger_entry"
            " WHERE substr(CAST(body AS BLOB), 1, ?) = ?",
            (len(prefix), prefix),
        )
        return int(value(found))

    def add_operator(self, index: int, salt: bytes, payload: bytes) -> None:
        self._connection.execute(
            "INSERT INTO ledger_operator (idx, salt, payload) VALUES (?, ?, ?)",
            (index, salt, payload),
        )

    def _operators(self, where: str, *values: int | str) -> list[OperatorRow]:
        rows = self._connection.execute(f"{_OPERATORS} WHERE {where}", values)
        return [OperatorRow._make(row) for row in rows.fetchall()]

    def _one(self, sql: str, *values: int | bytes | str) -> Any:  # noqa: ANN401 - a row or None
        return self._connection.execute(sql, values).fetchone()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


class SqliteSequencer:
    """Integrates in the caller's transaction; SQLite has one writer anyway."""

    def __init__(self, database: Database, *, backlog: int) -> None:
        self._database = database
        self._backlog = backlog

    def append(self, session: WriteSession, entries: Sequence[Entry]) -> list[int]:
        if not entries:
            return []
        store = SqliteLedger(raw(session))
        growth = Growth(store.head(), store.tile)
        first, bodies = growth.range.size, [entry.encode() for entry in entries]
        if first - store.published() >= self._backlog:
            raise Unavailable(
                "too many entries of the ledger wait to be published",
                code=BACKLOG,
                fix="look at the last alarm: the mirror cannot be written, or the"
                " server's heartbeat does not run; what waits is not lost",
            )
        growth.add(bodies)
        store.add_entries(first, bodies)
        store.put_tiles(growth.drain())
        store.put_head(growth.range)
        return list(range(first, growth.range.size))

    def waiting(self) -> Waiting | None:
        store = SqliteLedger(self._database.reader())
        # The record is read first: the head only grows, so it covers it.
        published, size = store.published(), store.head().size
        if published >= size:
            return None
        (body,) = store.entries(published, published + 1)
        return Waiting(size - published, Entry.parse(body).at)


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
