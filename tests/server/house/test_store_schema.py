"""A store whose schema is not what the migrations make is not opened by anything."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from clocks import ManualClock
from commands import allod
from houses import opened, settle
from schemas import migrated

from kit.errors import CannotStart
from kit.home import Home
from server.cli.console import ExitCode
from server.house.migrations import upgrade
from server.house.resources import shipped
from server.house.store_schema import require_as_built
from server.roles.auditing import open_public

PLANTED = {
    "a trigger that undoes the deletion of keys": (
        "keys/identity.db",
        (
            "CREATE TRIGGER planted BEFORE DELETE ON identity_key"
            " BEGIN SELECT RAISE(IGNORE); END"
        ),
    ),
    "a trigger that deletes what is logged": (
        "data/audit.db",
        (
            "CREATE TRIGGER planted AFTER INSERT ON audit_event BEGIN"
            " DELETE FROM audit_event WHERE lane = NEW.lane AND seq = NEW.seq; END"
        ),
    ),
    "a trigger on records": (
        "data/vault.db",
        "CREATE TRIGGER planted AFTER DELETE ON vault_record BEGIN SELECT 1; END",
    ),
    "a view in a table's place": (
        "data/vault.db",
        (
            "ALTER TABLE server_token RENAME TO planted;"
            "CREATE VIEW server_token AS SELECT * FROM planted;"
        ),
    ),
    "a table that is not ours": ("data/vault.db", "CREATE TABLE planted (a)"),
    "an index that is not ours": (
        "data/audit.db",
        "CREATE UNIQUE INDEX planted ON audit_event (purpose)",
    ),
    "a column that is not ours": (
        "keys/identity.db",
        "ALTER TABLE identity_key ADD COLUMN planted",
    ),
}
MISSING = {
    "an index is missing": (
        "data/audit.db",
        "DROP INDEX ix_audit_event_subject",
        "ix_audit_event_subject is missing",
    ),
    "a table ignores conflicts": (
        "keys/identity.db",
        (
            "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql ="
            " replace(sql, 'NOT NULL', 'NOT NULL ON CONFLICT IGNORE')"
            " WHERE name = 'identity_fence'"
        ),
        "identity_fence was changed",
    ),
    "two tables lie in the same pages": (
        "data/vault.db",
        (
            "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET rootpage = (SELECT"
            " rootpage FROM sqlite_schema WHERE name = 'vault_hold')"
            " WHERE name = 'vault_act'"
        ),
        "lies in another's pages",
    ),
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template") / "home"
    settle(home, ManualClock())
    return home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(template, tmp_path / "home")))


def _run(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
        connection.commit()


@pytest.mark.parametrize("planted", PLANTED)
def test_a_home_is_not_opened_when_there_is(home: Home, planted: str) -> None:
    store, script = PLANTED[planted]
    _run(home.root / store, script)
    with pytest.raises(CannotStart) as refusal, opened(home.root, ManualClock()):
        pass
    assert refusal.value.reason_code == "schema.differs"
    assert Path(store).name in refusal.value.detail
    assert refusal.value.fix


@pytest.mark.parametrize("changed", MISSING)
def test_a_home_is_not_opened_when(home: Home, changed: str) -> None:
    store, script, named = MISSING[changed]
    _run(home.root / store, script)
    with pytest.raises(CannotStart) as refusal, opened(home.root, ManualClock()):
        pass
    assert named in refusal.value.detail


@pytest.mark.parametrize(
    "command",
    [
        ("token", "list"),
        ("init", "--upgrade"),
        ("ledger", "succeed", "example.org/other"),
        ("serve", "--role=audit"),
    ],
    ids=" ".join,
)
def test_a_command_names_the_store_and_the_object(
    home: Home, command: tuple[str, ...]
) -> None:
    _run(
        home.vault_db,
        "CREATE TRIGGER planted AFTER INSERT ON ledger_entry BEGIN SELECT 1; END",
    )
    ran = allod(*command, "--home", home.root)
    assert ran.code == ExitCode.CANNOT_START
    assert "vault.db" in ran.err
    assert "the trigger planted was added" in ran.err
    assert "what to do" in ran.err


def test_fsck_reports_a_schema_that_is_not_ours(home: Home) -> None:
    _run(home.audit_db, PLANTED["an index that is not ours"][1])
    ran = allod("ledger", "fsck", "--home", home.root, "--json")
    assert ran.code == ExitCode.NO
    (finding,) = ran.document["findings"]
    assert finding["code"] == "store"
    assert "audit.db" in finding["detail"]


def test_the_doctor_names_the_store_and_the_object(home: Home) -> None:
    _run(home.identity_db, PLANTED["a column that is not ours"][1])
    ran = allod("doctor", "--home", home.root, "--json")
    assert ran.code == ExitCode.NO
    found = [each["detail"] for each in ran.document["checks"] if each["level"] != "ok"]
    assert any("identity.db" in each and "identity_key" in each for each in found)


def test_the_audit_role_does_not_serve_a_planted_view(home: Home) -> None:
    _run(
        home.vault_db,
        "ALTER TABLE ledger_entry RENAME TO planted;"
        "CREATE VIEW ledger_entry AS SELECT * FROM planted;",
    )
    with pytest.raises(CannotStart, match="ledger_entry"):
        open_public(home)


def test_a_name_that_would_steer_a_terminal_is_not_repeated(home: Home) -> None:
    _run(home.audit_db, 'CREATE TABLE "a\x1b[2J" (a)')
    with pytest.raises(CannotStart) as refusal, opened(home.root, ManualClock()):
        pass
    assert "\x1b" not in refusal.value.detail


def test_statistics_of_analyze_keep_nothing_shut(home: Home) -> None:
    _run(home.vault_db, "ANALYZE")
    with opened(home.root, ManualClock()):
        pass


def test_a_store_that_came_through_every_revision_has_the_schema_of_the_newest(
    tmp_path: Path,
) -> None:
    scripts = shipped("migrations")
    for store in migrated(tmp_path / "made"):
        store.path.unlink()
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.set_main_option(
            "version_locations", str(scripts / store.name / "versions")
        )
        config.set_main_option("path_separator", "os")
        revisions = ScriptDirectory.from_config(config).walk_revisions()
        for each in reversed(list(revisions)):
            upgrade(store, scripts, revision=each.revision)
            require_as_built(store, scripts)
