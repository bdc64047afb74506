"""Let a purpose stand as unsaid again, once an objection to it was taken back.

Until now that left it withdrawn, which is a no of its own.

Revision: 0011
Follows: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_OLD = "consent_fact_of_before"


def upgrade() -> None:
    _make("state IN (0, 1, 3, 4)", taken_back=4)


def downgrade() -> None:
    _make("state IN (0, 1, 3)", taken_back=1)


def _make(states: str, *, taken_back: int) -> None:
    op.rename_table("consent_fact", _OLD)
    op.create_table(
        "consent_fact",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.CheckConstraint(states, name=op.f("ck_consent_fact_state")),
        sa.PrimaryKeyConstraint("subject", "purpose", name=op.f("pk_consent_fact")),
        info={"subject": "subject"},
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO consent_fact (subject, purpose, state, until, seq)"  # noqa: S608 - no value of anybody's
        " SELECT f.subject, f.purpose,"
        f" CASE e.act WHEN 'objection_withdrawn' THEN {taken_back} ELSE f.state END,"
        f" f.until, f.seq FROM {_OLD} AS f"
        " LEFT JOIN consent_event AS e ON e.subject = f.subject AND e.seq = f.seq"
    )
    op.drop_table(_OLD)
