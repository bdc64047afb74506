"""Numbers and days of exports: what a line plainly says is written, or refused."""

from pathlib import Path

import pytest
from documents import document
from houses import CASE, Scenario
from import_files import HEAD, PURCHASES, codes, put, run

from server.house.resources import seed
from vault import Question
from vault.catalog.catalog import Catalog
from vault.imports.import_map_yaml import load
from vault.imports.imports import ImportReport


@pytest.fixture
def imported(scenario: Scenario, tmp_path: Path) -> "Imported":
    return Imported(scenario, tmp_path)


class Imported:
    """What stands in the vault after an import of a few cells of one column."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self._scenario = scenario
        self._folder = folder

    def days(self, map_: str, *cells: str) -> list[object]:
        return self._said("date", map_, [f'"{cell}",1,1' for cell in cells])

    def amounts(self, map_: str, *cells: str) -> list[object]:
        return self._said("amount", map_, [f'2024-01-05,1,"{cell}"' for cell in cells])

    def _said(self, field: str, map_: str, lines: list[str]) -> list[object]:
        """Give what is held of each line's customer, or the code of its refusal."""
        content = HEAD + "".join(f"c{at},{line}\n" for at, line in enumerate(lines, 2))
        report = run(self._scenario.house.imports, self._folder, content, map_)
        refused = {line: code for line, code, _ in codes(report)}
        return [
            refused.get(at) or self._held(f"c{at}", field)
            for at in range(2, len(lines) + 2)
        ]

    def _held(self, name: str, field: str) -> object:
        question = Question(CASE.principal, "support.case")
        page = self._scenario.house.gate.list_records(question, name, "purchase")
        (item,) = page.items
        return item.values[field]


DECIMALS = ("12,50", "1.234,56", "1,5", "1,234.56", "1,2,3,4", "12.50")


def test_a_decimal_comma_is_never_a_hundredfold(imported: Imported) -> None:
    no = "value.decimal"
    said = imported.amounts(PURCHASES, *DECIMALS)
    assert said == [no, no, no, 1234.56, no, 12.5]


def test_a_decimal_point_is_never_a_hundredfold_either(imported: Imported) -> None:
    no = "value.decimal"
    commas = PURCHASES.replace("type: decimal", 'type: decimal, mark: ","')
    said = imported.amounts(commas, *DECIMALS)
    assert said == [12.5, 1234.56, 1.5, no, no, no]


ISO_DAYS = (
    "2024-01-05 00:00:00",
    "2024-01-05T10:00:00Z",
    "2024-01-05 10:00:00 +0100",
    "2024-1-5",
)


def dated(options: str) -> str:
    return PURCHASES.replace("type: date", f"type: date, {options}")


def test_a_time_behind_a_day_is_refused_until_the_map_decides_of_it(
    imported: Imported,
) -> None:
    no = "value.date"
    assert imported.days(PURCHASES, *ISO_DAYS) == [no, no, no, "2024-01-05"]


def test_a_time_behind_a_day_may_be_ignored(imported: Imported) -> None:
    said = imported.days(dated("time: ignore"), *ISO_DAYS)
    assert said == ["2024-01-05"] * 4


def test_an_instant_is_the_day_of_the_maps_zone(imported: Imported) -> None:
    said = imported.days(dated("zone: Asia/Tokyo"), "2024-01-05T20:00:00Z", *ISO_DAYS)
    assert said == ["2024-01-06"] + ["2024-01-05"] * 4


def test_a_day_is_read_in_the_maps_order_alone(imported: Imported) -> None:
    said = imported.days(
        dated("order: MM/DD/YYYY"), "01/05/2024", "1/5/2024", "13/5/2024", "1/5/24"
    )
    assert said == ["2024-01-05", "2024-01-05", "value.date", "value.date"]


TICKETS = """\
version: 1
format: csv
header: true
customer: {columns: [who], region: eu, minor: "no"}
records:
  ticket:
    fields:
      subject: {column: pieces}
      text: {column: sum}
      opened: {column: day, type: instant, zone: Europe/Berlin}
"""


def test_an_instant_is_held_in_utc_and_one_without_a_zone_is_refused(
    scenario: Scenario, tmp_path: Path
) -> None:
    def opened(map_: str, file: str) -> tuple[ImportReport, list[object]]:
        report = run(scenario.house.imports, tmp_path, file, map_)
        question = Question(CASE.principal, "support.case")
        page = scenario.house.gate.list_records(question, "ada", "ticket")
        return report, sorted(str(each.values["opened"]) for each in page.items)

    file = HEAD + "ada,2024-07-05 10:00,s,t\nada,2024-07-05 10:00 -0500,s,t\n"
    report, held = opened(TICKETS.replace(", zone: Europe/Berlin", ""), file)
    assert codes(report) == [(2, "value.zone", "opened")]
    assert held == ["2024-07-05T15:00:00Z"]
    _, held = opened(TICKETS, HEAD + "ada,2024-07-05 10:01,s,t\n")
    assert held == ["2024-07-05T08:01:00Z", "2024-07-05T15:00:00Z"]


def test_the_map_that_the_manual_prints_is_one(tmp_path: Path) -> None:
    catalog = Catalog.load(seed("catalogue.yaml"))
    text = document("docs/cli.md").text
    begin = text.index("```yaml\nversion: 1\nformat: csv") + len("```yaml\n")
    printed = text[begin : text.index("```", begin)]

    found = load(put(tmp_path / "map.yaml", printed), catalog, regions=("eu",))

    assert found.where is not None
    assert found.inherit is not None
