"""Every statement over sealed records, and the head that all reads of them share."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Final

from consent.facts import (
    CONSENT_CODE,
    consent_join,
    status_code,
    ugc_code,
    ugc_join,
)
from kit.db import Database, WriteSession, raw, value
from vault._internal.classes import REACHES
from vault._internal.ports.records import (
    MAIN,
    PAGE,
    PAGE_BYTES,
    ReadContext,
    RecordInsert,
    SealedRow,
    sealed_bytes,
)
from vault._internal.sqlite.classes import BELIEVED_SUBJECT, PACKED
from vault._internal.sqlite.staff_reach import BY_STAFF, WITHIN_REACH

FETCH: Final = 20

# The parts come with their row: one statement is one snapshot, and a write that changes
# both is seen as a whole or not at all. Most records have none, which costs a glance,
# or one, whose ciphertext comes as it lies.
_OF_RECORD: Final = (
    "FROM vault_part p WHERE p.subject = r.subject AND p.record = r.record"
)
_PARTS: Final = (
    f"(SELECT p.part {_OF_RECORD} LIMIT 1), CASE (SELECT count(*) {_OF_RECORD})"
    f" WHEN 0 THEN NULL WHEN 1 THEN (SELECT p.sealed {_OF_RECORD})"
    f" ELSE (SELECT json_group_object(p.part, hex(p.sealed)) {_OF_RECORD}) END"
)
_OWN: Final = f"CASE WHEN s.subject = :own THEN {REACHES.index('self')} ELSE 0 END"
_CONTRIBUTED: Final = "r.contributed = 1"

# What comes in under a hold on all that is held about its subject is held as well.
_INSERT: Final = (
    "INSERT INTO vault_record (subject, record, class_number, version,"
    " schema_version, retain_until, hold, contributed, hour, fingerprint, sealed)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7 OR EXISTS"
    " (SELECT 1 FROM vault_hold h WHERE h.subject = ?1 AND h.record IS NULL),"
    " ?8, ?9, ?10, ?11)"
)
_INSERT_PART: Final = (
    "INSERT INTO vault_part (subject, record, part, sealed) VALUES (?, ?, ?, ?)"
)
POINT: Final = "WHERE s.subject = :subject AND r.record = :record"
# What is wanted leads, row by row, through the primary keys. As a condition on the
# pair it would be tried on every record there is.
_EACH_WANTED: Final = "wanted w CROSS JOIN"
_WANTED: Final = "WHERE s.subject = w.subject AND r.record = w.record"


def select(asked: ReadContext, then: str, *, first: str = "", ugc: bool = True) -> str:
    """Write a read, from its head to the clauses in `then`.

    `first` is what is joined before the subjects; `ugc` says whether contributions
    may be among the records.
    """
    return _select(reach_code(asked), then, first, ugc=ugc)


def reach_code(asked: ReadContext) -> str:
    """Write the reach of a row's subject `s`, as its number in `REACHES`."""
    if asked.own is not None:
        return _OWN
    return str(REACHES.index(asked.reach)) if asked.staff is None else BY_STAFF


def bound_by(asked: ReadContext, **more: object) -> dict[str, object]:
    """Give the named parameters of a statement."""
    return {
        "purpose": asked.purpose,
        "now": asked.now,
        "staff": asked.staff,
        "own": asked.own,
        **more,
    }


@lru_cache(maxsize=256)
def _select(reach: str, then: str, first: str, *, ugc: bool) -> str:
    # The join order is fixed: subject and consent first, so that a scan looks them up
    # once for all of a customer's records, which lie side by side; whether the
    # subject is believed is asked there, too, and once.
    k = PACKED.format(
        consent=CONSENT_CODE,
        ugc=ugc_code(_CONTRIBUTED) if ugc else "0",
        reach=reach,
    )
    status = status_code(_CONTRIBUTED) if ugc else "0"
    join = ugc_join("r.subject", "r.record") if ugc else ""
    return (
        "SELECT r.subject, r.record, r.version, r.schema_version,"
        f" {k}, r.sealed, {status}, r.retain_until, r.contributed, {_PARTS}"
        f" FROM {first} vault_subject s"
        f" {consent_join('s.subject')}"
        " CROSS JOIN vault_record r ON r.subject = s.subject"
        f" AND {BELIEVED_SUBJECT} {join} {then}"
    )


