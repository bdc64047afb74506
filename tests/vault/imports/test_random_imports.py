"""Random tables through the real import: every line counted, nothing but the table."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from clocks import ManualClock
from houses import CASE, HISTORY, Scenario, lived_in
from hypothesis import given, settings
from hypothesis import strategies as st
from import_files import put
from random_tables import Dialect, Entry, Found, Written, dialects, files, tables
from random_tables import written as write

from vault import Question
from vault.imports.import_report import ImportReport

MAP: Final = """\
version: 1
{options}customer: {{columns: [id], region: eu, minor: "no"}}
records:
  ticket:
    fields:
      subject: {{column: subject}}
      text: {{column: text}}
"""
NOT_IN_A_SUBJECT: Final = "\t\u2028"

_examples = count(1)


class Examples:
    """A house of which every example is about customers of its own."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self._scenario = scenario
        self._folder = folder

    def run(self, file: Written) -> ImportReport:
        imports = self._scenario.house.imports
        options = file.dialect.map_options
        map_ = put(self._folder / "map.yaml", MAP.format(options=options))
        path = put(self._folder / "file", file.data)
        return imports.run(HISTORY, imports.read_map(map_), path)

    def held(self, customer: str) -> Counter[tuple[str, str, str]]:
        """Give what is held of a customer; nothing if nobody is known by the name."""
        if self._scenario.house.customers.subject_of(customer) is None:
            return Counter()
        question = Question(CASE.principal, "support.case")
        page = self._scenario.house.gate.list_records(question, customer, "ticket")
        values = [each.values for each in page.items]
        return Counter((customer, each["subject"], each["text"]) for each in values)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Examples]:
    folder = tmp_path_factory.mktemp("imports")
    with lived_in(folder / "home", ManualClock()) as scenario:
        yield Examples(scenario, folder)


def names() -> tuple[str, ...]:
    example = next(_examples)
    return tuple(f"e{example}{name}" for name in ("ada", "bob", "victim"))


def fits(found: Found) -> bool:
    """Tell whether the catalogue takes a line of the table."""
    subject, text = (each.strip() for each in found.cells[1:])
    return bool(subject and text) and not set(subject) & set(NOT_IN_A_SUBJECT)


def lines(found: Iterable[Found]) -> int:
    return sum(each.last - each.first + 1 for each in found)


def account(report: ImportReport) -> tuple[int, int, int, int]:
    assert report.lines == report.done.lines
    return report.written, report.already, report.refused, report.skipped


def again(file: Written) -> Written:
    """Write the table in another dialect, and nothing else."""
    plain = Dialect(
        *("utf-8", "utf-8", b"", "", ",", '"', "\n", (), True, False, True),
        file.dialect.customers,
    )
    return write(plain, [Entry(each.cells) for each in file.found if each.cells])


def holds(house: Examples, file: Written) -> None:
    good = [each for each in file.found if each.cells and fits(each)]
    skipped = [each for each in file.found if each.skipped]
    bad = lines(file.found) - lines(good) - lines(skipped)

    first, second = house.run(file), house.run(file)
    assert account(first) == (lines(good), 0, bad, lines(skipped))
    assert account(second) == (0, lines(good), bad, lines(skipped))

    table = Counter(
        (who, a.strip(), b.strip()) for who, a, b in (r.cells for r in good)
    )
    held = sum(map(house.held, file.dialect.customers), Counter[tuple[str, str, str]]())
    assert held == table
    assert not house.held(file.dialect.customers[-1])

    copy = again(file)
    assert house.run(copy).written == 0
    assert sum(map(house.held, file.dialect.customers), type(held)()) == table


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_what_is_written_is_the_table_and_a_second_import_writes_nothing(
    house: Examples, data: st.DataObject
) -> None:
    dialect = data.draw(dialects(names()))
    holds(house, data.draw(files(dialect, data.draw(tables(dialect)))))


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_many_tables_are_written_as_they_stand_and_once(
    house: Examples, data: st.DataObject
) -> None:
    dialect = data.draw(dialects(names()))
    holds(house, data.draw(files(dialect, data.draw(tables(dialect)))))
