"""Keep when an import ended, and what came of taking it back.

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_COLUMNS = {"ended": sa.Integer, "removed": sa.Integer, "reason": sa.String}


def upgrade() -> None:
    for name, kind in _COLUMNS.items():
        op.add_column("vault_import_run", sa.Column(name, kind(), nullable=True))


def downgrade() -> None:
    for name in reversed(_COLUMNS):
        op.drop_column("vault_import_run", name)
