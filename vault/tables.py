"""Importing this declares the vault's tables, for migrations and for tests.

The data plane speaks SQL and imports no row classes; they are the schema in code:
what each column holds, seen from the person it may be about. The adapter that
stands behind the ports declares the triggers that belong to them.
"""

from vault._internal import (
    audit_rows,
    data_store,
    feed,
    identity_rows,
    import_rows,
    reach_rows,
    rows,
)

__all__ = [
    "audit_rows",
    "data_store",
    "feed",
    "identity_rows",
    "import_rows",
    "reach_rows",
    "rows",
]
