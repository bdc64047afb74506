"""How many records there are of each packed class, for one purpose, in one statement.

No row leaves it: an integer that says what a policy may know of a record (classes.py,
with reach `none`), and a number.
"""

from typing import Final

from consent.facts import CONSENT_CODE, consent_join, ugc_code, ugc_join
from kit.db import Database
from vault._internal.classes import PACKED, REACHES

_PACKED: Final = PACKED.format(
    consent=CONSENT_CODE,
    ugc=ugc_code("r.contributed = 1"),
    reach=REACHES.index("none"),
)
_COUNT: Final = (
    f"SELECT {_PACKED} AS packed, count(*) FROM vault_subject s"
    f" {consent_join('s.subject')}"
    " CROSS JOIN vault_record r ON r.subject = s.subject"
    f" {ugc_join('r.subject', 'r.record')} GROUP BY packed"
)


class SqliteCensus:
    """Counts of packed classes on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, purpose: str, now: int) -> list[tuple[int, int]]:
        """Count the records of each class, as they are for a purpose at an instant."""
        bound = {"purpose": purpose, "now": now}
        return self._database.reader().execute(_COUNT, bound).fetchall()
