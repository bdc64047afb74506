"""Find the suppressions whose time is over without reading those that stand.

Revision: 0006
Follows: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_identity_suppressed_until", "identity_suppressed", ["until"])


def downgrade() -> None:
    op.drop_index("ix_identity_suppressed_until", table_name="identity_suppressed")
