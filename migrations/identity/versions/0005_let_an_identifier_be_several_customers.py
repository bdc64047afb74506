"""Let an identifier be several customers': a household's telephone, a shared mailbox.

Which fields may be so the catalogue says; the store holds one row for each holder.

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COPIED = "INSERT OR IGNORE INTO identity_index SELECT {} FROM identity_index_before"
_COLUMNS = "field, mac, subject, record, bind"


def upgrade() -> None:
    _remade("field", "mac", "subject")


def downgrade() -> None:
    _remade("field", "mac")


def _remade(*key: str) -> None:
    op.drop_index("ix_identity_index_subject", table_name="identity_index")
    op.rename_table("identity_index", "identity_index_before")
    op.create_table(
        "identity_index",
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("bind", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_identity_index")),
        info={"subject": "subject"},
        sqlite_with_rowid=False,
    )
    op.execute(_COPIED.format(_COLUMNS))
    op.drop_table("identity_index_before")
    op.create_index(
        "ix_identity_index_subject", "identity_index", ["subject", "record"]
    )
