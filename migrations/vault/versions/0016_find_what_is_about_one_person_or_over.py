"""Find who looks after one person, whom one member of staff may see, and what is over.

Revision: 0016
Follows: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_INDEXES = {
    "vault_assignment": ["subject"],
    "vault_access_grant": ["staff", "subject"],
    "vault_verification": ["at"],
}


def upgrade() -> None:
    for table, columns in _INDEXES.items():
        op.create_index(f"ix_{table}_{columns[0]}", table, columns)


def downgrade() -> None:
    for table, columns in reversed(_INDEXES.items()):
        op.drop_index(f"ix_{table}_{columns[0]}", table_name=table)
