"""Every statement over the rows of the access log, as they were written."""

from collections.abc import Iterator, Mapping
from typing import Final

from kit.db import Database, raw
from kit.errors import IntegrityFault
from vault._internal.ports.access_log import AccessRow
from vault._internal.sqlite import access_index

_NAMES: Final = ", ".join(AccessRow._fields)
_MARKS: Final = ", ".join("?" * len(AccessRow._fields))
_INSERT: Final = f"INSERT INTO audit_event ({_NAMES}) VALUES ({_MARKS})"
_SELECT: Final = f"SELECT {_NAMES} FROM audit_event"
_AT: Final = f"{_SELECT} WHERE lane = ? AND seq = ?"
_OF_DECISION: Final = f"{_SELECT} WHERE decision = :decision ORDER BY at, lane, seq"
_LANE: Final = f"{_SELECT} WHERE lane = :lane ORDER BY seq"
_SINCE: Final = f"{_SELECT} WHERE lane = ? AND seq >= ? ORDER BY seq"
# From one lane to the next, and in each to its end: the rows between are not read.
_HEADS: Final = (
    "WITH RECURSIVE lanes(lane) AS (SELECT min(lane) FROM audit_event UNION ALL"
    " SELECT (SELECT min(n.lane) FROM audit_event n WHERE n.lane > lanes.lane)"
    " FROM lanes WHERE lanes.lane IS NOT NULL)"
    " SELECT e.lane, e.seq, e.hash FROM lanes CROSS JOIN audit_event e"
    " ON e.lane = lanes.lane AND e.seq ="
    " (SELECT max(l.seq) FROM audit_event l WHERE l.lane = lanes.lane) ORDER BY e.lane"
)


class SqliteAccessStore:
    """The access log on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, rows: list[AccessRow], scans: Mapping[int, bytes]) -> None:
        # Most batches name nobody packed, and there is nothing to enter.
        packed, entered = [row for row in rows if row.subjects], None
        with self._database.write_plain() as connection:
            connection.executemany(_INSERT, rows)
            if packed:
                entered = access_index.enter(connection, packed, scans)
        first = rows[0]
        # Outside of the block: this is what was committed.
        there = connection.execute(_SINCE, (first.lane, first.seq)).fetchall()
        found = entered is None or access_index.is_there(connection, entered)
        if there != rows or not found:
            raise IntegrityFault("the access log does not keep what is written to it")

    def of_subject(self, subject: bytes) -> Iterator[AccessRow]:
        reader = self._database.reader()
        bound = {"subject": subject}
        # Places first: sorted as rows, all pages would be in memory at once.
        for place in reader.execute(access_index.PLACES_OF, bound).fetchall():
            yield from map(AccessRow._make, reader.execute(_AT, place).fetchall())

    def unfound(self) -> int:
        # One snapshot: others may write meanwhile.
        with self._database.read() as session:
            return access_index.unfound(raw(session))

    def of_decision(self, decision: bytes) -> list[AccessRow]:
        values = {"decision": decision}
        found = self._database.reader().execute(_OF_DECISION, values).fetchall()
        return [AccessRow._make(row) for row in found]

    def lane(self, lane: bytes) -> Iterator[AccessRow]:
        found = self._database.reader().execute(_LANE, {"lane": lane})
        yield from map(AccessRow._make, found)

    def hash_at(self, lane: bytes, seq: int) -> bytes | None:
        rows = self._database.reader().execute(
            "SELECT hash FROM audit_event WHERE lane = ? AND seq = ?", (lane, seq)
        )
        found = rows.fetchall()
        return found[0][0] if found else None

    def heads(self) -> list[tuple[bytes, int, bytes]]:
        return self._database.reader().execute(_HEADS).fetchall()
