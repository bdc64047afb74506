"""Every statement over data subjects and openings in the data store."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

from kit.db import Database, WriteSession, raw, value
from kit.sqlite import database_errors
from vault._internal.classes import CustomerClass
from vault._internal.ports.subjects import OWNED
from vault._internal.row_macs import SUBJECT, RowMacs
from vault._internal.sqlite.care import following
from vault._internal.sqlite.classes import intern_customer

FIRST: Final = 1
_SAID: Final = (
    "SELECT s.mac, s.subject, c.region, c.state, c.minor, s.version"
    " FROM vault_subject s JOIN vault_customer_class c ON c.number = s.class_number"
    " WHERE s.subject = ?"
)
_NUMBER_NEXT: Final = (
    "INSERT INTO vault_chain (subject, entries) VALUES (?, 1)"
    " ON CONFLICT (subject) DO UPDATE SET entries = entries + 1 RETURNING entries"
)


class SqliteSubjects:
    """Data subjects on SQLite."""

    def __init__(self, database: Database, rows: RowMacs) -> None:
        self._database = database
        self._rows = rows

    def add(self, session: WriteSession, subject: bytes, known: CustomerClass) -> bool:
        number = intern_customer(session, known, self._rows)
        added = raw(session).execute(
            "INSERT INTO vault_subject (subject, class_number, version, mac)"
            " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (subject, number, FIRST, self._mac(subject, known, FIRST)),
        )
        return added.rowcount == 1

    def known(self, subjects: Iterable[bytes]) -> set[bytes]:
        execute = self._database.reader().execute
        find = "SELECT subject FROM vault_subject WHERE subject = ?"
        return {each for each in subjects if value(execute(find, (each,))) is not None}

    def count(self) -> int:
        reader = self._database.reader()
        return int(value(reader.execute("SELECT count(*) FROM vault_subject")))

    def regions(self) -> dict[str, int]:
        rows = self._database.reader().execute(
            "SELECT c.region, count(*) FROM vault_subject s"
            " JOIN vault_customer_class c ON c.number = s.class_number"
            " GROUP BY c.region"
        )
        return dict(rows.fetchall())

    def all(self) -> list[bytes]:
        rows = self._database.reader().execute("SELECT subject FROM vault_subject")
        return [subject for (subject,) in rows.fetchall()]

    def dangling(self) -> list[str]:
        rows = self._database.reader().execute("PRAGMA foreign_key_check")
        return sorted({table for table, *_ in rows.fetchall()})

    def class_of(
        self, subject: bytes, session: WriteSession | None = None
    ) -> CustomerClass | None:
        found = self._connection(session).execute(_SAID, (subject,)).fetchall()
        return next((_words(row) for row in found if self._believes(row)), None)

    def said_of(
        self, subject: bytes, session: WriteSession | None = None
    ) -> CustomerClass | None:
        found = self._connection(session).execute(_SAID, (subject,)).fetchall()
        return next(map(_words, found), None)

    def active(self, session: WriteSession, subjects: Sequence[bytes]) -> set[bytes]:
        known = {subject: self.class_of(subject, session) for subject in subjects}
        return {
            subject
            for subject, each in known.items()
            if each is not None and each.state != "erased"
        }

    def set_class(
        self, session: WriteSession, subject: bytes, known: CustomerClass
    ) -> None:
        number, connection = intern_customer(session, known, self._rows), raw(session)
        before = connection.execute(
            "SELECT version FROM vault_subject WHERE subject = ?", (subject,)
        )
        version = following(before)
        connection.execute(
            "UPDATE vault_subject SET class_number = ?, version = ?, mac = ?"
            " WHERE subject = ?",
            (number, version, self._mac(subject, known, version), subject),
        )

    def add_opening(
        self,
        session: WriteSession,
        *,
        subject: bytes,
        handle: bytes,
        tag: bytes,
        sealed: bytes,
    ) -> None:
        raw(session).execute(
            "INSERT INTO vault_opening (subject, handle, tag, sealed)"
            " VALUES (?, ?, ?, ?)",
            (subject, handle, tag, sealed),
        )

    def number_next(self, session: WriteSession, subject: bytes) -> int:
        return int(value(raw(session).execute(_NUMBER_NEXT, (subject,))))

    def entries(self, subject: bytes) -> int:
        rows = self._database.reader().execute(
            "SELECT entries FROM vault_chain WHERE subject = ?", (subject,)
        )
        return int(value(rows) or 0)

    def count_openings(self, subject: bytes) -> int:
        rows = self._database.reader().execute(
            "SELECT count(*) FROM vault_opening WHERE subject = ?", (subject,)
        )
        return int(value(rows))

    def count_all_openings(self) -> int:
        rows = self._database.reader().execute("SELECT count(*) FROM vault_opening")
        return int(value(rows))

    def opening(
        self, subject: bytes, handle: bytes, session: WriteSession | None = None
    ) -> bytes | None:
        sealed: bytes | None = value(
            self._connection(session).execute(
                "SELECT sealed FROM vault_opening WHERE subject = ? AND handle = ?",
                (subject, handle),
            )
        )
        return sealed

    def openings(
        self, subject: bytes, tag: bytes | None = None
    ) -> list[tuple[bytes, bytes]]:
        statement = "SELECT handle, sealed FROM vault_opening WHERE subject = :subject"
        if tag is not None:
            statement += " AND tag = :tag"
        bound = {"subject": subject, "tag": tag}
        return self._database.reader().execute(statement, bound).fetchall()

    def tags(self, subject: bytes) -> dict[bytes, bytes]:
        rows = self._database.reader().execute(
            "SELECT handle, tag FROM vault_opening WHERE subject = ?", (subject,)
        )
        return dict(rows.fetchall())

    def stamped(self) -> list[bytes]:
        rows = self._database.reader().execute(
            "SELECT subject FROM vault_opening UNION SELECT subject FROM vault_chain"
            " UNION SELECT subject FROM consent_event"
            " UNION SELECT subject FROM consent_ugc_event"
            " UNION SELECT subject FROM consent_fact"
            " UNION SELECT subject FROM consent_ugc"
            " UNION SELECT subject FROM vault_act"
            " UNION SELECT subject FROM vault_access_grant"
            " UNION SELECT subject FROM vault_assignment"
            " UNION SELECT subject FROM vault_placement"
            " UNION SELECT subject FROM vault_hold"
        )
        return [subject for (subject,) in rows.fetchall()]

    def purge(self, session: WriteSession, subject: bytes) -> dict[str, int]:
        execute = raw(session).execute
        with database_errors(self._database.path):
            return {
                table: execute(
                    f"DELETE FROM {table} WHERE subject = ?", (subject,)
                ).rowcount
                for table in OWNED
            }

    def rows_about(
        self, subject: bytes, table: str, session: WriteSession | None = None
    ) -> int:
        found = self._connection(session).execute(
            f"SELECT count(*) FROM {table} WHERE subject = ?", (subject,)
        )
        return int(value(found))

    def _mac(self, subject: bytes, known: CustomerClass, version: int) -> bytes:
        words = known.region, known.state, known.minor
        return self._rows.of(SUBJECT, subject, *words, version)

    def _believes(self, row: Sequence[object]) -> bool:
        mac, *said = row
        return self._rows.believes(mac, SUBJECT, *said)

    def _connection(self, session: WriteSession | None) -> sqlite3.Connection:
        """Speak inside a unit of work, or of what is committed."""
        return raw(session) if session else self._database.reader()


def _words(row: Sequence[str]) -> CustomerClass:
    _, _, region, state, minor, _ = row
    return CustomerClass(region, state, minor)
