"""The subjects whom a caller may reach, in order, a page of them in one statement.

A service begins with all subjects; a member of staff with those whom an assignment, a
unit or a grant may lead to. Whether it does so now, the same terms as in a read say.
"""

import sqlite3
from functools import lru_cache
from typing import Final

from consent.facts import CONSENT_CODE, consent_join
from vault._internal.classes import BELIEVED_SUBJECT, PERSON
from vault._internal.records_store import Asked

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


def next_people(
    connection: sqlite3.Connection, asked: Asked, *, after: bytes, limit: int
) -> list[tuple[bytes, int | None]]:
    """Give the next subjects, each with its packed part (`PERSON`), None if nobody."""
    statement = _page(asked.reach_code(), staff=asked.staff is not None)
    bound = asked.bound(after=after, limit=limit)
    return connection.execute(statement, bound).fetchall()


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
