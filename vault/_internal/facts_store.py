"""What a decision about a write weighs, on the connection of whoever has to know it.

The gate asks on its own snapshot; the unit of work asks again under its lock, by the
same statements, before it writes. Equal numbers are equal decisions. A row that was not
written here leads nowhere, as in a read.
"""

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from consent.facts import CONSENT_CODE, consent_join
from vault._internal.classes import BELIEVED_SUBJECT, PERSON, REACH_BITS, REACHES
from vault._internal.records_store import POINT, Asked
from vault._internal.row_macs import believed

MAX_NAMED: Final = 1_000

_HOLDS: Final = (
    "SELECT 1 FROM vault_unit_closure c"
    " CROSS JOIN vault_post o ON o.staff = ? AND o.unit = c.ancestor"
    " WHERE c.descendant = ? AND CASE WHEN o.until > ?"
    f" THEN {believed('vault_post', 'o')} AND {believed('vault_unit_closure', 'c')} END"
)


def people(
    connection: sqlite3.Connection, asked: Asked, subjects: Sequence[bytes]
) -> dict[bytes, int]:
    """Give the packed part of each subject (`PERSON`); who is nobody is absent."""
    found: dict[bytes, int] = {}
    for start in range(0, len(subjects), MAX_NAMED):
        part = subjects[start : start + MAX_NAMED]
        bound = asked.bound(**{f"s{i}": each for i, each in enumerate(part)})
        found.update(connection.execute(_named(asked.reach_code(), len(part)), bound))
    return found


def record(
    connection: sqlite3.Connection, asked: Asked, subject: bytes, wanted: bytes
) -> int | None:
    """Give the packed class of one record as it lies; None if there is none."""
    bound = asked.bound(subject=subject, record=wanted)
    row = connection.execute(asked.select(POINT), bound).fetchone()
    return None if row is None else int(row[4])


def holds(connection: sqlite3.Connection, staff: str, unit: str, now: int) -> bool:
    """Tell whether a member of staff holds a unit, or one above it."""
    return connection.execute(_HOLDS, (staff, unit, now)).fetchone() is not None


def reached(connection: sqlite3.Connection, asked: Asked, subject: bytes) -> bool:
    """Tell whether a subject is within reach; one that is nowhere yet is nobody's.

    A subject without a row is one whose registration a crash cut short: a caller who
    reaches everybody finishes it.
    """
    person = people(connection, asked, [subject]).get(subject)
    if person is None:
        return asked.staff is None and asked.own is None and asked.reach != "none"
    return person & REACH_BITS != REACHES.index("none")


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
