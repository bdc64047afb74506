"""Imports: streamed, resumed, repeated without effect, and silent about values."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from houses import CASE, HISTORY, Scenario
from import_files import HEAD, PURCHASES, codes, lines, put, run

from kit.errors import AllodError
from server.house.resources import seed
from vault import Question
from vault.imports.imports import Imports
from vault.imports.packed_files import SourceUnreadable
from vault.intake.lots import MOST_ITEMS as BATCH

PROFILES = """\
version: 1
format: jsonl
customer: {columns: [who], region: us, minor: unknown}
records:
  profile:
    each: customer
    fields:
      name: {column: name}
      email: {column: mail}
  idea:
    fields:
      title: {column: title}
      text: {column: text}
"""


@pytest.fixture
def imports(scenario: Scenario) -> Imports:
    return scenario.house.imports


def held(
    scenario: Scenario, name: str, collection: str = "purchase"
) -> list[dict[str, object]]:
    question = Question(CASE.principal, "support.case")
    page = scenario.house.gate.list_records(question, name, collection)
    return [dict(item.values) for item in page.items]


def test_lines_become_records_of_customers_who_are_registered(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    report = run(imports, tmp_path, HEAD + "ada,2026-01-02,3,4.50\nbo,2026-01-03,1,2\n")

    assert (report.lines, report.written, report.customers) == (3, 2, 2)
    assert (report.already, report.refused) == (0, 0)
    assert held(scenario, "ada") == [
        {"date": "2026-01-02", "quantity": 3, "amount": 4.5}
    ]
    standing = scenario.house.customers.standing(scenario.subject("bo"))
    assert (standing.region, standing.minor) == ("eu", "no")


def test_truly_identical_lines_stay_as_many_records_as_they_are(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    report = run(imports, tmp_path, HEAD + "ada,2026-01-02,1,9.99\n" * 3)
    assert report.written == 3
    assert len(held(scenario, "ada")) == 3


def test_a_repeated_import_writes_nothing(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    content = lines(BATCH + 10)
    first = run(imports, tmp_path, content)
    second = run(imports, tmp_path, content)

    assert (first.written, first.already) == (BATCH + 10, 0)
    assert (second.written, second.already) == (0, BATCH + 10)
    assert (second.refused, second.customers, second.resumed_at) == (0, 0, 0)


def test_line_endings_and_a_bom_leave_the_same_values(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    content = HEAD + 'ada,2026-01-02,1,"1,250.00"\n'
    data = b"\xef\xbb\xbf" + content.replace("\n", "\r\n").encode()
    assert run(imports, tmp_path, data).written == 1
    assert held(scenario, "ada")[0]["amount"] == 1250.0


def test_what_is_refused_is_told_by_line_code_and_field_alone(
    imports: Imports, tmp_path: Path
) -> None:
    content = HEAD + (
        "ada,2026-01-02,1,2.00\n"
        ",2026-01-02,1,2.00\n"
        "ada,the-2nd,1,2.00\n"
        "ada,2026-01-02,many,2.00\n"
        "ada,,1,2.00\n"
        "ada,2026-01-02,1\n"
        'ada,"2026"-01-02,1,2\n'
        "ada,2026-01-03,1,3.00\n"
    )
    report = run(imports, tmp_path, content)

    assert codes(report) == [
        (3, "customer.missing", ""),
        (4, "value.date", "date"),
        (5, "value.integer", "quantity"),
        (6, "record.invalid", "date"),
        (7, "line.columns", ""),
        (8, "line.csv", ""),
    ]
    assert (report.written, report.refused) == (2, 6)
    assert "many" not in repr(report)
    assert "the-2nd" not in repr(report)


def test_a_refused_line_of_a_batch_keeps_no_other_out(
    imports: Imports, tmp_path: Path
) -> None:
    broken = lines(BATCH).replace("2026-01-02,1", "2026-01-02,x")
    report = run(imports, tmp_path, broken)
    assert report.written + report.refused == BATCH
    assert report.codes == {"value.integer": report.refused}


def test_one_line_may_make_records_of_several_collections(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    line = '{"who":"ada","name":"A","mail":"a@example.org","title":"%s","text":"t"}\n'
    report = run(imports, tmp_path, line % "one" + line % "two", PROFILES)

    assert (report.written, report.refused) == (2, 0)
    assert report.done.records_written == 3
    assert len(held(scenario, "ada", "profile")) == 1
    assert {each["title"] for each in held(scenario, "ada", "idea")} == {"one", "two"}


def test_contributions_are_stamped_when_they_are_imported(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    line = '{"who":"ada","name":"A","title":"t","text":"t"}\n'
    before = scenario.house.log.publish().size
    run(imports, tmp_path, line, PROFILES)
    assert scenario.house.log.publish().size == before + 1
    run(imports, tmp_path, line, PROFILES)
    assert scenario.house.log.publish().size == before + 1


def test_a_customers_first_profile_stands_and_another_is_told(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    first = '{"who":"ada","name":"Ada","title":"t","text":"t"}\n'
    run(imports, tmp_path, first, PROFILES)
    report = run(imports, tmp_path, first.replace("Ada", "Eve") * 2, PROFILES)

    assert codes(report) == [(1, "record.differs", "")]
    assert held(scenario, "ada", "profile") == [{"name": "Ada"}]


def test_the_erased_do_not_come_back_with_a_repeated_import(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    content = lines(20, customers=4)
    run(imports, tmp_path, content)
    scenario.house.erasure.erase(scenario.subject("c2"))
    report = run(imports, tmp_path, content)

    assert report.codes == {"fence.erased": 5}
    assert [line for line, _, _ in codes(report)] == [4, 8, 12, 16, 20]
    assert (report.written, report.already) == (0, 15)
    assert scenario.house.customers.subject_of("c2") is None


def test_progress_is_told_in_lines(imports: Imports, tmp_path: Path) -> None:
    plan = imports.read_map(put(tmp_path / "map.yaml", PURCHASES))
    told: list[tuple[int, int]] = []
    imports.run(
        HISTORY,
        plan,
        put(tmp_path / "file", lines(2 * BATCH)),
        progress=lambda done, total: told.append((done, total)),
    )
    total = 2 * BATCH + 1
    assert told == [(BATCH, total), (2 * BATCH, total), (total, total)]


class Stopped(AllodError):
    """Something went wrong between two batches."""


def test_an_interrupted_import_goes_on_behind_its_last_batch(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    plan = imports.read_map(put(tmp_path / "map.yaml", PURCHASES))
    broken = lines(3 * BATCH).replace("c0,2026-01-01,1", "c0,2026-01-01,x", 1)
    file = put(tmp_path / "file", broken)

    def stop(done: int, _: int) -> None:
        if done > BATCH + 1:
            raise Stopped("between two batches")

    with pytest.raises(Stopped):
        imports.run(HISTORY, plan, file, progress=stop)
    report = imports.run(HISTORY, plan, file)

    assert report.resumed_at == 2 * BATCH
    assert (report.written, report.already) == (3 * BATCH - 1, 0)
    assert report.refused == 1
    assert imports.run(HISTORY, plan, file).resumed_at == 0


def test_a_line_that_cannot_be_stored_takes_the_cursor_back_with_it(
    scenario: Scenario,
    imports: Imports,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = imports.read_map(put(tmp_path / "map.yaml", PURCHASES))
    file = put(tmp_path / "file", lines(BATCH))

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("vault._internal.sqlite.imports.SqliteImports.move", full)
        with pytest.raises(sqlite3.OperationalError):
            imports.run(HISTORY, plan, file)
    assert held_count(scenario) == 0
    assert imports.run(HISTORY, plan, file).written == BATCH


def held_count(scenario: Scenario) -> int:
    reader = scenario.house.vault_db.reader()
    return int(reader.execute("SELECT count(*) FROM vault_record").fetchone()[0])


def test_a_file_with_another_header_imports_nothing(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    with pytest.raises(SourceUnreadable):
        run(imports, tmp_path, "who,day,pieces\nada,2026-01-02,1\n")
    assert held_count(scenario) == 0


def test_an_import_killed_midway_ends_as_if_it_had_not_been(
    scenario: Scenario, tmp_path: Path
) -> None:
    count = 6 * BATCH
    file = put(tmp_path / "file", lines(count, customers=40))
    plan = put(tmp_path / "map.yaml", PURCHASES)
    arguments = ["import", "--home", str(scenario.home), "--map", str(plan), str(file)]
    program = [sys.executable, "-c", "from server.cli import main; main()", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(program, env=environment, stderr=subprocess.DEVNULL) as child:
        reader = scenario.house.vault_db.reader()
        until = time.monotonic() + 30
        while not reader.execute(
            "SELECT 1 FROM vault_import_run WHERE line > 0"
        ).fetchall():
            assert child.poll() is None
            assert time.monotonic() < until
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
    done = held_count(scenario)
    assert 0 < done < count
    assert (done + 1) % BATCH == 0  # the header is a line, too

    report = scenario.house.imports.run(
        HISTORY, scenario.house.imports.read_map(plan), file
    )

    assert report.resumed_at == done + 1
    assert (report.written, report.already, report.refused) == (count, 0, 0)
    assert held_count(scenario) == count


@pytest.mark.slow
def test_cdnow_imports_whole_and_once(scenario: Scenario) -> None:
    file = Path(__file__).parents[4] / "shared" / "data" / "cdnow_master.txt.xz"
    if not file.exists():
        assert not os.environ.get("CI"), "shared/data is missing"
        pytest.skip("shared/data/cdnow_master.txt.xz is missing")
    imports = scenario.house.imports
    plan = imports.read_map(seed("maps/cdnow.yaml"))

    first, second = imports.run(HISTORY, plan, file), imports.run(HISTORY, plan, file)

    assert (first.written, first.customers, first.refused) == (69_659, 23_570, 0)
    assert (second.written, second.already, second.refused) == (0, 69_659, 0)
