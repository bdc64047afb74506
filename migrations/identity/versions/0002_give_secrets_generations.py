"""Give named secrets generations, so that a signing key can be rotated.

What is there becomes the first generation. When it was made was not kept: it gets the
time of the epoch that wraps it, which is that of the installation.

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_FORWARD = (
    "INSERT INTO identity_secret SELECT s.name, 1, s.epoch, s.wrapped, e.at, NULL"
    " FROM identity_secret_before s JOIN identity_epoch e ON e.epoch = s.epoch"
)
_BACK = (
    "INSERT INTO identity_secret SELECT name, epoch, wrapped"
    " FROM identity_secret_before WHERE generation = 1"
)


def upgrade() -> None:
    op.rename_table("identity_secret", "identity_secret_before")
    op.create_table(
        "identity_secret",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["epoch"],
            ["identity_epoch.epoch"],
            name=op.f("fk_identity_secret_epoch_identity_epoch"),
        ),
        sa.PrimaryKeyConstraint("name", "generation", name=op.f("pk_identity_secret")),
        info={"subject": None},
        sqlite_with_rowid=False,
    )
    op.execute(_FORWARD)
    op.drop_table("identity_secret_before")


def downgrade() -> None:
    op.rename_table("identity_secret", "identity_secret_before")
    op.create_table(
        "identity_secret",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["epoch"],
            ["identity_epoch.epoch"],
            name=op.f("fk_identity_secret_epoch_identity_epoch"),
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_identity_secret")),
        info={"subject": None},
        sqlite_with_rowid=False,
    )
    op.execute(_BACK)
    op.drop_table("identity_secret_before")
