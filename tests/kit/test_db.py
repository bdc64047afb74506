"""One database: one writer, snapshots that do not move, a fence for the CRM."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from kit.db import Database, connect, in_write, raw
from kit.errors import IntegrityFault, Unavailable
from kit.sqlite import confine


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(tmp_path / "a.db")
    with database.write() as session:
        raw(session).execute("CREATE TABLE crm_a (n INTEGER PRIMARY KEY)")
        raw(session).execute("CREATE TABLE vault_a (n INTEGER PRIMARY KEY)")
    return database


def _count(database: Database) -> int:
    return int(database.reader().execute("SELECT count(*) FROM crm_a").fetchone()[0])


def test_an_error_inside_a_unit_of_work_leaves_nothing_behind(
    database: Database,
) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        raw(session).execute("INSERT INTO crm_a VALUES (1)")
        raise RuntimeError
    assert _count(database) == 0


def test_threads_that_write_at_once_lose_nothing_and_never_find_it_locked(
    database: Database,
) -> None:
    def work(first: int) -> None:
        for n in range(first, first + 25):
            with database.write() as session:
                raw(session).execute("INSERT INTO crm_a VALUES (?)", (n,))

    threads = [threading.Thread(target=work, args=(i * 25,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _count(database) == 100


def test_a_snapshot_does_not_see_what_is_committed_after_it_began(
    database: Database,
) -> None:
    with database.read() as snapshot:
        before = raw(snapshot).execute("SELECT count(*) FROM crm_a").fetchone()
        with database.write() as session:
            raw(session).execute("INSERT INTO crm_a VALUES (1)")
        after = raw(snapshot).execute("SELECT count(*) FROM crm_a").fetchone()
    assert before == after
    assert _count(database) == 1


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError):
        database.reader().execute("INSERT INTO crm_a VALUES (1)")
    with database.read() as session, pytest.raises(OperationalError):
        session.connection().exec_driver_sql("INSERT INTO crm_a VALUES (1)")


def test_being_inside_a_unit_of_work_can_be_told(database: Database) -> None:
    assert not in_write()
    with database.write():
        assert in_write()
    assert not in_write()


def test_the_log_is_cut_once_no_reader_holds_it(database: Database) -> None:
    with database.write() as session:
        raw(session).execute("INSERT INTO crm_a VALUES (1)")
    database.truncate_wal()
    wal = database.path.with_name(database.path.name + "-wal")
    assert not wal.exists() or wal.stat().st_size == 0


def test_a_reader_that_stays_makes_cutting_the_log_fail_loudly(
    database: Database,
) -> None:
    with database.read() as snapshot:
        raw(snapshot).execute("SELECT * FROM crm_a").fetchall()
        with database.write() as session:
            raw(session).execute("INSERT INTO crm_a VALUES (1)")
        with pytest.raises(Unavailable):
            database.truncate_wal(patience=0.1)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM vault_a",
        "INSERT INTO vault_a VALUES (1)",
        "INSERT INTO crm_a SELECT n FROM vault_a",
        "ATTACH DATABASE ':memory:' AS other",
        "PRAGMA writable_schema=ON",
        "DROP TABLE vault_a",
        "CREATE VIEW crm_v AS SELECT * FROM vault_a",
    ],
)
def test_a_confined_connection_is_refused_by_the_database_itself(
    database: Database, statement: str
) -> None:
    connection = connect(database.path)
    confine(connection, "crm_")
    connection.execute("SELECT * FROM crm_a").fetchall()
    with pytest.raises(sqlite3.DatabaseError):
        connection.execute(statement)
    connection.close()


def test_a_plain_unit_of_work_commits_or_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write_plain() as connection:
        connection.execute("INSERT INTO crm_a VALUES (1)")
        raise RuntimeError
    assert _count(database) == 0
    with database.write_plain() as connection:
        assert in_write()
        connection.execute("INSERT INTO crm_a VALUES (1)")
    assert _count(database) == 1


PLANTED = (
    "CREATE TRIGGER planted AFTER INSERT ON crm_a BEGIN DELETE FROM crm_a; END",
    "CREATE TRIGGER planted BEFORE INSERT ON crm_a BEGIN SELECT RAISE(IGNORE); END",
    (
        "ALTER TABLE crm_a RENAME TO planted;"
        " CREATE VIEW crm_a AS SELECT * FROM planted;"
        " CREATE TRIGGER wanted INSTEAD OF INSERT ON crm_a BEGIN"
        " DELETE FROM planted; END"
    ),
)


@pytest.mark.parametrize("planted", PLANTED)
def test_no_statement_of_ours_runs_a_trigger_or_looks_through_a_view(
    database: Database, planted: str
) -> None:
    with database.write() as session:
        raw(session).execute("INSERT INTO crm_a VALUES (1)")
    with closing(sqlite3.connect(database.path)) as other:
        other.executescript(planted)
    # The statement was compiled before; SQLite asks again, since the schema changed.
    with pytest.raises(IntegrityFault), database.write() as session:
        raw(session).execute("INSERT INTO crm_a VALUES (2)")
    with pytest.raises(IntegrityFault), database.write_plain() as connection:
        connection.execute("INSERT INTO crm_a VALUES (2)")
    if "VIEW" in planted:
        with pytest.raises(sqlite3.DatabaseError):
            database.reader().execute("SELECT * FROM crm_a")


def test_a_common_table_expression_is_no_view(database: Database) -> None:
    wanted = "WITH wanted(n) AS (VALUES (1)) SELECT * FROM wanted"
    assert database.reader().execute(wanted).fetchall() == [(1,)]
