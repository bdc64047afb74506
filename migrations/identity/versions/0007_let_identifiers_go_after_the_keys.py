"""Keep who is being erased, while what found them goes lot by lot.

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_leaving",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("lot", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.Column("named", sa.Integer(), nullable=True),
        sa.Column("row_mac", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_identity_leaving")),
        info={"subject": "subject"},
        sqlite_with_rowid=False,
    )
    op.create_index("ix_identity_leaving_lot", "identity_leaving", ["lot"])


def downgrade() -> None:
    op.drop_table("identity_leaving")
