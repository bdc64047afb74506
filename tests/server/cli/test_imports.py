"""`allod imports`: what was imported is listed, and an import is taken back."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from commands import Ran, allod
from houses import Scenario
from import_files import BOTH, FIRST, PURCHASES, lines, put

from server.cli.console import ExitCode

TABLE: Final = FIRST + "c1,Ann,ann@example.org,2026-01-01,2\n"
PROGRAM: Final = (sys.executable, "-c", "from server.cli import main; main()")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    home = tmp_path / "home"
    assert allod("init", "--home", home, "--origin", "vault.test/allod").code == 0
    monkeypatch.setenv("ALLOD_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return home


def import_(content: str = TABLE, map_: str = BOTH) -> dict[str, Any]:
    put(Path("map.yaml"), map_)
    put(Path("secret-name.csv"), content)
    ran = allod("import", "--map", "map.yaml", "secret-name.csv", "--json")
    assert ran.code == ExitCode.OK, ran.out
    return dict(ran.document)


def take_back(*more: object) -> Ran:
    return allod("imports", "take-back", "1", "--reason", "the wrong file", *more)


def listed() -> list[dict[str, Any]]:
    ran = allod("imports", "list", "--json")
    assert ran.code == ExitCode.OK
    found: list[dict[str, Any]] = ran.document["imports"]
    return found


@pytest.mark.usefixtures("home")
def test_imports_are_listed_by_number_and_digest_without_a_file_name() -> None:
    import_()
    import_()  # wrote nothing
    import_(lines(3), PURCHASES)
    first, second = listed()
    assert (first["number"], second["number"]) == (1, 2)
    assert first["begun"] <= first["ended"] <= second["ended"]
    assert (first["made"], first["replaced"], first["customers"]) == (2, 0, 1)
    assert (first["state"], first["file"] != second["file"]) == ("done", True)
    shown = allod("imports", "list")
    assert first["file"] in shown.out
    assert "secret-name" not in shown.out + str(listed())


@pytest.mark.usefixtures("home")
def test_an_import_is_looked_at_taken_back_and_comes_again() -> None:
    first = import_()
    said = {"number": 1, "before": False, "removed": 2, "stays": {}, "codes": {}}
    looked = allod("imports", "take-back", "1", "--check", "--json")
    trial = {"ok": True, "checked": True, "done": False, "customers": 1}
    assert looked.document == {**trial, **said}
    assert listed()[0]["state"] == "done"

    ran = take_back("--json")
    assert ran.document == {**trial, "checked": False, "done": True, **said}
    (it,) = listed()
    assert (it["state"], it["removed"], it["reason"]) == (
        *("taken back", 2, "the wrong file"),
    )
    again = take_back()
    assert again.code == ExitCode.OK
    assert "taken back before" in again.out
    assert import_()["records"] == first["records"]
    assert [each["state"] for each in listed()] == ["taken back", "done"]


@pytest.mark.usefixtures("home")
def test_what_the_policies_refuse_is_no_yes_and_is_said_again_for_another_purpose() -> (
    None
):
    import_()
    ran = take_back("--purpose", "marketing.email", "--json")
    assert (ran.code, ran.document["ok"]) == (ExitCode.NO, False)
    assert (ran.document["done"], ran.document["stays"]) == (False, {"refused": 2})
    assert sum(ran.document["codes"].values()) == 2
    assert listed()[0]["state"] == "taking back"
    assert (take_back("--json").document["removed"], listed()[0]["state"]) == (
        *(2, "taken back"),
    )


@pytest.mark.usefixtures("home")
def test_without_a_reason_or_of_no_import_nothing_is_done() -> None:
    import_()
    assert allod("imports", "take-back", "1").code == ExitCode.USAGE
    missing = allod("imports", "take-back", "7", "--reason", "why")
    assert missing.code == ExitCode.NOT_FOUND
    assert listed()[0]["state"] == "done"


def test_a_process_that_is_killed_leaves_lots_that_the_next_call_goes_on_from(
    scenario: Scenario, tmp_path: Path
) -> None:
    home, count = str(scenario.home), 6_000
    put(tmp_path / "map.yaml", PURCHASES)
    put(tmp_path / "file", lines(count))
    paths = ("--map", tmp_path / "map.yaml", tmp_path / "file", "--home", home)
    assert allod("import", *paths).code == ExitCode.OK
    command = (*PROGRAM, "imports", "take-back", "1", "--reason", "x", "--home", home)
    with subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as child:
        while child.poll() is None and records(scenario) == count:
            time.sleep(0.001)
        child.send_signal(signal.SIGKILL)
        child.communicate(timeout=60)
    left = records(scenario)
    assert child.returncode != 0
    assert 0 < left < count
    assert left % 1_000 == 0
    ran = take_back("--home", home, "--json")
    assert (ran.document["removed"], records(scenario)) == (count, 0)


def records(scenario: Scenario) -> int:
    find = "SELECT count(*) FROM vault_record"
    return int(scenario.house.vault_db.reader().execute(find).fetchone()[0])
