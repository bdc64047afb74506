"""A trial of an import says what would come of it, and writes nothing at all."""

import hashlib
from pathlib import Path

import pytest
from commands import allod
from houses import HISTORY, Scenario
from import_files import BOTH, FIRST, PURCHASES, put, run

from server.auth.principals import operating
from vault.imports.import_report import ImportReport

FILE = FIRST + (
    "ada,Ada,a@example.org,2026-01-02,1\n"  # there already
    "ada,Ada,a@example.org,2026-01-03,1\n"  # a purchase more
    "bob,Bob,a@example.org,2026-01-02,1\n"  # another's mailbox
    "cid,Cid,c@example.org,never,1\n"
    "eve,Eve,e@example.org,2026-01-02,1\n"  # was erased
    "\n"
    "dan,Dan,d@example.org,2026-01-02,1\n"
)


def checked(scenario: Scenario, folder: Path, content: str, map_: str) -> ImportReport:
    plan = scenario.house.imports.read_map(put(folder / "map.yaml", map_))
    return scenario.house.imports.check(HISTORY, plan, put(folder / "file", content))


def stored(scenario: Scenario) -> dict[str, str]:
    """Digest every row of the three stores."""
    house, found = scenario.house, {}
    for database in (house.vault_db, house.identity_db, house.audit_db):
        reader = database.reader()
        names = reader.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        for (name,) in names.fetchall():
            rows = reader.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608
            found[name] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


@pytest.fixture
def lived(scenario: Scenario, tmp_path: Path) -> Scenario:
    content = FIRST + "ada,Ada,a@example.org,2026-01-02,1\neve,Eve,e@example.org,,1\n"
    run(scenario.house.imports, tmp_path, content.replace(",,1", ",2026-01-01,1"), BOTH)
    scenario.house.erasure.erase(scenario.subject("eve"))
    return scenario


def test_what_is_foretold_is_what_comes_of_it(lived: Scenario, tmp_path: Path) -> None:
    told = checked(lived, tmp_path, FILE, BOTH)
    came = run(lived.house.imports, tmp_path, FILE, BOTH)
    assert told.done._replace(customers=0) == came.done._replace(customers=0)
    assert told.codes == came.codes
    assert told.refusals == came.refusals
    assert (told.written, told.already, told.refused, told.skipped) == (2, 1, 3, 2)


def test_a_trial_writes_nothing_in_any_store(lived: Scenario, tmp_path: Path) -> None:
    before = stored(lived)
    report = checked(lived, tmp_path, FILE, BOTH)
    assert report.done.lines == report.lines
    assert stored(lived) == before
    changed = FILE.replace("Ada,", "Eva,")
    replacing = BOTH.replace(
        "    each: customer", "    on_change: replace\n    each: customer"
    )
    assert checked(lived, tmp_path, changed, replacing).done.records_replaced == 1
    assert stored(lived) == before


def test_a_trial_asks_the_policies(lived: Scenario, tmp_path: Path) -> None:
    plan = lived.house.imports.read_map(put(tmp_path / "map.yaml", PURCHASES))
    content = "who,day,pieces,sum\nx1,2026-01-02,1,2\nada,2026-01-02,1,2\n"
    file = put(tmp_path / "file", content)
    question = operating("marketing.email", region="eu")
    told = lived.house.imports.check(question, plan, file)
    came = lived.house.imports.run(question, plan, file)
    assert (told.done, told.refusals) == (came.done, came.refusals)
    assert told.refused == 2


def test_the_command_says_what_would_be_and_registers_nobody(
    scenario: Scenario, tmp_path: Path
) -> None:
    map_ = put(tmp_path / "map.yaml", PURCHASES)
    file = put(tmp_path / "file", "who,day,pieces,sum\nada,2026-01-02,1,2\n")
    where = ("--home", scenario.home, "--map", map_, file)
    told = allod("import", "--check", "--json", *where)
    assert (told.document["checked"], told.document["written"]) == (True, 1)
    assert told.document["encoding"] == "utf-8"
    assert scenario.house.customers.subject_of("ada") is None
    assert "Nothing is written" in allod("import", "--check", *where).out
    assert allod("import", "--json", *where).document["checked"] is False
    assert scenario.house.customers.subject_of("ada") is not None
