"""Authenticate rows that grant: each gets a place for a MAC, some for a version.

What is there stays without until `allod upgrade` has given it one: that needs a key.

Revision: 0007
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_VERSIONED = (
    *("vault_subject", "vault_assignment", "vault_unit", "vault_post"),
    "server_token",
)
_OTHERS = (
    *("vault_customer_class", "vault_record_class", "vault_unit_closure"),
    *("vault_placement", "vault_access_grant"),
)


def upgrade() -> None:
    for table in _VERSIONED:
        op.add_column(table, sa.Column("version", sa.Integer(), nullable=True))
    for table in (*_VERSIONED, *_OTHERS):
        op.add_column(table, sa.Column("mac", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    for table in (*_VERSIONED, *_OTHERS):
        op.drop_column(table, "mac")
    for table in _VERSIONED:
        op.drop_column(table, "version")
