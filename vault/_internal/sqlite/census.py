"""The one statement that counts records by packed class, span by span."""

from collections import Counter
from typing import Final

from consent.facts import CONSENT_CODE, consent_join, ugc_code, ugc_join
from kit.db import Database
from vault._internal.classes import REACHES
from vault._internal.sqlite.classes import PACKED
from vault._internal.sqlite.spans import WITHIN, spans

_PACKED: Final = PACKED.format(
    consent=CONSENT_CODE,
    ugc=ugc_code("r.contributed = 1"),
    reach=REACHES.index("none"),
)
_COUNT: Final = (
    f"SELECT {_PACKED} AS packed, count(*) FROM vault_subject s"
    f" {consent_join('s.subject')}"
    " CROSS JOIN vault_record r ON r.subject = s.subject"
    f" {ugc_join('r.subject', 'r.record')} WHERE {WITHIN} GROUP BY packed"
)


class SqliteCensus:
    """Counts of packed classes on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, purpose: str, now: int) -> list[tuple[int, int]]:
        found: Counter[int] = Counter()
        for span in spans(self._database):
            bound = {"purpose": purpose, "now": now, **span}
            rows = self._database.reader().execute(_COUNT, bound).fetchall()
            found.update(dict(rows))
        return list(found.items())
