"""A line is one record in whatever copy of a file it comes, and told if it differs."""

from pathlib import Path
from typing import Any

import pytest
from houses import CASE, HISTORY, Scenario, caring
from import_files import codes, put, run

from vault import BatchEntry, Item, Question
from vault.imports.imports import Imports
from vault.imports.input_files import fingerprint
from vault.intake.lots import MOST_ITEMS

DAY_1 = "id,day,n,amount\nc1,2024-01-05,1,10.00\nc2,2024-01-07,1,12.00\n"
DAY_2 = DAY_1 + "c3,2024-01-08,1,13.00\n"
BY_LINE = """\
version: 1
format: csv
header: true
customer: {columns: [id], region: eu, minor: "no"}
records:
  purchase:
    fields:
      date: {column: day, type: date}
      quantity: {column: n, type: integer}
      amount: {column: amount, type: decimal}
"""
BY_DAY = BY_LINE.replace("    fields:", "    id: [day]\n    fields:")
REPLACING = BY_DAY.replace("    fields:", "    on_change: replace\n    fields:")
PROFILES = """\
version: 1
format: csv
header: true
customer: {columns: [id], region: eu, minor: "no"}
records:
  profile:
    each: customer
    fields:
      name: {column: name}
      email: {column: email}
"""
RENEWING = PROFILES.replace("    fields:", "    on_change: replace\n    fields:")
OLD = "id,name,email\nu1,Ann Old,ann@example.org\n"
NEW = "id,name,email\nu1,Ann New,ann.new@example.org\n"


@pytest.fixture
def imports(scenario: Scenario) -> Imports:
    return scenario.house.imports


def held(
    scenario: Scenario, name: str, collection: str = "purchase"
) -> list[dict[str, Any]]:
    question = Question(CASE.principal, "support.case")
    page = scenario.house.gate.list_records(question, name, collection)
    return sorted((dict(item.values) for item in page.items), key=str)


@pytest.mark.parametrize("map_", [BY_LINE, BY_DAY], ids=["by line", "by id"])
def test_a_longer_or_converted_copy_of_a_file_writes_only_what_is_new(
    scenario: Scenario, imports: Imports, tmp_path: Path, map_: str
) -> None:
    assert run(imports, tmp_path, DAY_1, map_).written == 2
    longer = run(imports, tmp_path, DAY_2, map_)
    crlf = run(imports, tmp_path, DAY_2.replace("\n", "\r\n"), map_)
    quoted = run(imports, tmp_path, DAY_2.replace("c1", '"c1"'), map_)

    assert (longer.written, longer.already, longer.refused) == (1, 2, 0)
    for copy in (crlf, quoted):
        assert (copy.written, copy.already, copy.refused) == (0, 3, 0)
    assert [len(held(scenario, name)) for name in ("c1", "c2", "c3")] == [1, 1, 1]


def test_a_copy_in_another_encoding_is_the_same_lines(
    imports: Imports, tmp_path: Path
) -> None:
    content = "id,name,email\nu1,Ren\u00e9e,\n"
    run(imports, tmp_path, content, PROFILES)
    western = PROFILES.replace("format: csv", "format: csv\nencoding: cp1252")
    report = run(imports, tmp_path, content.encode("cp1252"), western)
    assert (report.written, report.already, report.refused) == (0, 1, 0)


