"""Every statement over what one import made, as it lies now: what may go, what stays.

A record stays where it is somebody else's by now: who changed it, its author, whoever
holds it, the person who restricted their account. The reason that stands first counts.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from kit.db import Database, WriteSession, raw
from vault._internal.ports.imports import TAKEN, TAKING, Item, MadeRow

PAGE: Final = 1_000

_OF_ITEM: Final = "WHERE subject = ? AND record = ?"
_STAYS: Final = (
    "CASE WHEN i.made IS NOT :number THEN 'replaced'"
    " WHEN i.number <> :number OR r.version <> i.version THEN 'changed'"
    " WHEN r.contributed = 1 THEN 'contributed' WHEN r.hold = 1 THEN 'held'"
    " WHEN c.state = 'restricted' THEN 'restricted' END"
)
_THERE: Final = (
    "FROM vault_imported i CROSS JOIN vault_record r"
    " ON r.subject = i.subject AND r.record = i.record"
    " CROSS JOIN vault_subject s ON s.subject = i.subject"
    " CROSS JOIN vault_customer_class c"
    " ON c.number = s.class_number AND c.state <> 'erased'"
)
_MADE: Final = (
    f"SELECT i.subject, i.record, k.collection, c.region {_THERE}"
    " CROSS JOIN vault_record_class k ON k.number = r.class_number"
    " WHERE i.made = :number AND (i.subject, i.record) > (:subject, :record)"
    f" AND {_STAYS} IS NULL ORDER BY i.subject, i.record LIMIT {PAGE}"
)
_TALLY: Final = (
    f"SELECT coalesce({_STAYS}, ''), count(*) {_THERE}"
    " WHERE i.made = :number OR i.number = :number GROUP BY 1"
)
# Asked again under the lock: what became somebody else's meanwhile stays.
_REMOVE: Final = (
    "DELETE FROM vault_record WHERE subject = :subject AND record = :record"
    f" AND EXISTS (SELECT 1 {_THERE} WHERE i.subject = :subject AND i.record = :record"
    f" AND i.made = :number AND {_STAYS} IS NULL)"
)
_NOT_THERE: Final = (
    "NOT EXISTS (SELECT 1 FROM vault_record r"
    " WHERE r.subject = {0}.subject AND r.record = {0}.record)"
)
_LEFT: Final = (
    "SELECT i.subject, i.record FROM vault_imported i WHERE i.made = :number"
    " AND (i.subject, i.record) > (:subject, :record)"
    f" AND {_NOT_THERE.format('i')} ORDER BY i.subject, i.record LIMIT {PAGE}"
)
_START: Final = (b"", b"")


class SqliteMade:
    """What imports made, on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tally(self, number: int) -> dict[str, int]:
        rows = self._database.reader().execute(_TALLY, {"number": number})
        return dict(rows.fetchall())

    def made(
        self, number: int, session: WriteSession | None = None
    ) -> Iterator[list[MadeRow]]:
        for page in self._pages(_MADE, number, session):
            yield [MadeRow(*row) for row in page]

    def left(self, number: int) -> Iterator[list[Item]]:
        for page in self._pages(_LEFT, number, None):
            yield [(subject, record) for subject, record in page]

    def remove(self, session: WriteSession, number: int, items: Sequence[Item]) -> int:
        connection = raw(session)
        there = connection.executemany(
            _REMOVE,
            [{"subject": s, "record": r, "number": number} for s, r in items],
        )
        removed = there.rowcount
        connection.executemany(
            f"DELETE FROM vault_part {_OF_ITEM} AND {_NOT_THERE.format('vault_part')}",
            items,
        )
        connection.execute(
            "UPDATE vault_import_run SET removed = coalesce(removed, 0) + ?"
            " WHERE number = ?",
            (removed, number),
        )
        return removed

    def gone(self, session: WriteSession, items: Iterable[Item]) -> list[Item]:
        find = f"SELECT 1 FROM vault_record {_OF_ITEM}"
        execute = raw(session).execute
        return [each for each in items if execute(find, each).fetchone() is None]

    def forget(self, session: WriteSession, items: Iterable[Item]) -> None:
        raw(session).executemany(f"DELETE FROM vault_imported {_OF_ITEM}", items)

    def begin(self, session: WriteSession, number: int, reason: str) -> None:
        raw(session).execute(
            f"UPDATE vault_import_run SET state = '{TAKING}',"
            " reason = coalesce(reason, ?) WHERE number = ?"
            f" AND state <> '{TAKEN}'",
            (reason, number),
        )

    def end(self, session: WriteSession, number: int, *, at: int) -> bool:
        moved = raw(session).execute(
            f"UPDATE vault_import_run SET state = '{TAKEN}',"
            f" ended = coalesce(ended, ?) WHERE number = ? AND state <> '{TAKEN}'",
            (at, number),
        )
        return moved.rowcount == 1

    def _pages(
        self, statement: str, number: int, session: WriteSession | None
    ) -> Iterator[list[tuple[Any, ...]]]:
        after = _START
        while True:
            connection = raw(session) if session else self._database.reader()
            bound = {"number": number, "subject": after[0], "record": after[1]}
            rows = connection.execute(statement, bound).fetchall()
            if not rows:
                return
            yield rows
            after = rows[-1][:2]
