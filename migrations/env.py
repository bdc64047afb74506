"""Runs one store's migrations on a connection that the caller hands over.

`server.house.migrations` is the caller; it sets the connection and the tables' metadata
as attributes of the configuration, so that there is no alembic.ini and no global state.
"""

from alembic import context
from sqlalchemy import types


def _plain(kind: str, item: object, _context: object) -> str | bool:
    # SQLModel's own text type would be written by a name that nobody imports.
    if kind == "type" and isinstance(item, types.TypeDecorator):
        return f"sa.{item.impl_instance.__class__.__name__}()"
    return False


attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=attributes["metadata"],
    render_as_batch=True,
    render_item=_plain,
    transactional_ddl=False,
)
context.run_migrations()
