"""Every statement over which packed classes records have."""

from collections.abc import Mapping, Sequence

from kit.db import Database
from vault._internal.ports.records import ReadContext
from vault._internal.sqlite.records import bound_by, listed, select
from vault._internal.sqlite.spans import WITHIN, spans


class SqlitePacked:
    """The packed classes of the records there are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_all(
        self, asked: ReadContext, numbers: Sequence[int], *, ugc: bool
    ) -> list[int]:
        located = select(
            asked, f"WHERE {WITHIN} AND r.class_number IN ({listed(numbers)})", ugc=ugc
        )
        found: set[int] = set()
        for span in spans(self._database):
            found.update(self._distinct(located, bound_by(asked, **span)))
        return sorted(found)

    def of_subject(
        self, asked: ReadContext, subject: bytes, numbers: Sequence[int]
    ) -> list[int]:
        located = select(
            asked,
            f"WHERE s.subject = :subject AND r.class_number IN ({listed(numbers)})",
        )
        return self._distinct(located, bound_by(asked, subject=subject))

    def _distinct(self, located: str, bound: Mapping[str, object]) -> list[int]:
        statement = (
            "WITH located(subject, record, version, schema, k, sealed, status, until,"
            f" contributed, part, parts) AS ({located})"
            " SELECT DISTINCT k FROM located"
        )
        rows = self._database.reader().execute(statement, dict(bound))
        return [int(k) for (k,) in rows.fetchall()]
