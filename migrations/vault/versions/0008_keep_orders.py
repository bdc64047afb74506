"""Keep the orders that a restore is replayed from, and who accepted that some are lost.

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vault_order",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_vault_order")),
        info={"subject": None},
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_vault_order_unsent",
        "vault_order",
        ["number"],
        sqlite_where=sa.text("sent = 0"),
    )
    op.create_index(
        "ix_vault_order_waiting",
        "vault_order",
        ["number"],
        sqlite_where=sa.text("waiting = 1"),
    )
    op.create_table(
        "vault_lost_orders",
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("approver", sa.String(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("since", "approver", name=op.f("pk_vault_lost_orders")),
        info={"subject": None},
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("vault_lost_orders")
    op.drop_index("ix_vault_order_waiting", table_name="vault_order")
    op.drop_index("ix_vault_order_unsent", table_name="vault_order")
    op.drop_table("vault_order")
