"""What somebody does to a store's file with a database tool, and how it is undone.

Constraints do not stop them: foreign keys are off, as they are by default.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from houses import Scenario

from kit.db import Database
from kit.errors import AllodError
from ledger.checks.audit import fsck


def written(database: Database, *statements: str) -> None:
    """Write to a store's file as its owner may."""
    with closing(sqlite3.connect(database.path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def vouched(scenario: Scenario, *statements: str) -> None:
    """Write to the data store, and have it vouched for, as a program with the key."""
    unvouched = (
        f"UPDATE {table} SET mac = NULL"  # noqa: S608 - the names stand here
        for table in ("vault_customer_class", "vault_record_class", "vault_subject")
    )
    written(scenario.house.vault_db, *statements, *unvouched)
    scenario.house.vault.row_seals.allow_again()
    scenario.house.vault.row_seals.give()


@contextmanager
def undone(database: Database, table: str) -> Iterator[sqlite3.Connection]:
    """Let a table be written to for the length of a block, and put it back."""
    with closing(sqlite3.connect(database.path)) as connection:
        before = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - our own names
        try:
            yield connection
        finally:
            connection.rollback()
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            marks = ", ".join("?" * len(before[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", before)  # noqa: S608
            connection.commit()


def changed(value: Any) -> object:
    """Give another value of the same sort."""
    if value is None:
        return 1
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    return value + 1_000 if isinstance(value, int) else f"{value}x"


def named(scenario: Scenario) -> list[str]:
    """Have `fsck` look at a house; gives what it names, or that it could not go on."""
    try:
        report = fsck(scenario.house.log)
        return [each.code for each in (*report.findings, *scenario.house.findings())]
    except AllodError as error:
        return [error.code]
