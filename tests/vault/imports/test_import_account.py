"""Every line is accounted for once, and a refused line leaves nothing."""

from pathlib import Path

import pytest
from houses import HISTORY, Scenario
from import_files import BOTH, FIRST, HEAD, PURCHASES, codes, put, run

from kit.errors import AllodError
from server.auth.principals import operating
from vault.imports.import_report import ImportReport
from vault.imports.imports import Imports
from vault.intake.lots import MOST_ITEMS


@pytest.fixture
def imports(scenario: Scenario) -> Imports:
    return scenario.house.imports


def known(scenario: Scenario, *names: str) -> list[str]:
    find = scenario.house.customers.subject_of
    return [name for name in names if find(name) is not None]


def sums(report: ImportReport) -> tuple[int, int, int, int]:
    assert report.done.lines == report.lines
    return report.written, report.already, report.refused, report.skipped


def test_each_line_of_the_file_is_counted_once(
    imports: Imports, tmp_path: Path
) -> None:
    content = (
        "who,day,pieces,sum,note\n"
        "\n"
        'ada,2026-01-02,1,2.50,"three\nlines\nlong"\n'
        'bob,never,1,2.50,"two\nlines"\n'
        "\n"
        "bob,2026-01-02,1,2.50\n"
        "cid,2026-01-02,1,2.50,\n"
        "\n"
    )
    report = run(imports, tmp_path, content)
    assert sums(report) == (4, 0, 3, 4)
    assert (report.done.records_written, report.done.records_refused) == (2, 2)
    assert sums(run(imports, tmp_path, content)) == (0, 4, 3, 4)


def test_a_line_of_several_records_counts_by_its_worst(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    run(imports, tmp_path, FIRST + "ada,Ada,,2026-01-02,1\n", BOTH)
    report = run(
        imports,
        tmp_path,
        FIRST
        + "ada,Ada,,2026-01-02,1\n"  # both there already
        + "ada,Ada,,2026-01-03,1\n"  # its purchase is new
        + "bob,Bob,,2026-01-02,1\n",
        BOTH,
    )
    assert sums(report) == (2, 1, 0, 1)
    done = report.done
    assert (done.records_written, done.records_already) == (3, 2)
    differs = run(imports, tmp_path, FIRST + "ada,Eve,,2026-01-04,1\n", BOTH)
    assert sums(differs) == (0, 0, 1, 1)
    assert (differs.done.records_written, differs.done.records_refused) == (1, 1)


def test_a_refused_line_registers_nobody(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    content = HEAD + "g1,not-a-date,1,10\ng2,also not,1,10\ng3,2026-01-02,1,10\n"
    report = run(imports, tmp_path, content)
    assert (report.customers, report.refused) == (1, 2)
    assert known(scenario, "g1", "g2", "g3") == ["g3"]


def test_a_line_with_one_record_that_does_not_fit_leaves_none(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    report = run(imports, tmp_path, FIRST + "ada,Ada,,never,1\n", BOTH)
    assert codes(report) == [(2, "value.date", "date")]
    assert (report.done.records_written, report.customers) == (0, 0)


def test_whose_mailbox_is_anothers_is_not_made_known_by_it(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    profiles = BOTH[: BOTH.index("  purchase")]
    content = FIRST + (
        "ada,Ada,a@example.org,2026-01-02,1\n"
        "bob,Bob,A@example.org,2026-01-02,1\n"
        "cid,Cid,c@example.org,2026-01-02,1\n"
    )
    report = run(imports, tmp_path, content, profiles)
    assert codes(report) == [(3, "identifier.taken", "email")]
    assert report.customers == 2
    again = run(imports, tmp_path, content.replace("a@", "c@", 1), profiles)
    assert again.customers == 0
    assert known(scenario, "ada", "bob", "cid") == ["ada", "cid"]


def test_of_whom_the_policies_let_nothing_be_written_is_not_made_known(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    """Customers may be made known for this purpose, and nothing be held of them."""
    plan = imports.read_map(put(tmp_path / "map.yaml", PURCHASES))
    file = put(tmp_path / "file", HEAD + "ada,2026-01-02,1,2\n")
    question = operating("service.registration", region="eu")
    report = imports.run(question, plan, file)
    assert (report.refused, report.customers) == (1, 0)
    assert known(scenario, "ada") == []
    assert imports.run(HISTORY, plan, file).customers == 1


def test_the_erased_do_not_come_back_in_another_guise(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    run(imports, tmp_path, FIRST + "ada,Ada,a@example.org,2026-01-02,1\n", BOTH)
    scenario.house.erasure.erase(scenario.subject("ada"))
    guise = FIRST + "eve,Eve,A@example.org,2026-01-02,1\n"
    report = run(imports, tmp_path, guise, BOTH)
    assert report.codes == {"fence.erased": 2}
    assert (report.done.records_written, report.customers) == (0, 0)
    assert known(scenario, "eve") == []
    scenario.customer("eve")
    assert run(imports, tmp_path, guise, BOTH).done.records_written == 0


class Stopped(AllodError):
    """Something went wrong between two batches."""


def test_an_interruption_keeps_the_sums(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    content = HEAD + "".join(
        f"c{n},2026-01-02,{'x' if n % 10 == 0 else 1},2\n{'' if n % 7 else chr(10)}"
        for n in range(2 * MOST_ITEMS)
    )
    plan = imports.read_map(put(tmp_path / "map.yaml", PURCHASES))
    file = put(tmp_path / "file", content)

    def stop(done: int, _: int) -> None:
        if done > MOST_ITEMS:
            raise Stopped("between two batches")

    with pytest.raises(Stopped):
        imports.run(HISTORY, plan, file, progress=stop)
    report = imports.run(HISTORY, plan, file)
    assert report.resumed_at > MOST_ITEMS
    assert sums(report) == (1800, 0, 200, report.lines - 2000)
    assert report.customers == 1800
    assert sums(imports.run(HISTORY, plan, file))[:3] == (0, 1800, 200)
