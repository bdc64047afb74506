"""Every statement over what was arranged about one subject, and the acts that did it.

Assignments, time-limited grants, holds: rows that a read or a write weighs. Who did it
and why is in the acts, sealed under the subject's key.
"""

from typing import NamedTuple

from kit.db import Database, WriteSession, raw
from vault._internal.row_macs import RowMacs, believed


class AssignmentRow(NamedTuple):
    """A member of staff who looks after a subject until an instant."""

    staff: str
    until: int


class GrantRow(NamedTuple):
    """A purpose for which a member of staff reaches a subject until an instant."""

    grant_id: bytes
    staff: str
    purpose: str
    until: int


class HoldRow(NamedTuple):
    """A hold on a record, or on all that is held about a subject."""

    hold_id: bytes
    record: bytes | None


def following(known: tuple[int | None] | None) -> int:
    """Give the version of a row's next state, the first if there is no row."""
    return (known[0] or 0) + 1 if known else 1


class SqliteCare:
    """Assignments, grants, holds and acts on SQLite."""

    def __init__(self, database: Database, rows: RowMacs) -> None:
        self._database = database
        self._rows = rows

    def assign(self, session: WriteSession, subject: bytes, row: AssignmentRow) -> None:
        """Put a subject into a member of staff's care until an instant."""
        connection = raw(session)
        known = connection.execute(
            "SELECT version FROM vault_assignment WHERE staff = ? AND subject = ?",
            (row.staff, subject),
        ).fetchone()
        columns = row.staff, subject, row.until, following(known)
        connection.execute(
            "INSERT OR REPLACE INTO vault_assignment VALUES (?, ?, ?, ?, ?)",
            (*columns, self._rows.of("vault_assignment", *columns)),
        )

    def unassign(self, session: WriteSession, subject: bytes, staff: str) -> bool:
        """Take a subject out of a member of staff's care; False if not in it."""
        done = raw(session).execute(
            "DELETE FROM vault_assignment WHERE staff = ? AND subject = ?",
            (staff, subject),
        )
        return done.rowcount == 1

    def assignments(
        self, subject: bytes, now: int, *, lying: bool = False
    ) -> list[AssignmentRow]:
        """List who looks after a subject now; with `lying`, whoever wrote it."""
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
        """Tell until when a member of staff looks after a subject, ended or not."""
        row = raw(session).execute(
            "SELECT until FROM vault_assignment WHERE staff = ? AND subject = ?",
            (staff, subject),
        )
        found = row.fetchone()
        return None if found is None else int(found[0])

    def grant(self, session: WriteSession, subject: bytes, row: GrantRow) -> None:
        """Let a member of staff reach a subject for one purpose."""
        columns = subject, *row
        raw(session).execute(
            "INSERT INTO vault_access_grant VALUES (?, ?, ?, ?, ?, ?)",
            (*columns, self._rows.of("vault_access_grant", *columns)),
        )

    def revoke(
        self, session: WriteSession, subject: bytes, grant_id: bytes, now: int
    ) -> bool:
        """End a grant; False if there is none any more."""
        done = raw(session).execute(
            "DELETE FROM vault_access_grant"
            " WHERE subject = ? AND grant_id = ? AND until > ?",
            (subject, grant_id, now),
        )
        return done.rowcount == 1

    def grants(
        self, subject: bytes, now: int, *, lying: bool = False
    ) -> list[GrantRow]:
        """List the grants that are in force; with `lying`, whoever wrote them."""
        rows = self._database.reader().execute(
            "SELECT g.grant_id, g.staff, g.purpose, g.until FROM vault_access_grant g"
            " WHERE g.subject = ? AND g.until > ?"
            f" AND (? OR {believed('vault_access_grant', 'g')})"
            " ORDER BY g.until, g.grant_id",
            (subject, now, lying),
        )
        return [GrantRow(*row) for row in rows.fetchall()]

    def hold(self, session: WriteSession, subject: bytes, row: HoldRow) -> None:
        """Keep a hold; `mark` makes the records follow."""
        raw(session).execute("INSERT INTO vault_hold VALUES (?, ?, ?)", (subject, *row))

    def is_hold(self, session: WriteSession, subject: bytes, hold_id: bytes) -> bool:
        """Tell whether a hold stands."""
        row = raw(session).execute(
            "SELECT 1 FROM vault_hold WHERE subject = ? AND hold_id = ?",
            (subject, hold_id),
        )
        return row.fetchone() is not None

    def lift(self, session: WriteSession, subject: bytes, hold_id: bytes) -> bool:
        """Let go of a hold; False if there is none."""
        done = raw(session).execute(
            "DELETE FROM vault_hold WHERE subject = ? AND hold_id = ?",
            (subject, hold_id),
        )
        return done.rowcount == 1

    def mark(self, session: WriteSession, subject: bytes) -> None:
        """Have each record of a subject say whether a hold stands on it."""
        raw(session).execute(
            "UPDATE vault_record SET hold = EXISTS (SELECT 1 FROM vault_hold h"
            " WHERE h.subject = vault_record.subject"
            " AND (h.record IS NULL OR h.record = vault_record.record))"
            " WHERE subject = ?",
            (subject,),
        )

    def is_marked(self, subject: bytes) -> bool:
        """Tell whether every record of a subject says what `mark` would have it say."""
        row = self._database.reader().execute(
            "SELECT EXISTS (SELECT 1 FROM vault_record r WHERE r.subject = ?"
            " AND r.hold <> EXISTS (SELECT 1 FROM vault_hold h"
            " WHERE h.subject = r.subject"
            " AND (h.record IS NULL OR h.record = r.record)))",
            (subject,),
        )
        return not row.fetchone()[0]

    def holds(self, subject: bytes) -> list[HoldRow]:
        """List the holds that stand on what is held about a subject."""
        rows = self._database.reader().execute(
            "SELECT hold_id, record FROM vault_hold WHERE subject = ? ORDER BY hold_id",
            (subject,),
        )
        return [HoldRow(*row) for row in rows.fetchall()]

    def is_held(self, session: WriteSession, subject: bytes) -> bool:
        """Tell whether any hold stands on anything about a subject."""
        row = raw(session).execute(
            "SELECT EXISTS (SELECT 1 FROM vault_hold WHERE subject = :subject)"
            " OR EXISTS (SELECT 1 FROM vault_record INDEXED BY ix_vault_record_held"
            " WHERE subject = :subject AND hold = 1)",
            {"subject": subject},
        )
        return bool(row.fetchone()[0])

    def has_record(self, session: WriteSession, subject: bytes, record: bytes) -> bool:
        """Tell whether a subject has a record."""
        row = raw(session).execute(
            "SELECT 1 FROM vault_record WHERE subject = ? AND record = ?",
            (subject, record),
        )
        return row.fetchone() is not None

    def keep_act(
        self, session: WriteSession, subject: bytes, act_id: bytes, sealed: bytes
    ) -> None:
        """Keep what was done about a subject."""
        raw(session).execute(
            "INSERT INTO vault_act VALUES (?, ?, ?)", (subject, act_id, sealed)
        )

    def acts(
        self, subject: bytes, session: WriteSession | None = None
    ) -> list[tuple[bytes, bytes]]:
        """List what was done about a subject as (id, sealed)."""
        connection = raw(session) if session else self._database.reader()
        rows = connection.execute(
            "SELECT act_id, sealed FROM vault_act WHERE subject = ?", (subject,)
        )
        return rows.fetchall()
