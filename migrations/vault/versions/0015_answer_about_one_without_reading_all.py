"""Count chains, and find entries of a kind and open erasures without reading all.

Revision: 0015
Follows: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_UNTIL_KIND = "substr(CAST(payload AS TEXT), 1, length(CAST(payload AS TEXT)) - 8)"
_KIND = (
    f"substr({_UNTIL_KIND},"
    f" length(rtrim({_UNTIL_KIND}, 'abcdefghijklmnopqrstuvwxyz._')) + 1)"
)


def upgrade() -> None:
    op.create_table(
        "vault_chain",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_vault_chain")),
        info={"subject": "subject"},
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO vault_chain (subject, entries)"
        " SELECT subject, count(*) FROM vault_opening GROUP BY subject"
    )
    op.create_index("ix_vault_erasure_subject", "vault_erasure", ["subject"])
    op.create_index(
        "ix_vault_erasure_open",
        "vault_erasure",
        ["order_id"],
        sqlite_where=sa.text("certificate IS NULL"),
    )
    op.create_index("ix_ledger_operator_kind", "ledger_operator", [sa.text(_KIND)])


def downgrade() -> None:
    op.drop_index("ix_ledger_operator_kind", table_name="ledger_operator")
    op.drop_index("ix_vault_erasure_open", table_name="vault_erasure")
    op.drop_index("ix_vault_erasure_subject", table_name="vault_erasure")
    op.drop_table("vault_chain")
