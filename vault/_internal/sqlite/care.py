"""Every statement over what was arranged about one subject, and the acts that did it.

Assignments, time-limited grants, holds: rows that a read or a write weighs. Who did it
and why is in the acts, sealed under the subject's key.
"""

import sqlite3

from kit.db import Database, WriteSession, raw, value
from vault._internal.ports.organisation import AssignmentRow, GrantRow, HoldRow
from vault._internal.row_macs import RowMacs, believed


def following(known: sqlite3.Cursor) -> int:
    """Give the version of a row's next state, the first if there is no row."""
    return int(value(known) or 0) + 1


class SqliteCare:
    """Assignments, grants, holds and acts on SQLite."""

    def __init__(self, database: Database, rows: RowMacs) -> None:
        self._database = database
        self._rows = rows

    def assign(self, session: WriteSession, subject: bytes, row: AssignmentRow) -> None:
        connection = raw(session)
        known = connection.execute(
            "SELECT version FROM vault_assignment WHERE staff = ? AND subject = ?",
            (row.staff, subject),
        )
        columns = row.staff, subject, row.until, following(known)
        connection.execute(
            "INSERT OR REPLACE INTO vault_assignment"
            " (staff, subject, until, version, mac) VALUES (?, ?, ?, ?, ?)",
            (*columns, self._rows.of("vault_assignment", *columns)),
        )

    def unassign(self, session: WriteSession, subject: bytes, staff: str) -> bool:
        done = raw(session).execute(
            "DELETE FROM vault_assignment WHERE staff = ? AND subject = ?",
            (staff, subject),
        )
        return done.rowcount == 1

    def assignments(
        self, subject: bytes, now: int, *, lying: bool = False
    ) -> list[AssignmentRow]:
        rows = self._database.reader().execute(
            "SELECT a.staff, a.until FROM vault_assignment a"
            " WHERE a.subject = ? AND a.until > ?"
            f" AND (? OR {believed('vault_assignment', 'a')}) ORDER BY a.staff",
            (subject, now, lying),
        )
        return [AssignmentRow(*row) for row in rows.fetchall()]

    def assigned_until(
        self, session: WriteSession, subject: bytes, staff: str
    ) -> int | None:
        until: int | None = value(
            raw(session).execute(
                "SELECT until FROM vault_assignment WHERE staff = ? AND subject = ?",
                (staff, subject),
            )
        )
        return until

    def grant(self, session: WriteSession, subject: bytes, row: GrantRow) -> None:
        columns = subject, *row
        raw(session).execute(
            "INSERT INTO vault_access_grant"
            " (subject, grant_id, staff, purpose, until, mac)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (*columns, self._rows.of("vault_access_grant", *columns)),
        )

    def revoke(
        self, session: WriteSession, subject: bytes, grant_id: bytes, now: int
    ) -> bool:
        done = raw(session).execute(
            "DELETE FROM vault_access_grant"
            " WHERE subject = ? AND grant_id = ? AND until > ?",
            (subject, grant_id, now),
        )
        return done.rowcount == 1

    def grants(
        self, subject: bytes, now: int, *, lying: bool = False
    ) -> list[GrantRow]:
        rows = self._database.reader().execute(
            "SELECT g.grant_id, g.staff, g.purpose, g.until FROM vault_access_grant g"
            " WHERE g.subject = ? AND g.until > ?"
            f" AND (? OR {believed('vault_access_grant', 'g')})"
            " ORDER BY g.until, g.grant_id",
            (subject, now, lying),
        )
        return [GrantRow(*row) for row in rows.fetchall()]

    def hold(self, session: WriteSession, subject: bytes, row: HoldRow) -> None:
        raw(session).execute(
            "INSERT INTO vault_hold (subject, hold_id, record) VALUES (?, ?, ?)",
            (subject, *row),
        )

    def is_hold(self, session: WriteSession, subject: bytes, hold_id: bytes) -> bool:
        row = raw(session).execute(
            "SELECT 1 FROM vault_hold WHERE subject = ? AND hold_id = ?",
            (subject, hold_id),
        )
        return row.fetchone() is not None

    def lift(self, session: WriteSession, subject: bytes, hold_id: bytes) -> bool:
        done = raw(session).execute(
            "DELETE FROM vault_hold WHERE subject = ? AND hold_id = ?",
            (subject, hold_id),
        )
        return done.rowcount == 1

    def mark(self, session: WriteSession, subject: bytes) -> None:
        raw(session).execute(
            "UPDATE vault_record SET hold = EXISTS (SELECT 1 FROM vault_hold h"
            " WHERE h.subject = vault_record.subject"
            " AND (h.record IS NULL OR h.record = vault_record.record))"
            " WHERE subject = ?",
            (subject,),
        )

    def is_marked(self, subject: bytes) -> bool:
        row = self._database.reader().execute(
            "SELECT EXISTS (SELECT 1 FROM vault_record r WHERE r.subject = ?"
            " AND r.hold <> EXISTS (SELECT 1 FROM vault_hold h"
            " WHERE h.subject = r.subject"
            " AND (h.record IS NULL OR h.record = r.record)))",
            (subject,),
        )
        return not value(row)

    def holds(self, subject: bytes) -> list[HoldRow]:
        rows = self._database.reader().execute(
            "SELECT hold_id, record FROM vault_hold WHERE subject = ? ORDER BY hold_id",
            (subject,),
        )
        return [HoldRow(*row) for row in rows.fetchall()]

    def is_held(self, session: WriteSession, subject: bytes) -> bool:
        row = raw(session).execute(
            "SELECT EXISTS (SELECT 1 FROM vault_hold WHERE subject = :subject)"
            " OR EXISTS (SELECT 1 FROM vault_record INDEXED BY ix_vault_record_held"
            " WHERE subject = :subject AND hold = 1)",
            {"subject": subject},
        )
        return bool(value(row))

    def has_record(self, session: WriteSession, subject: bytes, record: bytes) -> bool:
        row = raw(session).execute(
            "SELECT 1 FROM vault_record WHERE subject = ? AND record = ?",
            (subject, record),
        )
        return row.fetchone() is not None

    def keep_act(
        self, session: WriteSession, subject: bytes, act_id: bytes, sealed: bytes
    ) -> None:
        raw(session).execute(
            "INSERT INTO vault_act (subject, act_id, sealed) VALUES (?, ?, ?)",
            (subject, act_id, sealed),
        )

    def acts(
        self, subject: bytes, session: WriteSession | None = None
    ) -> list[tuple[bytes, bytes]]:
        connection = raw(session) if session else self._database.reader()
        rows = connection.execute(
            "SELECT act_id, sealed FROM vault_act WHERE subject = ?", (subject,)
        )
        return rows.fetchall()
