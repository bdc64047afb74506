"""Forget a word that is taken back: an objection that ended leaves nothing said.

It left a withdrawal before, though nobody had withdrawn anything.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

CHECK = "ck_consent_fact_state"


def upgrade() -> None:
    with op.batch_alter_table("consent_fact", recreate="always") as table:
        table.drop_constraint(op.f(CHECK), type_="check")
        table.create_check_constraint(op.f(CHECK), "state IN (0, 1, 3, 4)")


def downgrade() -> None:
    op.execute("UPDATE consent_fact SET state = 1 WHERE state = 4")
    with op.batch_alter_table("consent_fact", recreate="always") as table:
        table.drop_constraint(op.f(CHECK), type_="check")
        table.create_check_constraint(op.f(CHECK), "state IN (0, 1, 3)")
