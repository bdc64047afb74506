"""A file that says what holds for several lines on the first of them alone."""

from pathlib import Path

import pytest
from houses import HISTORY, Scenario
from import_files import PURCHASES, codes, put, run

from kit.errors import NotFound
from vault.intake.lots import MOST_ITEMS

ORDERS = PURCHASES.replace(
    "customer:",
    "where: {kind: item}\ninherit: {by: [order], columns: [who, day]}\ncustomer:",
)
HEAD = "order,kind,who,day,pieces,sum\n"


def test_a_line_has_whose_it_is_from_the_line_above_in_its_order(
    scenario: Scenario, tmp_path: Path
) -> None:
    content = HEAD + (
        "1,order,ada,2026-01-02,,\n"
        "1,item,,,1,2.50\n"
        "2,item,bo,2026-01-03,1,3.50\n"
        "2,item,,,2,4.50\n"
        "3,item,,,1,9.99\n"
    )

    report = run(scenario.house.imports, tmp_path, content, ORDERS)

    assert codes(report) == [(6, "customer.missing", "")]
    assert (report.written, report.refused, report.skipped) == (3, 1, 2)
    assert report.customers == 2


def test_nothing_is_inherited_past_a_line_that_cannot_be_read(
    scenario: Scenario, tmp_path: Path
) -> None:
    content = HEAD + (
        "1,item,ada,2026-01-02,1,2.50\n"
        "2,item,bo,2026-01-03,1\n"
        "2,item,,,1,3.50\n"
        "3,item,cy,2026-01-04,1,4.50\n"
    )

    report = run(scenario.house.imports, tmp_path, content, ORDERS)

    assert codes(report) == [(3, "line.columns", ""), (4, "line.inherit", "")]
    assert (report.written, report.refused, report.skipped) == (2, 2, 1)


def test_an_import_that_goes_on_inherits_from_the_lines_before_it(
    scenario: Scenario, tmp_path: Path
) -> None:
    count = MOST_ITEMS + 500
    rest = "".join(f"1,item,,,{at},1.00\n" for at in range(2, count + 1))
    imports = scenario.house.imports
    plan = imports.read_map(put(tmp_path / "map.yaml", ORDERS))
    file = put(tmp_path / "file", f"{HEAD}1,item,ada,2026-01-02,1,1.00\n{rest}")

    def stop(_: int, __: int) -> None:
        raise NotFound("stopped behind the first lot")

    with pytest.raises(NotFound):
        imports.run(HISTORY, plan, file, progress=stop)
    report = imports.run(HISTORY, plan, file)

    assert 0 < report.resumed_at < count
    assert (report.written, report.refused, report.customers) == (count, 0, 1)
