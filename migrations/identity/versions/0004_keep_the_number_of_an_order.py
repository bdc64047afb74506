"""Keep the number and the digest of the last order that changed the identity store.

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
        "identity_order",
        sa.Column("store", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("store", name=op.f("pk_identity_order")),
        info={"subject": None},
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("identity_order")
