"""Count the questions whether a value is the one held: by whom, and about whom.

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vault_verification",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("principal", sa.String(), nullable=True),
        sa.Column("subject", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vault_verification")),
        info={"subject": "subject"},
        sqlite_with_rowid=False,
    )
    for name in ("principal", "subject"):
        op.create_index(
            f"ix_vault_verification_{name}", "vault_verification", [name, "at"]
        )


def downgrade() -> None:
    for name in ("principal", "subject"):
        op.drop_index(f"ix_vault_verification_{name}", table_name="vault_verification")
    op.drop_table("vault_verification")
