"""Propose and approve policies; the activations move to where they are made.

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _activations(name: str) -> None:
    op.create_table(
        name,
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )


def upgrade() -> None:
    _activations("pdp_activation")
    op.execute("INSERT INTO pdp_activation SELECT * FROM vault_activation")
    op.drop_table("vault_activation")
    op.create_table(
        "pdp_proposal",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("proposer", sa.String(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("widens", sa.Integer(), nullable=False),
        sa.Column("rollback", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_pdp_proposal")),
        sa.UniqueConstraint("entry", name=op.f("uq_pdp_proposal_entry")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pdp_approval",
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("approver", sa.String(), nullable=False),
        sa.Column("widening", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal"],
            ["pdp_proposal.number"],
            name=op.f("fk_pdp_approval_proposal_pdp_proposal"),
        ),
        sa.PrimaryKeyConstraint("proposal", "approver", name=op.f("pk_pdp_approval")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pdp_divergence",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("klass", sa.String(), nullable=False),
        sa.Column("enforced", sa.String(), nullable=False),
        sa.Column("would_be", sa.String(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("digest", "base", "purpose", "action", "klass"),
            name=op.f("pk_pdp_divergence"),
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("pdp_divergence", "pdp_approval", "pdp_proposal"):
        op.drop_table(table)
    _activations("vault_activation")
    op.execute("INSERT INTO vault_activation SELECT * FROM pdp_activation")
    op.drop_table("pdp_activation")
