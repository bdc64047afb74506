"""Records are counted by class, as each would be asked about; nothing else leaves."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

import pytest
from bundles import shipped
from clocks import ManualClock
from houses import lived_in
from populations import Population, populate

from kit.canonical import canonical
from pdp.decision.question import Kind
from vault import Principal, Question

AUDITOR = Principal(Kind.AUDITOR, "ada")


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Population]:
    home = tmp_path_factory.mktemp("observed") / "home"
    with lived_in(home, ManualClock()) as scenario:
        yield populate(scenario, people=60, seed=5)


@pytest.mark.parametrize("later", [0, 86_400, 500 * 86_400])
@pytest.mark.parametrize("purpose", [*shipped().tables["purposes"], "not.yet"])
def test_each_record_is_counted_in_the_class_that_it_is_asked_about_in(
    population: Population, purpose: str, later: int
) -> None:
    scenario, question = population.scenario, Question(AUDITOR, purpose)
    before = scenario.clock.at
    scenario.clock.advance(seconds=later)
    try:
        each = population.held.values()
        expected = Counter(population.resource(held, question) for held in each)
        cells = list(scenario.house.vault.observed.cells(purpose))
    finally:
        scenario.clock.at = before

    assert {cell.resource: cell.records for cell in cells} == expected
    assert len(cells) == len(expected)


def test_what_is_counted_names_nobody(population: Population) -> None:
    cells = population.scenario.house.vault.observed.cells("support.case")
    written = b"".join(canonical(asdict(cell)) for cell in cells)

    for held in population.held.values():
        assert held.person.name.encode() not in written
        assert held.record.hex().encode() not in written


def test_an_empty_vault_holds_no_class(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = tmp_path_factory.mktemp("empty") / "home"
    with lived_in(home, ManualClock()) as scenario:
        assert list(scenario.house.vault.observed.cells("support.case")) == []
