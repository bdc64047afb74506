"""Remember which items their authors had removed, so that nothing brings them back.

Revision: 0010
Follows: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vault_removed",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject"],
            ["vault_subject.subject"],
            name=op.f("fk_vault_removed_subject_vault_subject"),
        ),
        sa.PrimaryKeyConstraint("subject", "record", name=op.f("pk_vault_removed")),
        info={"subject": "subject"},
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_vault_removed_unsettled",
        "vault_removed",
        ["subject"],
        sqlite_where=sa.text("settled = 0"),
    )


def downgrade() -> None:
    op.drop_table("vault_removed")
