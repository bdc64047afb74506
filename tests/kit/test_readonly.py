"""A database that can only be selected from, whatever is tried."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.db import connect
from kit.errors import Unavailable
from kit.readonly import ReadOnlyDatabase


@pytest.fixture
def database(tmp_path: Path) -> Iterator[ReadOnlyDatabase]:
    path = tmp_path / "vault.db"
    writer = connect(path)
    writer.execute("CREATE TABLE ledger_entry (idx INTEGER, body BLOB)")
    writer.execute("CREATE TABLE vault_record (sealed BLOB)")
    writer.execute("INSERT INTO ledger_entry VALUES (0, x'00')")
    database = ReadOnlyDatabase(path, prefix="ledger_")
    yield database
    database.close()
    writer.close()


FORBIDDEN = (
    "SELECT * FROM vault_record",
    "SELECT count(*) FROM vault_record",
    "SELECT body FROM ledger_entry UNION SELECT sealed FROM vault_record",
    "SELECT name FROM sqlite_schema",
    "INSERT INTO ledger_entry VALUES (1, x'00')",
    "UPDATE ledger_entry SET body = x'01'",
    "DELETE FROM ledger_entry",
    "CREATE TABLE ledger_other (x)",
    "CREATE TEMP TABLE ledger_other (x)",
    "DROP TABLE ledger_entry",
    "ATTACH DATABASE ':memory:' AS other",
    "PRAGMA query_only=OFF",
    "PRAGMA writable_schema=ON",
    "VACUUM",
    "BEGIN IMMEDIATE",
)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_nothing_but_selects_of_its_own_tables_passes(
    database: ReadOnlyDatabase, statement: str
) -> None:
    with pytest.raises(sqlite3.DatabaseError):
        database.reader().execute(statement)


def test_without_the_authorizer_it_cannot_write_either(
    database: ReadOnlyDatabase,
) -> None:
    reader = database.reader()
    reader.set_authorizer(None)
    for unlock in ("", "PRAGMA query_only=OFF"):
        reader.execute(unlock)
        with pytest.raises(sqlite3.OperationalError):
            reader.execute("DELETE FROM ledger_entry")


def test_it_sees_what_another_process_commits(database: ReadOnlyDatabase) -> None:
    count = "SELECT count(*) FROM ledger_entry"
    assert database.reader().execute(count).fetchone() == (1,)
    writer = connect(database.path)
    writer.execute("INSERT INTO ledger_entry VALUES (1, x'01')")
    writer.close()
    assert database.reader().execute(count).fetchone() == (2,)


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    with pytest.raises(Unavailable):
        ReadOnlyDatabase(path, prefix="ledger_").reader()
    assert not path.exists()