def test_what_an_older_program_wrote_is_found_by_how_it_counted_lines(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    """A carriage return ended no line then, so that c2's was the third."""
    content = DAY_1.replace("1,10.00", '1,"10.00\r"')
    run(imports, tmp_path, "id,day,n,amount\nc2,2024-01-03,1,1\n", BY_LINE)
    plan = imports.read_map(tmp_path / "map.yaml")
    file = fingerprint(put(tmp_path / "file", content))
    keys = imports._keys
    key = keys.earlier(plan.records[0], "c2", file, 3)
    values = {"date": "2024-01-07", "quantity": 1, "amount": 12.0}
    item = Item("purchase", values, key)
    scenario.house.intake.put_batch(HISTORY, [BatchEntry(scenario.subject("c2"), item)])

    report = imports.run(HISTORY, plan, tmp_path / "file")
    assert (report.lines, report.written, report.already) == (4, 2, 1)


def test_one_more_of_the_same_line_is_one_more_record(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    line = "c1,2024-01-05,1,10.00\n"
    run(imports, tmp_path, DAY_1 + line, BY_LINE)
    report = run(imports, tmp_path, DAY_1 + line + line, BY_LINE)
    assert (report.written, report.already) == (1, 3)
    assert len(held(scenario, "c1")) == 3


def test_the_same_line_of_two_customers_is_a_record_of_each(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    both = DAY_1.replace("c2,2024-01-07,1,12.00", "c2,2024-01-05,1,10.00")
    assert run(imports, tmp_path, both, BY_DAY).written == 2
    assert held(scenario, "c1") == held(scenario, "c2") != []


def test_a_column_that_no_record_takes_makes_no_other_line(
    imports: Imports, tmp_path: Path
) -> None:
    more = DAY_1.replace("amount\n", "amount,exported at\n").replace(
        "00\n", "00,8 am\n"
    )
    run(imports, tmp_path, more, BY_LINE)
    report = run(imports, tmp_path, more.replace("8 am", "9 am"), BY_LINE)
    assert (report.written, report.already) == (0, 2)


def test_a_corrected_line_is_a_second_record_unless_the_map_names_it(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    corrected = DAY_1.replace("10.00", "11.00")
    run(imports, tmp_path, DAY_1, BY_LINE)
    assert run(imports, tmp_path, corrected, BY_LINE).written == 1
    assert len(held(scenario, "c1")) == 2


def test_a_corrected_line_that_is_named_is_refused_or_replaces(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    corrected = DAY_1.replace("10.00", "11.00")
    run(imports, tmp_path, DAY_1, BY_DAY)
    refused = run(imports, tmp_path, corrected, BY_DAY)
    assert codes(refused) == [(2, "record.differs", "")]
    assert [each["amount"] for each in held(scenario, "c1")] == [10.0]

    replaced = run(imports, tmp_path, corrected, REPLACING)
    assert (replaced.done.records_replaced, replaced.refused) == (1, 0)
    assert (replaced.written, replaced.already) == (1, 1)
    assert [each["amount"] for each in held(scenario, "c1")] == [11.0]
    again = run(imports, tmp_path, corrected, REPLACING)
    assert (again.written, again.already) == (0, 2)
    assert codes(run(imports, tmp_path, DAY_1, BY_DAY)) == [(2, "record.differs", "")]


def test_one_name_that_says_two_things_in_a_file_is_not_decided_by_their_order(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    twice = DAY_1 + "c1,2024-01-05,1,10.00\nc1,2024-01-05,1,99.00\n"
    for _ in range(2):
        report = run(imports, tmp_path, twice, REPLACING)
        assert codes(report) == [(5, "id.repeated", "")]
        assert report.skipped == 2  # the header, and the line that says it again
    assert report.already == 2
    assert [each["amount"] for each in held(scenario, "c1")] == [10.0]


def test_a_line_without_its_name_is_refused(imports: Imports, tmp_path: Path) -> None:
    nameless = BY_LINE.replace("    fields:", "    id: [order]\n    fields:")
    content = DAY_1.replace("amount\n", "amount,order\n").replace("00\n", "00,\n", 1)
    report = run(imports, tmp_path, content.replace("12.00", "12.00,7"), nameless)
    assert codes(report) == [(2, "id.missing", "")]
    assert report.written == 1


def test_an_id_in_json_is_a_text_or_its_digits(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    map_ = BY_LINE.replace("csv\nheader: true", "jsonl").replace(
        "    fields:", "    id: [order]\n    fields:"
    )
    rest = '"id": "c1", "day": "2024-01-05", "n": 1, "amount": 10'
    orders = ["7", '"7"', '{"a": 1}', "[7]", "true", "7.0"]
    content = "".join(f'{{{rest}, "order": {each}}}\n' for each in orders)
    report = run(imports, tmp_path, content, map_)
    assert codes(report) == [(line, "id.unfit", "") for line in (3, 4, 5, 6)]
    assert (report.written, report.skipped) == (1, 1)
    assert len(held(scenario, "c1")) == 1


@pytest.mark.parametrize("map_", [PROFILES, RENEWING], ids=["refuse", "replace"])
@pytest.mark.parametrize("between", [0, MOST_ITEMS], ids=["near", "far"])
def test_a_customers_first_line_stands_wherever_the_others_are(
    scenario: Scenario, imports: Imports, tmp_path: Path, map_: str, between: int
) -> None:
    others = "".join(f"k{n},K{n},\n" for n in range(between))
    content = f"id,name,email\nb0,First,\n{others}b0,Second,\n"
    report = run(imports, tmp_path, content, map_)
    assert (report.written, report.skipped, report.refused) == (between + 1, 2, 0)
    assert held(scenario, "b0", "profile") == [{"name": "First"}]


def test_the_first_line_that_fits_is_the_one_that_counts(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    content = "id,name,email\nb0,,b@example.org\nb0,Second,\nb0,Third,\n"
    report = run(imports, tmp_path, content, PROFILES)
    assert codes(report) == [(2, "record.invalid", "name")]
    assert held(scenario, "b0", "profile") == [{"name": "Second"}]


def test_a_changed_profile_is_refused_or_takes_the_place_as_the_map_says(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    run(imports, tmp_path, OLD, PROFILES)
    assert codes(run(imports, tmp_path, NEW, PROFILES)) == [(2, "record.differs", "")]
    report = run(imports, tmp_path, NEW, RENEWING)
    assert (report.written, report.done.records_replaced) == (1, 1)
    assert held(scenario, "u1", "profile")[0]["name"] == "Ann New"


def test_what_a_person_corrected_is_not_undone_by_a_file(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    run(imports, tmp_path, OLD, RENEWING)
    page = scenario.house.gate.list_records(CASE, "u1", "profile")
    record = page.items[0].record
    scenario.house.vault.righting.rectification.correct_own(
        scenario.own("u1"), record, {"name": "Anna"}
    )
    same = run(imports, tmp_path, OLD, RENEWING)
    assert (same.already, same.refused) == (1, 0)
    report = run(imports, tmp_path, NEW, RENEWING)
    assert codes(report) == [(2, "record.changed", "")]
    assert held(scenario, "u1", "profile")[0]["name"] == "Anna"


def test_what_is_held_is_not_replaced(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    run(imports, tmp_path, DAY_1, REPLACING)
    page = scenario.house.gate.list_records(CASE, "c1", "purchase")
    scenario.house.vault.reach.holds.set(
        caring("ann"), "c1", record=page.items[0].record, reason="a lawsuit"
    )
    report = run(imports, tmp_path, DAY_1.replace("10.00", "11.00"), REPLACING)
    assert codes(report) == [(2, "hold.frozen", "")]
    assert [each["amount"] for each in held(scenario, "c1")] == [10.0]


def test_a_contribution_is_not_replaced_by_a_file(
    scenario: Scenario, imports: Imports, tmp_path: Path
) -> None:
    ideas = (
        "version: 1\nformat: csv\nheader: true\n"
        'customer: {columns: [id], region: eu, minor: "no"}\nrecords:\n  idea:\n'
        "    id: [n]\n    on_change: replace\n    fields:\n"
        "      title: {column: title}\n      text: {column: text}\n"
    )
    content = "id,n,title,text\nada,1,A lamp,of paper\n"
    run(imports, tmp_path, content, ideas)
    report = run(imports, tmp_path, content.replace("paper", "glass"), ideas)
    assert codes(report) == [(2, "contribution.author", "")]
    assert held(scenario, "ada", "idea")[0]["text"] == "of paper"
