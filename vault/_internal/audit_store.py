"""Every statement of the access log. A second database is a second class like this."""

from collections.abc import Iterator
from typing import Any, Final

from kit.db import Database
from kit.errors import IntegrityFault

COLUMNS: Final = (
    "lane",
    "seq",
    "at",
    "principal_kind",
    "principal",
    "purpose",
    "action",
    "revision",
    "decision",
    "outcome",
    "reasons",
    "collection",
    "subject",
    "subjects",
    "records",
    "versions",
    "fields",
    "disclosed",
    "withheld",
    "request",
    "previous",
    "hash",
)

_NAMES = ", ".join(COLUMNS)
_INSERT = f"INSERT INTO audit_event ({_NAMES}) VALUES ({', '.join('?' * len(COLUMNS))})"
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

    def insert(self, rows: list[tuple[Any, ...]]) -> None:
        """Make the next rows of one lane durable, all or none, and look for them.

        Raises:
            IntegrityFault: they were committed, and what is there is something else.

        """
        with self._database.write_plain() as connection:
            connection.executemany(_INSERT, rows)
        lane, first = rows[0][:2]
        # Outside of the block: this is what was committed.
        there = connection.execute(_SINCE, (lane, first)).fetchall()
        if there != rows:
            raise IntegrityFault("the access log does not keep what is written to it")

    def of_subject(self, subject: bytes) -> Iterator[tuple[Any, ...]]:
        """Give the rows that name a subject, singly or in a packed page."""
        yield from self._database.reader().execute(_OF_SUBJECT, {"subject": subject})

    def of_decision(self, decision: bytes) -> list[tuple[Any, ...]]:
        """Give the rows of one decision; without an index, since few ever ask."""
        values = {"decision": decision}
        return self._database.reader().execute(_OF_DECISION, values).fetchall()

    def lane(self, lane: bytes) -> Iterator[tuple[Any, ...]]:
        """Give one writer's rows in their order."""
        yield from self._database.reader().execute(_LANE, {"lane": lane})

    def hash_at(self, lane: bytes, seq: int) -> bytes | None:
        """Give the hash of one row of a lane."""
        rows = self._database.reader().execute(
            "SELECT hash FROM audit_event WHERE lane = ? AND seq = ?", (lane, seq)
        )
        found = rows.fetchall()
        return found[0][0] if found else None

    def heads(self) -> list[tuple[bytes, int, bytes]]:
        """Give each lane's newest sequence number and hash."""
        return self._database.reader().execute(_LANES).fetchall()
