"""The triggers of our own: what they may do, and that others in their place may not."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kit import triggers
from kit.db import Database, connect, raw
from kit.errors import IntegrityFault
from kit.sqlite import confine, only_selects

OURS = (
    "CREATE TRIGGER kit_said AFTER DELETE ON crm_a BEGIN"
    " INSERT INTO crm_said (what) VALUES (OLD.what || strftime('%s', 0)); END"
)
OTHERS = {
    "reads": "AFTER DELETE ON crm_a BEGIN INSERT INTO crm_said SELECT what FROM crm_a;",
    "writes elsewhere": "AFTER DELETE ON crm_a BEGIN INSERT INTO crm_b VALUES (1);",
    "changes": "AFTER DELETE ON crm_a BEGIN UPDATE crm_said SET what = 1;",
    "calls": "AFTER DELETE ON crm_a BEGIN INSERT INTO crm_said VALUES (hex(1));",
    "ignores": "BEFORE DELETE ON crm_a BEGIN INSERT INTO crm_said"
    " VALUES (RAISE(IGNORE));",
    "forbids": "BEFORE DELETE ON crm_a WHEN RAISE(ABORT, 'no') BEGIN"
    " INSERT INTO crm_said VALUES (1);",
}


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(triggers, "_DECLARED", {})
    triggers.declare("kit_said", OURS, writes="crm_said")
    made = Database(tmp_path / "vault.db")
    with made.write() as session:
        for name in ("crm_a", "crm_b", "crm_said"):
            raw(session).execute(f"CREATE TABLE {name} (what)")
        raw(session).execute(OURS)
    with made.write() as session:
        raw(session).execute("INSERT INTO crm_a VALUES (1)")
    yield made
    made.close()


def _rows(database: Database, table: str) -> list[object]:
    found = database.reader().execute(f"SELECT what FROM {table}")  # noqa: S608
    return [row[0] for row in found]


def _by_hand(database: Database, script: str) -> None:
    with closing(sqlite3.connect(database.path)) as other:
        other.executescript(script)


def test_a_trigger_of_ours_does_its_work(database: Database) -> None:
    with database.write_plain() as connection:
        connection.execute("DELETE FROM crm_a")
    assert _rows(database, "crm_said") == ["1-210866760000"]


@pytest.mark.parametrize("which", OTHERS)
def test_a_trigger_of_our_name_may_do_no_more_than_ours(
    database: Database, which: str
) -> None:
    _by_hand(
        database,
        f"DROP TRIGGER kit_said; CREATE TRIGGER kit_said {OTHERS[which]} END",
    )
    for write in (database.write_plain, database.write):
        with pytest.raises(IntegrityFault) as fault, write() as work:
            connection = work if isinstance(work, sqlite3.Connection) else raw(work)
            connection.execute("DELETE FROM crm_a")
        assert fault.value.reason_code == "schema.planted"
    assert _rows(database, "crm_a") == [1]


@pytest.mark.parametrize("which", ["reads", "writes elsewhere", "changes", "calls"])
def test_the_database_itself_refuses_what_is_not_ours_to_do(
    database: Database, which: str
) -> None:
    _by_hand(
        database,
        f"DROP TRIGGER kit_said; CREATE TRIGGER kit_said {OTHERS[which]} END",
    )
    with closing(connect(database.path)) as plain:
        with pytest.raises(sqlite3.DatabaseError, match=r"not authorized|prohibited"):
            plain.execute("DELETE FROM crm_a")
        assert plain.execute("SELECT count(*) FROM crm_a").fetchone() == (1,)


def test_a_trigger_of_ours_that_is_missing_stops_every_writer(
    database: Database,
) -> None:
    _by_hand(database, "DROP TRIGGER kit_said")
    with pytest.raises(IntegrityFault), database.write_plain() as connection:
        connection.execute("DELETE FROM crm_a")
    assert _rows(database, "crm_a") == [1]


def test_confined_connections_run_none_of_ours_either(database: Database) -> None:
    for fence in (confine, only_selects):
        with closing(connect(database.path)) as plain:
            fence(plain, "crm_")
            with pytest.raises(sqlite3.DatabaseError):
                plain.execute("DELETE FROM crm_a")
    assert _rows(database, "crm_a") == [1]


def test_one_that_does_not_run_afterwards_is_not_declared() -> None:
    with pytest.raises(ValueError, match="afterwards"):
        triggers.declare(
            "kit_first",
            "CREATE TRIGGER kit_first BEFORE DELETE ON crm_a BEGIN DELETE FROM a; END",
            writes="a",
        )
