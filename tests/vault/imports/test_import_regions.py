"""A file of many countries: each line's customer is kept where the map says it."""

from pathlib import Path

import pytest
from houses import HISTORY, Scenario
from import_files import HEAD, PURCHASES, codes, put, run

from kit.errors import NotFound
from vault.intake.lots import MOST_PERSONS

LANDS = PURCHASES.replace(
    'region: eu, minor: "no"',
    "region: {column: land, words: {D: eu, US: us, 中国: cn}},"
    ' minor: {column: child, words: {"1": "yes", "": "no"}}',
)
COLUMNS = HEAD.strip() + ",land,child\n"


def line(name: str, land: str, child: str = "") -> str:
    return f"{name},2026-01-02,1,2.50,{land},{child}\n"


def standing(scenario: Scenario, name: str) -> tuple[str, str]:
    found = scenario.house.customers.standing(scenario.subject(name))
    return found.region, found.minor


def test_lines_of_several_regions_are_written_each_in_its_own(
    scenario: Scenario, tmp_path: Path
) -> None:
    people = [("ada", "D", "1"), ("bo", "中国", ""), ("cy", "US", ""), ("di", "D", "")]
    content = COLUMNS + "".join(line(*each) for each in people)

    report = run(scenario.house.imports, tmp_path, content, LANDS)

    assert (report.written, report.refused, report.customers) == (4, 0, 4)
    assert [standing(scenario, name) for name, _, _ in people] == [
        ("eu", "yes"),
        ("cn", "no"),
        ("us", "no"),
        ("eu", "no"),
    ]
    again = run(scenario.house.imports, tmp_path, content, LANDS)
    assert (again.written, again.already, again.refused) == (0, 4, 0)


def test_a_line_of_a_land_that_the_map_does_not_list_leaves_nothing(
    scenario: Scenario, tmp_path: Path
) -> None:
    content = COLUMNS + line("ada", "F") + line("bo", "") + line("cy", "D", "2")

    report = run(scenario.house.imports, tmp_path, content, LANDS)

    assert codes(report) == [
        (2, "customer.region", ""),
        (3, "customer.region", ""),
        (4, "customer.minor", ""),
    ]
    assert report.customers == 0
    assert scenario.house.customers.subject_of("ada") is None


def test_an_import_of_several_regions_goes_on_where_it_stopped(
    scenario: Scenario, tmp_path: Path
) -> None:
    lands = ["D", "中国", "US"]
    count = 3 * MOST_PERSONS
    content = COLUMNS + "".join(line(f"c{at}", lands[at % 3]) for at in range(count))
    imports = scenario.house.imports
    plan = imports.read_map(put(tmp_path / "map.yaml", LANDS))
    file = put(tmp_path / "file", content)

    def stop(done: int, _: int) -> None:
        if done > MOST_PERSONS:
            raise NotFound("stopped between two lots")

    with pytest.raises(NotFound):
        imports.run(HISTORY, plan, file, progress=stop)
    report = imports.run(HISTORY, plan, file)

    assert 0 < report.resumed_at < count
    assert (report.written, report.already, report.refused) == (count, 0, 0)
    assert report.customers == count
