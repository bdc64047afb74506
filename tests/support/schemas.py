"""The tables as they are declared, and as they lie in a home that was migrated."""

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from sqlalchemy import MetaData, Table

from kit.home import Home
from kit.schema import AUDIT, IDENTITY, VAULT, Privacy
from server.house import tables as _every_table  # noqa: F401 - declares them
from server.house.migrations import MigratedStore, _changing, _config, stores, upgrade
from server.house.resources import shipped

METADATA = {"vault": VAULT, "identity": IDENTITY, "audit": AUDIT}


def migrated(folder: Path) -> tuple[MigratedStore, ...]:
    """Make the three stores of a home by their migrations."""
    home = Home(folder)
    home.make()
    made = stores(home)
    for store in made:
        upgrade(store, shipped("migrations"))
    return made


def downgrade(store: MigratedStore, scripts: Path, *, revision: str) -> None:
    """Take a store's tables back to an earlier revision."""
    with _changing(store) as connection:
        command.downgrade(_config(store, scripts, connection), revision)


def unclassified(metadata: MetaData) -> list[str]:
    """Name the columns that do not say what they would tell a thief."""
    return [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if not isinstance(column.info.get("privacy"), Privacy)
    ]


def unmarked(metadata: MetaData) -> list[str]:
    """Name the tables that hold a subject and do not say so."""
    return [
        table.name
        for table in metadata.tables.values()
        if _leads_to_a_person(table) and table.info.get("subject") is None
    ]


def unowned(metadata: MetaData, owned: set[str]) -> list[str]:
    """Name the tables about a subject that no eraser empties."""
    about = {t.name for t in metadata.tables.values() if t.info.get("subject")}
    return sorted(about - owned)


def lying(path: Path) -> dict[str, str]:
    """Give each table and index of a database with the statement that made it."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
            " AND name <> 'alembic_version'"
        ).fetchall()
    return {name: " ".join(sql.split()) for name, sql in rows}


def _leads_to_a_person(table: Table) -> bool:
    named = {"subject", "subjects", "customer_id"} & set(table.columns.keys())
    targets = {key.target_fullname for key in table.foreign_keys}
    return bool(named) or "vault_subject.subject" in targets
