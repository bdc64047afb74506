"""Every statement over the change feed but those of its triggers (feed_triggers.py)."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from kit.db import Database, WriteSession, raw
from vault._internal.feed import CLASS, CONSENT, ERASED, FEED, LICENCE, RECORD, START
from vault._internal.ports.changes import (
    ChangeRow,
    ChangeSnapshot,
    FeedHead,
    Lapse,
    PersonFacts,
)
from vault._internal.ports.records import ReadContext, SealedRow
from vault._internal.sqlite import feed_triggers as _feed_triggers  # noqa: F401
from vault._internal.sqlite.classes import BELIEVED_SUBJECT
from vault._internal.sqlite.records import bound_by, found_in, listed, select

STRETCH: Final = 20_000
"""How many numbers one look goes through at most."""

_ROW: Final = (
    "SELECT number, kind, subject, record, class_number, purpose, was, until, minute"
    f" FROM {FEED}"
)
_NEWEST: Final = f"SELECT max(number) FROM {FEED}"
_FLOOR: Final = "SELECT coalesce(max(feed_floor), 0) FROM vault_installation"
_MARK: Final = (
    f"SELECT record FROM {FEED} WHERE kind = '{START}' ORDER BY number DESC LIMIT 1"
)
_MARKED: Final = f"SELECT number FROM {FEED} WHERE kind = '{START}' AND record = ?"
_NEXT_START: Final = (
    f"SELECT min(number) FROM {FEED} WHERE kind = '{START}' AND number > ?"
)


def _lapses(column: str, table: str, where: str, record: str = "x''") -> str:
    # Each has an index that gives it in this order, and stops at the limit.
    return (
        f"SELECT * FROM (SELECT {column}, subject, {record} FROM {table}"
        f" WHERE {where} AND {column} >= :since AND {column} <= :now"
        f" AND ({column}, subject, {record}) > (:since, :subject, :record)"
        f" ORDER BY {column}, subject, {record} LIMIT :limit)"
    )


_LAPSED: Final = " UNION ".join(
    (
        _lapses("until", "consent_fact", "purpose = :purpose AND state = 0"),
        _lapses("until", "consent_licence", "purpose = :purpose"),
        _lapses("since", "consent_licence", "purpose = :purpose"),
        _lapses("until", "consent_ugc", "until IS NOT NULL"),
    )
)
_FACTS: Final = (
    "SELECT s.class_number, f.state, f.until FROM vault_subject s"
    " LEFT JOIN consent_fact f ON f.subject = s.subject AND f.purpose = :purpose"
    f" WHERE s.subject = :subject AND {BELIEVED_SUBJECT}"
)
# Of the oldest alone: where nothing is to go, not all is looked at.
_LAST_DROPPED: Final = (
    "SELECT max(number) FROM"
    f" (SELECT number, minute FROM {FEED} ORDER BY number LIMIT :limit)"
    " WHERE (minute < :minute OR number <= :beyond) AND number < :newest"
)


class SqliteSnapshot:
    """What one transaction of a reader sees."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def head(self) -> FeedHead:
        (number,) = self._execute(_NEWEST).fetchone()
        mark = self._execute(_MARK).fetchone()
        return FeedHead(number or 0, bytes(mark[0]) if mark else b"")

    def stands(self, mark: bytes, number: int) -> bool:
        begun = self._execute(_MARKED, (mark,)).fetchone()
        (floor,) = self._execute(_FLOOR).fetchone()
        if begun is None or number < floor or number > self.head().number:
            return False
        (ended,) = self._execute(_NEXT_START, begun).fetchone()
        return ended is None or number < ended

    def rows(
        self, after: int, numbers: Sequence[int], purpose: str, *, limit: int
    ) -> tuple[list[ChangeRow], int]:
        last = min(self.head().number, after + STRETCH)
        found = self._execute(
            f"{_ROW} WHERE number > :after AND number <= :last AND ("
            f" kind IN ('{CLASS}', '{ERASED}')"
            f" OR (kind = '{RECORD}' AND class_number IN ({listed(numbers)}))"
            f" OR (kind = '{CONSENT}' AND purpose = :purpose)"
            f" OR (kind = '{LICENCE}' AND (purpose IS NULL OR purpose = :purpose)))"
            " ORDER BY number LIMIT :limit",
            {"after": after, "last": last, "purpose": purpose, "limit": limit},
        )
        rows = [ChangeRow(*row) for row in found.fetchall()]
        return rows, rows[-1].number if len(rows) == limit else last

    def history(
        self, after: int, subjects: Collection[bytes], *, limit: int
    ) -> list[ChangeRow]:
        rows: list[ChangeRow] = []
        for subject in subjects:
            found = self._execute(
                f"{_ROW} INDEXED BY ix_vault_change_subject"
                " WHERE subject = ? AND number > ? ORDER BY number LIMIT ?",
                (subject, after, limit - len(rows)),
            )
            rows += [ChangeRow(*row) for row in found.fetchall()]
        return rows

    def lapsed(
        self,
        numbers: Sequence[int],
        purpose: str,
        since: Lapse,
        now: int,
        *,
        limit: int,
    ) -> list[Lapse]:
        own = f"class_number IN ({listed(numbers)})"
        kept = _lapses("retain_until", "vault_record", own, "record")
        bound = {"purpose": purpose, "now": now, "limit": limit}
        bound |= {"since": since.until, "subject": since.subject}
        found = self._execute(
            f"{_LAPSED} UNION {kept} ORDER BY 1, 2, 3 LIMIT :limit",
            bound | {"record": since.record},
        )
        return [Lapse(*row) for row in found.fetchall()]

    def facts(
        self, subjects: Iterable[bytes], purpose: str
    ) -> dict[bytes, PersonFacts]:
        known = {
            subject: self._execute(
                _FACTS, {"subject": subject, "purpose": purpose}
            ).fetchone()
            for subject in subjects
        }
        return {each: PersonFacts(*row) for each, row in known.items() if row}

    def many(
        self, asked: ReadContext, wanted: Sequence[tuple[bytes, bytes]]
    ) -> dict[tuple[bytes, bytes], SealedRow]:
        return found_in(self._execute, asked, wanted) if wanted else {}

    def page(
        self,
        asked: ReadContext,
        subject: bytes,
        numbers: Sequence[int],
        *,
        after: bytes,
        limit: int,
    ) -> list[SealedRow]:
        return self._listed(
            asked,
            "WHERE s.subject = :subject AND r.record > :after",
            numbers,
            {"subject": subject, "after": after, "limit": limit},
        )

    def following(
        self,
        asked: ReadContext,
        numbers: Sequence[int],
        *,
        after: tuple[bytes, bytes],
        limit: int,
    ) -> list[SealedRow]:
        return self._listed(
            asked,
            "WHERE s.subject >= :low"
            " AND r.record > CASE s.subject WHEN :low THEN :after ELSE x'' END",
            numbers,
            {"low": after[0], "after": after[1], "limit": limit},
        )

    def _listed(
        self,
        asked: ReadContext,
        where: str,
        numbers: Sequence[int],
        bound: dict[str, object],
    ) -> list[SealedRow]:
        statement = select(
            asked,
            f"{where} AND r.class_number IN ({listed(numbers)})"
            " ORDER BY s.subject, r.record LIMIT :limit",
        )
        rows = self._execute(statement, bound_by(asked, **bound))
        return [SealedRow(*row) for row in rows.fetchall()]


class SqliteChanges:
    """The change feed on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, session: WriteSession, mark: bytes) -> None:
        raw(session).execute(
            f"INSERT INTO {FEED} (kind, record, minute)"
            " VALUES (?, ?, CAST(strftime('%s', 'now') AS INTEGER) / 60)",
            (START, mark),
        )

    @contextmanager
    def snapshot(self) -> Iterator[ChangeSnapshot]:
        with self._database.read() as session:
            yield SqliteSnapshot(raw(session))

    def drop(self, session: WriteSession, *, minute: int, most: int, limit: int) -> int:
        execute = raw(session).execute
        newest = SqliteSnapshot(raw(session)).head().number
        bound = {"minute": minute, "beyond": newest - most, "newest": newest}
        (last,) = execute(_LAST_DROPPED, bound | {"limit": limit}).fetchone()
        if last is None:
            return 0
        # The newest start stays: the places after it are held against it.
        dropped = execute(
            f"DELETE FROM {FEED} WHERE number <= :last AND number <> coalesce("
            f"(SELECT max(number) FROM {FEED} WHERE kind = '{START}'), 0)",
            {"last": last},
        )
        execute("UPDATE vault_installation SET feed_floor = ?", (last,))
        return dropped.rowcount
