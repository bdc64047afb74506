"""Bringing the stores' tables up to date, and refusing what this program cannot read.

Each store has its own line of revisions. A migration runs in one transaction on a
connection of its own with foreign keys off: Alembic changes an SQLite table by making
it anew, and with foreign keys on, dropping the old parent would silently empty its
children. What the keys would have caught is checked before the commit instead, and so
is that no table lost a row.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, MetaData, create_engine, event
from sqlalchemy.pool import NullPool

from kit.db import connect, value
from kit.errors import CannotStart, IntegrityFault
from kit.home import Home
from kit.lock import WriteLock
from kit.readonly import looked_at
from kit.schema import AUDIT, IDENTITY, VAULT
from kit.sqlite import Unreadable


@dataclass(frozen=True, slots=True)
class MigratedStore:
    """One database, its tables and its line of revisions."""

    name: str
    path: Path
    metadata: MetaData


def stores(home: Home) -> tuple[MigratedStore, MigratedStore, MigratedStore]:
    """Give the three stores of an installation."""
    return (
        MigratedStore("vault", home.vault_db, VAULT),
        MigratedStore("identity", home.identity_db, IDENTITY),
        MigratedStore("audit", home.audit_db, AUDIT),
    )


@contextmanager
def made_in_memory(
    store: MigratedStore, scripts: Path, revision: str
) -> Iterator[Connection]:
    """Make a store's tables up to a revision, in memory, to be looked at.

    Raises:
        CannotStart: this program does not know the revision.

    """
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        try:
            command.upgrade(_config(store, scripts, connection), revision)
        except CommandError:
            raise _unknown(store) from None
        yield connection
    engine.dispose()


def upgrade(store: MigratedStore, scripts: Path, *, revision: str = "head") -> None:
    """Bring a store's tables up to a revision, or leave them as they were.

    Raises:
        IntegrityFault: the migration would have lost rows or broken references.

    """
    with _changing(store) as connection:
        command.upgrade(_config(store, scripts, connection), revision)


def is_current(store: MigratedStore, scripts: Path) -> bool:
    """Tell whether a store's tables are those that this program was written for."""
    return found_revision(store.path) == _line(store.name, scripts)[0]


def require_current(store: MigratedStore, scripts: Path) -> None:
    """Check that a store's tables are those that this program was written for.

    Raises:
        CannotStart: they are older, newer, or of something else.

    """
    found = found_revision(store.path)
    newest, *older = _line(store.name, scripts)
    if found == newest:
        return
    if found in older:
        raise CannotStart(
            f"the tables of {store.name} are of an older version",
            fix="stop what serves it, make a backup, then run `allod upgrade`",
        )
    raise _unknown(store)


@lru_cache(maxsize=16)
def _line(name: str, scripts: Path) -> tuple[str, ...]:
    """Give the revisions of a store, newest first: a program has them for good."""
    config = _config(MigratedStore(name, Path(), MetaData()), scripts, None)
    walked = ScriptDirectory.from_config(config).walk_revisions()
    return tuple(each.revision for each in walked)


def _unknown(store: MigratedStore) -> CannotStart:
    return CannotStart(
        f"the tables of {store.name} are of a version that this program does not know",
        fix="start the program version that last wrote this home, or restore a backup",
    )


def found_revision(path: Path) -> str | None:
    """Read which revision a file's tables are of; None if it is no store of ours."""
    try:
        with looked_at(path) as connection:
            found = value(connection.execute("SELECT version_num FROM alembic_version"))
    except Unreadable:
        return None
    return None if found is None else str(found)


def _config(
    store: MigratedStore, scripts: Path, connection: Connection | None
) -> Config:
    config = Config()
    # A `%` is doubled, since the configuration would fill it in; a `:` divides nothing.
    folder = str(scripts).replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.set_main_option("version_locations", f"{folder}/{store.name}/versions")
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = store.metadata
    return config


@contextmanager
def _changing(store: MigratedStore) -> Iterator[Connection]:
    engine = create_engine(
        URL.create("sqlite", database=str(store.path)),
        hide_parameters=True,
        poolclass=NullPool,
        creator=lambda: _without_foreign_keys(store.path),
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    lock = WriteLock(store.path.with_suffix(".lock"))
    with lock.locked(), engine.begin() as connection:
        before = _counts(connection)
        yield connection
        _check(connection, before)
    engine.dispose()


def _without_foreign_keys(path: Path) -> sqlite3.Connection:
    connection = connect(path)
    connection.execute("PRAGMA foreign_keys=OFF")
    return connection


def _counts(connection: Connection) -> dict[str, int]:
    tables = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        " AND name NOT LIKE 'sqlite_%' AND name <> 'alembic_version'"
    ).scalars()
    return {
        table: connection.exec_driver_sql(
            f'SELECT count(*) FROM "{table}"'  # noqa: S608 - names out of the schema
        ).scalar_one()
        for table in tables.all()
    }


def _check(connection: Connection, before: dict[str, int]) -> None:
    after = _counts(connection)
    lost = [name for name, n in before.items() if after.get(name, n) < n]
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if lost or broken:
        raise IntegrityFault("a migration would have lost rows; nothing was changed")
