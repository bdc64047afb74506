"""Find the records of a subject that a hold stands on, without reading the others.

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_vault_record_held",
        "vault_record",
        ["subject"],
        sqlite_where=sa.text("hold = 1"),
    )


def downgrade() -> None:
    op.drop_index("ix_vault_record_held", table_name="vault_record")
