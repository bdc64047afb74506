"""What a change comes to in records, against asking about every single record."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from bundles import changed
from clocks import ManualClock
from few_policies import altered, few
from houses import lived_in
from populations import Population, populate

from pdp.bundle.bundle import Bundle
from pdp.change.callers import REACHES, PurposeQuestion
from pdp.change.comparison import Pair
from pdp.change.impact import Impact, Shift, impact
from pdp.decision.port import ClassCount
from pdp.decision.question import Action, Caller, Kind, Reach, ResourceClass
from vault import Principal, Question

AUDITOR = Principal(Kind.AUDITOR, "ada")


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Population]:
    home = tmp_path_factory.mktemp("impact") / "home"
    with lived_in(home, ManualClock()) as scenario:
        yield populate(scenario, people=12, seed=3)


def mask(tables: dict[str, Any]) -> None:
    tables["masks"]["support"]["contact"] = "clear"


def role(tables: dict[str, Any]) -> None:
    tables["purposes"]["support.case"]["roles"].append("marketing")


def purpose(tables: dict[str, Any]) -> None:
    tables["purposes"]["marketing.email"]["minors"] = "open"


def residency(tables: dict[str, Any]) -> None:
    tables["residency"]["cn"].append("eu")


CONSENT = changed(
    "legal/consent.rego",
    'input.resource.consent == "withdrawn"',
    'input.resource.consent == "granted"',
    bundle=few(),
)
CHANGES: Mapping[str, tuple[Bundle, str]] = {
    "a mask": (altered(mask), "support.case"),
    "a role": (altered(role), "support.case"),
    "a purpose": (altered(purpose), "marketing.email"),
    "residency": (altered(residency), "support.case"),
    "a rule about consent": (CONSENT, "marketing.email"),
}


def callers(bundle: Bundle, name: str) -> Iterator[tuple[str, Caller, Reach]]:
    """Give all who can be let in by this purpose's row, from everywhere."""
    tables = bundle.tables
    for each in tables["purposes"][name]["roles"]:
        for kind, region in product(
            tables["roles"][each]["kinds"], tables["residency"]
        ):
            for reach in REACHES[Kind(kind)]:
                yield each, Caller(Kind(kind), (each,), region, 1), reach


Found = dict[tuple[str, str, str, str], int]


def by_the_record(population: Population, old: Bundle, new: Bundle, name: str) -> Found:
    """Ask about every record for everybody, and count each difference's records."""
    held = population.held.values()
    resources = [population.resource(each, Question(AUDITOR, name)) for each in held]
    views = {*callers(old, name), *callers(new, name)}
    places: defaultdict[tuple[str, str, str, str], set[int]] = defaultdict(set)
    with Pair(old, new) as pair:
        for (who, caller, reach), action in product(views, Action):
            near = [replace(each, reach=reach) for each in resources]
            asked = [PurposeQuestion(name, action, caller, each) for each in near]
            for place, (before, after) in enumerate(pair.decide(asked)):
                if before.allow != after.allow:
                    places[who, "records", word(before), word(after)].add(place)
                for each in {*before.masks, *after.masks}:
                    cells = (before.masks.get(each), after.masks.get(each))
                    if cells[0] != cells[1]:
                        masks = [cell or "drop" for cell in cells]
                        places[who, each, masks[0], masks[1]].add(place)
    return {key: len(found) for key, found in places.items()}


def word(decision: Any) -> str:
    return "allowed" if decision.allow else "refused"


def by_the_class(found: Impact, name: str) -> Found:
    return {
        (shift.role, shift.what, shift.before, shift.after): shift.records
        for shift in found.shifts
        if shift.purpose == name
    }


@pytest.mark.parametrize(
    "change",
    [
        "a mask",
        *(pytest.param(each, marks=pytest.mark.slow) for each in [*CHANGES][1:]),
    ],
)
def test_a_change_comes_to_the_records_that_it_changes(
    population: Population, change: str
) -> None:
    new, name = CHANGES[change]
    found = impact(few(), new, population.scenario.house.vault.observed)
    expected = by_the_record(population, few(), new, name)

    assert by_the_class(found, name) == expected
    assert sum(expected.values()) > 0


def test_a_bundle_changes_nothing_in_itself(population: Population) -> None:
    found = impact(few(), few(), population.scenario.house.vault.observed)

    assert (found.shifts, found.totals, found.widens) == ((), (), False)
    assert found.lines() == ["no record would be shown to anybody otherwise than now"]


def mirrored(shift: Shift) -> Shift:
    return replace(shift, before=shift.after, after=shift.before, gain=not shift.gain)


def in_order(shifts: Sequence[Shift]) -> list[Shift]:
    return sorted(shifts, key=lambda it: (it.purpose, it.role, it.what, it.before))


@pytest.mark.slow
def test_there_and_back_are_mirror_images(population: Population) -> None:
    observed = population.scenario.house.vault.observed
    new, _ = CHANGES["a role"]
    there, back = impact(few(), new, observed), impact(new, few(), observed)

    assert in_order(there.shifts) == in_order([mirrored(it) for it in back.shifts])
    assert [it.gained for it in there.totals] == [it.lost for it in back.totals]
    assert there.widens
    assert not back.widens


CELL = ResourceClass("profile", ("contact", "identity"), Reach.NONE, "eu")


class Counted:
    """Counts that a test makes up."""

    def __init__(self, **facts: Any) -> None:
        self.cells_of = {
            "support.case": [ClassCount(replace(CELL, **facts), 8_210)],
            "marketing.email": [],
        }

    def cells(self, name: str) -> list[ClassCount]:
        return self.cells_of.get(name, [])


def said(change: Callable[[dict[str, Any]], None], **facts: Any) -> list[str]:
    return impact(few(), altered(change), Counted(**facts)).lines()


def test_it_is_said_in_words() -> None:
    who = "service or staff, to read, search, verify, write, from eu, uk"
    assert said(mask, basis="contract") == [
        "support.case: the same records, shown otherwise",
        f"  contact: last4 -> clear for support (8,210 records); {who}",
    ]
    assert said(lambda it: it["purposes"].pop("support.case"), basis="contract") == [
        "support.case: -8,210 records",
        f"  contact: last4 -> not shown for support (8,210 records); {who}",
        f"  identity: clear -> not shown for support (8,210 records); {who}",
        f"  -8,210 records for support; {who}",
    ]


def test_a_purpose_that_is_new_is_counted_too() -> None:
    def add(tables: dict[str, Any]) -> None:
        row = tables["purposes"]["support.case"]
        tables["purposes"]["support.survey"] = {**row, "actions": ["read"]}

    observed = Counted()
    observed.cells_of["support.survey"] = [
        ClassCount(replace(CELL, basis="contract"), 7)
    ]
    found = impact(few(), altered(add), observed)

    assert [(it.purpose, it.gained) for it in found.totals] == [("support.survey", 7)]
    assert Counter(it.gain for it in found.shifts) == {True: 3}
