"""An import that is killed anywhere, or runs twice at once, ends as if it had not."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import pytest
from houses import Scenario
from import_files import HEAD, PURCHASES, put

PROGRAM: Final = (sys.executable, "-c", "from server.cli import main; main()")
MANY: Final = 100_000
FEW: Final = 6_000


def table(count: int) -> str:
    """Write purchases, many of them alike, and some lines that are none."""
    return HEAD + "".join(
        "\n" if n % 50 == 7 else f"c{n % 300},2026-01-{1 + n % 3:02},{_n(n)},2.50\n"
        for n in range(count)
    )


def _n(n: int) -> str:
    return "x" if n % 40 == 3 else str(n % 5)


class Imported:
    """One home, one file, and the program that imports it."""

    def __init__(self, scenario: Scenario, folder: Path, count: int) -> None:
        self.reader = scenario.house.vault_db.reader()
        put(folder / "map.yaml", PURCHASES)
        put(folder / "file", table(count))
        where = ("--home", str(scenario.home), "--map", str(folder / "map.yaml"))
        self._command = (*PROGRAM, "import", *where, str(folder / "file"), "--json")

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def end(self, child: subprocess.Popen[bytes]) -> dict[str, Any]:
        said, _ = child.communicate(timeout=600)
        assert child.returncode == 0, said
        report: dict[str, Any] = json.loads(said)
        return report

    def line(self) -> int:
        rows = self.reader.execute("SELECT max(line) FROM vault_import_run").fetchall()
        return int(rows[0][0] or 0)

    def stop(self, at: int, by: signal.Signals) -> bool:
        """Stop the program once it has come to a line; tells if it was still there."""
        with self.start() as child:
            while child.poll() is None and self.line() < at:
                time.sleep(0.002)
            child.send_signal(by)
            child.communicate(timeout=60)
        return child.returncode != 0

    def held(self) -> list[int]:
        """Give how many records each customer has, in order."""
        rows = self.reader.execute(
            "SELECT count(*) FROM vault_record GROUP BY subject ORDER BY 1"
        )
        return [row[0] for row in rows.fetchall()]


def expected(count: int) -> tuple[dict[str, int], list[int]]:
    """Say what comes of the table, from the table alone."""
    fit = [n for n in range(count) if n % 50 != 7 and n % 40 != 3]
    refused = sum(n % 50 != 7 and n % 40 == 3 for n in range(count))
    held: dict[int, int] = {}
    for n in fit:
        held[n % 300] = held.get(n % 300, 0) + 1
    said = {
        "written": len(fit),
        "already": 0,
        "refused": refused,
        "skipped": count + 1 - len(fit) - refused,
        "customers": len(held),
    }
    return said, sorted(held.values())


def require_whole(imported: Imported, report: dict[str, Any], count: int) -> None:
    said, held = expected(count)
    assert {name: report[name] for name in said} == said
    assert imported.held() == held
    again = imported.end(imported.start())
    assert (again["written"], again["customers"]) == (0, 0)
    assert (again["already"], again["refused"]) == (said["written"], said["refused"])
    assert imported.held() == held


@pytest.mark.parametrize(
    ("count", "kills"),
    [
        (FEW, 3),
        pytest.param(MANY, 20, marks=[pytest.mark.slow, pytest.mark.timeout(900)]),
    ],
)
def test_an_import_killed_at_random_lines_ends_as_if_it_had_not_been(
    scenario: Scenario, tmp_path: Path, count: int, kills: int
) -> None:
    imported = Imported(scenario, tmp_path, count)
    chance = random.Random(count)  # noqa: S311 - where to stop, no secret
    points = sorted(chance.sample(range(count), kills))
    stopped = [imported.stop(at, signal.SIGKILL) for at in points]
    assert any(stopped)
    require_whole(imported, imported.end(imported.start()), count)


def test_an_import_that_is_told_to_end_goes_on_when_it_is_started_again(
    scenario: Scenario, tmp_path: Path
) -> None:
    imported = Imported(scenario, tmp_path, FEW)
    assert imported.stop(1, signal.SIGTERM)
    require_whole(imported, imported.end(imported.start()), FEW)


def test_two_imports_of_one_file_at_once_write_each_line_once(
    scenario: Scenario, tmp_path: Path
) -> None:
    imported = Imported(scenario, tmp_path, FEW)
    reports = [imported.end(each) for each in [imported.start(), imported.start()]]
    said, held = expected(FEW)
    assert imported.held() == held
    for each in reports:
        sums = each["written"] + each["already"] + each["refused"] + each["skipped"]
        assert sums == each["lines"] == FEW + 1
        assert each["written"] + each["already"] == said["written"]
        assert each["refused"] == said["refused"]
    again = imported.end(imported.start())
    assert (again["written"], again["already"]) == (0, said["written"])