# As `SealedRow._make` without its check: a scan makes a million of them.
_sealed_row: Final[Callable[[Any], SealedRow]] = partial(tuple.__new__, SealedRow)


def found_in(
    execute: Callable[[str, dict[str, object]], sqlite3.Cursor],
    asked: ReadContext,
    wanted: Sequence[tuple[bytes, bytes]],
) -> dict[tuple[bytes, bytes], SealedRow]:
    """Find records by one statement of a connection."""
    names = [(f"s{i}", f"r{i}") for i in range(len(wanted))]
    values = ", ".join(f"(:{s}, :{r})" for s, r in names)
    bound: dict[str, object] = {}
    for (s, r), (subject, record) in zip(names, wanted, strict=True):
        bound[s], bound[r] = subject, record
    head = f"WITH wanted(subject, record) AS (VALUES {values}) "
    statement = head + select(asked, _WANTED, first=_EACH_WANTED)
    rows = execute(statement, bound_by(asked, **bound))
    found = [_sealed_row(row) for row in rows.fetchall()]
    return {(row.subject, row.record): row for row in found}


class SqliteRecords:
    """Sealed records on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def version(self) -> int:
        return self._database.version()

    def point(
        self, asked: ReadContext, subject: bytes, record: bytes
    ) -> SealedRow | None:
        statement = select(asked, POINT)
        bound = bound_by(asked, subject=subject, record=record)
        rows = self._database.reader().execute(statement, bound).fetchall()
        return _sealed_row(rows[0]) if rows else None

    def many(
        self, asked: ReadContext, wanted: Sequence[tuple[bytes, bytes]]
    ) -> dict[tuple[bytes, bytes], SealedRow]:
        return found_in(self._database.reader().execute, asked, wanted)

    def page(
        self,
        asked: ReadContext,
        subject: bytes,
        numbers: Sequence[int],
        *,
        after: bytes,
        limit: int,
    ) -> list[SealedRow]:
        statement = select(
            asked,
            "WHERE s.subject = :subject AND r.record > :after"
            f" AND r.class_number IN ({listed(numbers)})"
            " ORDER BY r.record LIMIT :limit",
        )
        bound = bound_by(asked, subject=subject, after=after, limit=limit)
        return self._filled(statement, bound)

    def reaches(self, asked: ReadContext, subject: bytes) -> bool:
        rows = self._database.reader().execute(
            "SELECT 1 FROM vault_subject s"
            " JOIN vault_customer_class c ON c.number = s.class_number"
            " WHERE s.subject = :subject AND c.state <> 'erased'"
            f" AND {BELIEVED_SUBJECT}"
            " AND (:own IS NULL OR s.subject = :own)"
            f" AND (:staff IS NULL OR {WITHIN_REACH})",
            bound_by(asked, subject=subject),
        )
        return bool(rows.fetchall())

    def scan(
        self,
        asked: Callable[[], ReadContext],
        numbers: Sequence[int],
        *,
        span: tuple[bytes, bytes],
        ugc: bool,
    ) -> Iterator[list[SealedRow]]:
        statement = _next_page(numbers)
        low, after = span[0], b""
        while True:
            now = asked()
            bound = bound_by(now, low=low, after=after, high=span[1], limit=PAGE)
            rows = self._filled(select(now, statement, ugc=ugc), bound)
            if not rows:
                return
            yield rows
            low, after = rows[-1].subject, rows[-1].record

    def _filled(self, statement: str, bound: dict[str, object]) -> list[SealedRow]:
        rows: list[SealedRow] = []
        size = 0
        cursor = self._database.reader().execute(statement, bound)
        try:
            while size < PAGE_BYTES and (some := cursor.fetchmany(FETCH)):
                found = [_sealed_row(row) for row in some]
                rows += found
                size += sealed_bytes(found)
        finally:
            cursor.close()
        return rows

    def collections(self) -> list[str]:
        rows = self._database.reader().execute(
            "SELECT DISTINCT c.collection FROM vault_record_class c"
            " WHERE c.number IN (SELECT class_number FROM vault_record)"
            " ORDER BY c.collection"
        )
        return [collection for (collection,) in rows.fetchall()]

    def collection_of(self, subject: bytes, record: bytes) -> str | None:
        collection: str | None = value(
            self._database.reader().execute(
                "SELECT c.collection FROM vault_record r"
                " JOIN vault_record_class c ON c.number = r.class_number"
                " WHERE r.subject = ? AND r.record = ?",
                (subject, record),
            )
        )
        return collection

    def lot(
        self, session: WriteSession | None, after: tuple[bytes, bytes], limit: int
    ) -> list[SealedRow]:
        connection = self._database.reader() if session is None else raw(session)
        rows = connection.execute(
            "SELECT r.subject, r.record, r.version, r.schema_version,"
            " r.class_number, r.sealed, r.hold, r.retain_until, r.contributed,"
            f" {_PARTS} FROM vault_record r WHERE (r.subject, r.record) > (?, ?)"
            " ORDER BY r.subject, r.record LIMIT ?",
            (*after, limit),
        )
        return [_sealed_row(row) for row in rows.fetchall()]

    def reseal(
        self,
        session: WriteSession,
        where: tuple[bytes, bytes],
        class_number: int,
        version: int,
        parts: Mapping[str, bytes],
    ) -> None:
        connection = raw(session)
        connection.execute(
            "UPDATE vault_record SET class_number = ?, version = ?, sealed = ?"
            " WHERE subject = ? AND record = ?",
            (class_number, version, parts[MAIN], *where),
        )
        connection.execute(
            "DELETE FROM vault_part WHERE subject = ? AND record = ?", where
        )
        connection.executemany(
            _INSERT_PART,
            [(*where, part, each) for part, each in parts.items() if part != MAIN],
        )

    def insert(
        self,
        session: WriteSession,
        rows: Sequence[RecordInsert],
        parts: Sequence[tuple[bytes, bytes, str, bytes]] = (),
    ) -> None:
        connection = raw(session)
        connection.executemany(_INSERT, rows)
        if parts:
            connection.executemany(_INSERT_PART, parts)

    def replace(
        self,
        session: WriteSession,
        row: RecordInsert,
        parts: Sequence[tuple[bytes, bytes, str, bytes]],
    ) -> None:
        connection = raw(session)
        connection.execute(
            "UPDATE vault_record SET class_number = ?, version = ?,"
            " schema_version = ?, retain_until = ?, hour = ?, fingerprint = ?,"
            " sealed = ?"
            " WHERE subject = ? AND record = ? AND version = ?",
            (
                *(row.class_number, row.version, row.schema, row.retain_until),
                *(row.hour, row.fingerprint, row.sealed),
                *(row.subject, row.record, row.version - 1),
            ),
        )
        connection.execute(
            "DELETE FROM vault_part WHERE subject = ? AND record = ?",
            (row.subject, row.record),
        )
        connection.executemany(_INSERT_PART, parts)

    def known(
        self, session: WriteSession, subject: bytes, record: bytes
    ) -> tuple[int, bytes] | None:
        found = raw(session).execute(
            "SELECT version, fingerprint FROM vault_record"
            " WHERE subject = ? AND record = ?",
            (subject, record),
        )
        known: tuple[int, bytes] | None = found.fetchone()
        return known


def _next_page(numbers: Sequence[int]) -> str:
    # The record id of the subject that the last page ended in bounds the inner look-up
    # too, so that a page in the midst of many records does not begin with the first.
    return (
        "WHERE s.subject >= :low AND s.subject <= :high"
        " AND r.record > CASE s.subject WHEN :low THEN :after ELSE x'' END"
        f" AND r.class_number IN ({listed(numbers)})"
        " ORDER BY s.subject, r.record LIMIT :limit"
    )


def listed(numbers: Sequence[int]) -> str:
    return ", ".join(str(int(number)) for number in numbers)
