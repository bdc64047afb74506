"""Keep who reaches whom: the organisation, grants, holds, and the acts about them.

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _units()
    _about_subjects()


def downgrade() -> None:
    tables = ("vault_act", "vault_hold", "vault_access_grant", "vault_placement")
    for table in (*tables, "vault_post", "vault_unit_closure", "vault_unit"):
        op.drop_table(table)


def _units() -> None:
    op.create_table(
        "vault_unit",
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("within", sa.String(), nullable=True),
        _leads("vault_unit", "within", "vault_unit", "unit"),
        sa.PrimaryKeyConstraint("unit", name=op.f("pk_vault_unit")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_vault_unit_within", "vault_unit", ["within"])
    op.create_table(
        "vault_unit_closure",
        sa.Column("descendant", sa.String(), nullable=False),
        sa.Column("ancestor", sa.String(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        _leads("vault_unit_closure", "descendant", "vault_unit", "unit"),
        _leads("vault_unit_closure", "ancestor", "vault_unit", "unit"),
        sa.PrimaryKeyConstraint(
            "descendant", "ancestor", name=op.f("pk_vault_unit_closure")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_vault_unit_closure_ancestor", "vault_unit_closure", ["ancestor"]
    )
    op.create_table(
        "vault_post",
        sa.Column("staff", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        _leads("vault_post", "unit", "vault_unit", "unit"),
        sa.PrimaryKeyConstraint("staff", "unit", name=op.f("pk_vault_post")),
        sqlite_with_rowid=False,
    )


def _about_subjects() -> None:
    _about(
        "vault_placement",
        sa.Column("unit", sa.String(), nullable=False),
        _leads("vault_placement", "unit", "vault_unit", "unit"),
        key="unit",
    )
    op.create_index("ix_vault_placement_unit", "vault_placement", ["unit"])
    _about(
        "vault_access_grant",
        sa.Column("grant_id", sa.LargeBinary(), nullable=False),
        sa.Column("staff", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        key="grant_id",
    )
    _about(
        "vault_hold",
        sa.Column("hold_id", sa.LargeBinary(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=True),
        key="hold_id",
    )
    _about(
        "vault_act",
        sa.Column("act_id", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        key="act_id",
    )


def _about(name: str, *columns: sa.schema.SchemaItem, key: str) -> None:
    op.create_table(
        name,
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        *columns,
        _leads(name, "subject", "vault_subject", "subject"),
        sa.PrimaryKeyConstraint("subject", key, name=op.f(f"pk_{name}")),
        info={"subject": "subject"},
        sqlite_with_rowid=False,
    )


def _leads(name: str, column: str, to: str, key: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.{key}"], name=op.f(f"fk_{name}_{column}_{to}")
    )
