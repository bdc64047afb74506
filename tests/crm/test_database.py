"""The lock that is the database's own: the CRM's connection, and ways around it."""

import ast
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from schemas import METADATA, migrated
from source_rules import ROOT

from crm.database import PREFIX, open_crm
from kit.db import connect
from kit.home import Home

FOREIGN = [*METADATA["vault"].tables, "sqlite_master", "alembic_version"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("home"))
    migrated(home.root)
    with closing(connect(home.vault_db)) as owner:
        owner.execute("PRAGMA foreign_keys=OFF")
        owner.execute("INSERT INTO vault_part VALUES (x'01', x'02', 'main', x'03')")
        owner.execute("CREATE TABLE crm_score (subject BLOB PRIMARY KEY, score INT)")
        owner.execute("CREATE VIEW crm_peek AS SELECT * FROM vault_record")
    return home


@pytest.fixture
def crm(home: Home) -> Iterator[sqlite3.Connection]:
    with closing(open_crm(home)) as connection:
        yield connection


def _refused(connection: sqlite3.Connection, statement: str) -> None:
    with pytest.raises(sqlite3.DatabaseError, match=r"prohibited|authorized|may not"):
        connection.execute(statement).fetchall()


def test_the_crm_writes_and_reads_its_own_tables(crm: sqlite3.Connection) -> None:
    crm.execute("BEGIN IMMEDIATE")
    crm.execute("INSERT INTO crm_score VALUES (x'01', 7)")
    crm.execute("UPDATE crm_score SET score = score + 1")
    crm.execute("COMMIT")
    assert crm.execute("SELECT max(score) FROM crm_score").fetchone() == (8,)
    crm.execute("DELETE FROM crm_score")


@pytest.mark.parametrize("table", FOREIGN)
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM {}",
        "SELECT count(*) FROM {}",
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM {})",
        "WITH t AS (SELECT * FROM {}) SELECT * FROM t",
        "INSERT INTO crm_score SELECT * FROM {}",
        "DELETE FROM {}",
    ],
)
def test_a_table_of_others_is_not_even_named(
    crm: sqlite3.Connection, table: str, statement: str
) -> None:
    _refused(crm, statement.format(table))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT s.score, (SELECT r.sealed FROM vault_record r) FROM crm_score s",
        "SELECT * FROM crm_score UNION SELECT subject, sealed FROM vault_record",
        "SELECT 1 FROM crm_score ORDER BY (SELECT sealed FROM vault_record)",
        "UPDATE crm_score SET score = (SELECT sealed FROM vault_record)",
        "UPDATE consent_fact SET state = 0",
        "INSERT INTO server_token SELECT * FROM server_token",
        "SELECT * FROM main.vault_record",
        'SELECT * FROM "vault_record"',
        "SELECT * FROM VAULT_RECORD",
        "TABLE vault_record",
    ],
)
def test_no_detour_through_a_statement_leads_there(
    crm: sqlite3.Connection, statement: str
) -> None:
    with pytest.raises(sqlite3.DatabaseError):
        crm.execute(statement).fetchall()


def test_a_view_with_the_right_name_does_not_lead_there(
    crm: sqlite3.Connection,
) -> None:
    _refused(crm, "SELECT * FROM crm_peek")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW crm_view AS SELECT * FROM vault_record",
        "CREATE TEMP VIEW crm_view AS SELECT * FROM vault_record",
        "CREATE TABLE crm_copy AS SELECT * FROM vault_record",
        "CREATE TEMP TABLE crm_copy (x)",
        "CREATE TRIGGER crm_hook DELETE ON crm_score BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE crm_text USING fts5(body)",
        "CREATE INDEX crm_index ON vault_record (sealed)",
        "ALTER TABLE vault_record RENAME TO crm_record",
        "ALTER TABLE crm_score ADD COLUMN x",
        "DROP TABLE vault_record",
        "ATTACH DATABASE ':memory:' AS crm_other",
        "ATTACH DATABASE 'keys/identity.db' AS crm_keys",
        "DETACH DATABASE main",
        "PRAGMA writable_schema=ON",
        "PRAGMA query_only=OFF",
        "PRAGMA table_info(vault_record)",
        "SELECT * FROM pragma_table_info('vault_record')",
        "SELECT * FROM dbstat",
        "VACUUM INTO 'copy.db'",
        "REINDEX vault_record",
        "ANALYZE",
        "SELECT load_extension('x')",
    ],
)
def test_schema_pragmas_and_other_files_are_closed(
    crm: sqlite3.Connection, statement: str
) -> None:
    with pytest.raises(sqlite3.DatabaseError):
        crm.execute(statement).fetchall()


@pytest.mark.parametrize("table", FOREIGN)
def test_what_was_there_is_there_still(
    crm: sqlite3.Connection, home: Home, table: str
) -> None:
    for statement in ("DELETE FROM {}; DROP TABLE {};", "DROP TABLE {};"):
        with pytest.raises(sqlite3.DatabaseError):
            crm.executescript(statement.replace("{}", table))
    with closing(connect(home.vault_db, query_only=True)) as reader:
        assert reader.execute("SELECT count(*) FROM vault_part").fetchone() == (1,)


def test_the_crm_has_no_other_way_to_a_database() -> None:
    for path in sorted((ROOT / "crm").rglob("*.py")):
        opened = _calls(path) & {"connect", "Database", "create_engine", "reader"}
        assert opened <= ({"connect"} if path.name == "database.py" else set())


def test_the_prefix_is_one_that_no_other_table_has() -> None:
    names = {name for metadata in METADATA.values() for name in metadata.tables}
    others = {name for name in names if name.startswith(PREFIX)}
    crm_rows = ROOT / "crm" / "_rows.py"
    assert bool(others) == crm_rows.exists()


def _calls(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            found.add(ast.unparse(node.func).rpartition(".")[2])
    return found
