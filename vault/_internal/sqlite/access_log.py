"""Every statement of the access log.."""

from collections.abc import Iterator

from kit.db import Database
from kit.errors import IntegrityFault
from vault._internal.ports.access_log import AccessRow

_NAMES = ", ".join(AccessRow._fields)
_MARKS = ", ".join("?" * len(AccessRow._fields))
_INSERT = f"INSERT INTO audit_event ({_NAMES}) VALUES ({_MARKS})"
_SELECT = f"SELECT {_NAMES} FROM audit_event"
_OF_SUBJECT = (
    f"{_SELECT} WHERE subject = :subject"
    " OR (subject IS NULL AND instr(subjects, :subject) > 0) ORDER BY at, lane, seq"
)
_OF_DECISION = f"{_SELECT} WHERE decision = :decision ORDER BY at, lane, seq"
_LANE = f"{_SELECT} WHERE lane = :lane ORDER BY seq"
_SINCE = f"{_SELECT} WHERE lane = ? AND seq >= ? ORDER BY seq"
_LANES = "SELECT lane, max(seq), hash FROM audit_event GROUP BY lane ORDER BY lane"


class SqliteAccessStore:
    """The access log on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, rows: list[AccessRow]) -> None:
        with self._database.write_plain() as connection:
            connection.executemany(_INSERT, rows)
        first = rows[0]
        # Outside of the block: this is what was committed.
        there = connection.execute(_SINCE, (first.lane, first.seq)).fetchall()
        if there != rows:
            raise IntegrityFault("the access log does not keep what is written to it")

    def of_subject(self, subject: bytes) -> Iterator[AccessRow]:
        found = self._database.reader().execute(_OF_SUBJECT, {"subject": subject})
        yield from map(AccessRow._make, found)

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
        return self._database.reader().execute(_LANES).fetchall()
