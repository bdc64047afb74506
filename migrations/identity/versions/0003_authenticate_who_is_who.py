"""Authenticate who is who: customers, the fence, the suppressed get a place for a MAC.

What is there stays without until `allod upgrade` has given it one: that needs a key.

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = ("identity_customer", "identity_fence", "identity_suppressed")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("row_mac", sa.LargeBinary(), nullable=True))
    op.create_table(
        "identity_tally",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("sum", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("row_mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_identity_tally")),
        info={"subject": None},
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("identity_tally")
    for table in _TABLES:
        op.drop_column(table, "row_mac")
