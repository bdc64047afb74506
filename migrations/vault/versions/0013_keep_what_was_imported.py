"""Keep each import with its account, and which records it wrote.

What an older program had interrupted goes on where it was: of the lines before, it is
known how many records were written and refused, and not how they lay on the lines.

Revision: 0013
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_COUNTS = (
    *("line", "written", "already", "refused", "skipped"),
    *("records_written", "records_replaced", "records_already", "records_refused"),
    "customers",
)


def upgrade() -> None:
    op.create_table(
        "vault_import_run",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_vault_import_run")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "vault_imported",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject"],
            ["vault_subject.subject"],
            name=op.f("fk_vault_imported_subject_vault_subject"),
        ),
        sa.PrimaryKeyConstraint("subject", "record", name=op.f("pk_vault_imported")),
        info={"subject": "subject"},
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO vault_import_run SELECT"
        " (SELECT count(*) FROM vault_import e WHERE e.source <= i.source),"
        " i.source, x'', 0, 'open', i.line,"
        " min(i.records, i.line - min(i.refused, i.line)),"
        " i.line - min(i.refused, i.line)"
        " - min(i.records, i.line - min(i.refused, i.line)),"
        " min(i.refused, i.line), 0, i.records, 0, 0, i.refused, 0"
        " FROM vault_import i"
    )
    op.drop_table("vault_import")


def downgrade() -> None:
    op.create_table(
        "vault_import",
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_vault_import")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT OR IGNORE INTO vault_import"
        " SELECT source, line, records_written, records_refused"
        " FROM vault_import_run WHERE state = 'open'"
    )
    op.drop_table("vault_imported")
    op.drop_table("vault_import_run")
