"""Find events by person: the pages of scans by their spans, others by each they name.

The events that are there already are entered, too. None of them says which scan it was
a page of: an event in the order of subjects goes on from the one before that was asked
alike, if it begins where that one ended; it begins a scan if it names more than a batch
may. No event is changed, and so no hash.

Revision: 0002
Follows: 0001
"""

import secrets
import sqlite3

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BATCH = 100
_PACKED = (
    "SELECT lane, seq, subjects, principal_kind, principal, purpose, action, revision,"
    " outcome, collection, request FROM audit_event WHERE length(subjects) > 0"
    " ORDER BY lane, seq"
)


def upgrade() -> None:
    op.create_table(
        "audit_page",
        sa.Column("lane", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("scan", sa.LargeBinary(), nullable=False),
        sa.Column("lowest", sa.LargeBinary(), nullable=False),
        sa.Column("highest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("lane", "seq", name=op.f("pk_audit_page")),
        info={"subject": "lowest"},
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audit_page_scan", "audit_page", ["scan", "lowest", "highest"])
    op.create_table(
        "audit_mention",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("lane", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "subject", "lane", "seq", name=op.f("pk_audit_mention")
        ),
        info={"subject": "subject"},
        sqlite_with_rowid=False,
    )
    _enter(op.get_bind().connection.driver_connection)


def _enter(connection: sqlite3.Connection) -> None:
    scans: dict[tuple[object, ...], tuple[bytes, bytes]] = {}
    for lane, seq, packed, *asked in connection.execute(_PACKED):
        like = (lane, *asked)
        subjects = [packed[at : at + 16] for at in range(0, len(packed), 16)]
        scan = _scan_of(subjects, scans.get(like))
        if scan is None:
            connection.executemany(
                "INSERT INTO audit_mention (subject, lane, seq) VALUES (?, ?, ?)",
                [(each, lane, seq) for each in sorted(set(subjects))],
            )
            continue
        scans[like] = scan, subjects[-1]
        connection.execute(
            "INSERT INTO audit_page (lane, seq, scan, lowest, highest)"
            " VALUES (?, ?, ?, ?, ?)",
            (lane, seq, scan, subjects[0], subjects[-1]),
        )


def _scan_of(subjects: list[bytes], before: tuple[bytes, bytes] | None) -> bytes | None:
    if subjects != sorted(subjects):
        return None
    if before is not None and before[1] <= subjects[0]:
        return before[0]
    return secrets.token_bytes(16) if len(subjects) > _BATCH else None


def downgrade() -> None:
    op.drop_table("audit_mention")
    op.drop_index("ix_audit_page_scan", table_name="audit_page")
    op.drop_table("audit_page")
