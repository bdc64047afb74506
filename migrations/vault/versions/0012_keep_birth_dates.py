"""Keep birth dates, sealed, from which it follows who is under age.

Revision: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vault_birth",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject"],
            ["vault_subject.subject"],
            name=op.f("fk_vault_birth_subject_vault_subject"),
        ),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_vault_birth")),
        info={"subject": "subject"},
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("vault_birth")
