"""Every statement over who is there and within reach, and what a write weighs."""

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from consent.facts import CONSENT_CODE, consent_join
from kit.db import Database, WriteSession, raw
from vault._internal.classes import REACH_BITS, REACHES
from vault._internal.ports.records import ReadContext, SealedRow
from vault._internal.row_macs import believed
from vault._internal.sqlite.classes import BELIEVED_SUBJECT, PERSON
from vault._internal.sqlite.records import POINT, bound_by, reach_code, select

MAX_NAMED: Final = 1_000

_ALL: Final = (
    "SELECT subject FROM vault_subject WHERE subject > :after"
    " ORDER BY subject LIMIT :limit"
)
_OF_STAFF: Final = (
    "SELECT a.subject FROM vault_assignment a"
    " WHERE a.staff = :staff AND a.subject > :after"
    " UNION SELECT p.subject FROM vault_post o"
    " CROSS JOIN vault_unit_closure c ON c.ancestor = o.unit"
    " CROSS JOIN vault_placement p ON p.unit = c.descendant"
    " WHERE o.staff = :staff AND p.subject > :after"
    " UNION SELECT g.subject FROM vault_access_grant g"
    " WHERE g.staff = :staff AND g.purpose = :purpose AND g.subject > :after"
    " ORDER BY 1 LIMIT :limit"
)
_HOLDS: Final = (
    "SELECT 1 FROM vault_unit_closure c"
    " CROSS JOIN vault_post o ON o.staff = ? AND o.unit = c.ancestor"
    " WHERE c.descendant = ? AND CASE WHEN o.until > ?"
    f" THEN {believed('vault_post', 'o')} AND {believed('vault_unit_closure', 'c')} END"
)


class SqlitePeople:
    """Who is there and within reach, on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def following(
        self, asked: ReadContext, *, after: bytes, limit: int
    ) -> list[tuple[bytes, int | None]]:
        statement = _page(reach_code(asked), staff=asked.staff is not None)
        bound = bound_by(asked, after=after, limit=limit)
        return self._database.reader().execute(statement, bound).fetchall()

    def persons(
        self,
        asked: ReadContext,
        subjects: Sequence[bytes],
        session: WriteSession | None = None,
    ) -> dict[bytes, int]:
        connection, found = self._connection(session), dict[bytes, int]()
        for start in range(0, len(subjects), MAX_NAMED):
            part = subjects[start : start + MAX_NAMED]
            bound = bound_by(asked, **{f"s{i}": each for i, each in enumerate(part)})
            named = _named(reach_code(asked), len(part))
            found.update(connection.execute(named, bound))
        return found

    def record(
        self,
        asked: ReadContext,
        subject: bytes,
        wanted: bytes,
        session: WriteSession | None = None,
    ) -> int | None:
        bound = bound_by(asked, subject=subject, record=wanted)
        row = self._connection(session).execute(select(asked, POINT), bound).fetchone()
        return None if row is None else int(SealedRow._make(row).k)

    def holds(
        self, staff: str, unit: str, now: int, session: WriteSession | None = None
    ) -> bool:
        row = self._connection(session).execute(_HOLDS, (staff, unit, now))
        return row.fetchone() is not None

    def reached(
        self, session: WriteSession, asked: ReadContext, subject: bytes
    ) -> bool:
        person = self.persons(asked, [subject], session).get(subject)
        if person is None:
            return asked.staff is None and asked.own is None and asked.reach != "none"
        return person & REACH_BITS != REACHES.index("none")

    def _connection(self, session: WriteSession | None) -> sqlite3.Connection:
        return raw(session) if session else self._database.reader()


@lru_cache(maxsize=8)
def _page(reach: str, *, staff: bool) -> str:
    packed = PERSON.format(consent=CONSENT_CODE, reach=reach)
    return (
        f"WITH wanted(subject) AS ({_OF_STAFF if staff else _ALL})"
        " SELECT w.subject,"
        f" CASE WHEN s.subject IS NOT NULL AND {BELIEVED_SUBJECT} THEN {packed} END"
        " FROM wanted w LEFT JOIN vault_subject s ON s.subject = w.subject"
        f" {consent_join('s.subject')} ORDER BY w.subject"
    )


@lru_cache(maxsize=64)
def _named(reach: str, count: int) -> str:
    names = ", ".join(f"(:s{i})" for i in range(count))
    packed = PERSON.format(consent=CONSENT_CODE, reach=reach)
    return (
        f"WITH wanted(subject) AS (VALUES {names})"
        f" SELECT s.subject, {packed} FROM wanted w"
        " CROSS JOIN vault_subject s ON s.subject = w.subject"
        f" {consent_join('s.subject')} WHERE {BELIEVED_SUBJECT}"
    )
