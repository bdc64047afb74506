"""Keep an authority's time stamps of checkpoints.

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_time",
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_ledger_time")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("ledger_time")
