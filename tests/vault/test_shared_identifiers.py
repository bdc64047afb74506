"""A household's telephone is several people's, where the catalogue says so.

The shipped catalogue shares telephones, and gives each customer a mailbox of their own.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from bundles import shipped
from callers import Callers, calling
from clocks import ManualClock
from commands import allod
from engines import FakeEngine, allowing
from houses import CAMPAIGN, CASE, Scenario, caring, lived_in, opened
from import_files import codes, run
from reaching import care, refusal, soon
from recatalogued import accept, rewrite

from kit.errors import NotFound, TooMany
from pdp.decision.port import EngineAnswer
from pdp.decision.question import Kind
from server.cli.console import ExitCode
from vault import Item, Principal, Question
from vault.gate.lookups import MAX_FOUND

PHONE = "+49 30 5550150"
UNIQUE = "phone: {type: phone, class: contact, corrected"
SHARED = UNIQUE.replace(", corrected", ", shared: true, corrected")
MAP = """\
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
      phone: {column: phone}
"""
HOUSEHOLD = f"""\
id,name,email,phone
a1,Ann Doe,doe@example.org,{PHONE}
a2,Ben Doe,ben@example.org,{PHONE}
a3,Cat Doe,doe@example.org,
"""


def _names(scenario: Scenario, value: str = PHONE, field: str = "phone") -> list[str]:
    page = scenario.house.gate.find(CAMPAIGN, "profile", field, value)
    return sorted(str(item.values["name"]) for item in page.items)


def _household(scenario: Scenario, *names: str) -> None:
    for name in names:
        scenario.customer(name)
        values = {"name": name.title(), "email": f"{name}@example.org"}
        scenario.put(name, "profile", values | {"phone": PHONE})
        scenario.grant(name)


def _erase(scenario: Scenario, name: str) -> None:
    scenario.house.erasure.erase(scenario.subject(name))


def test_a_household_is_imported_whole_and_a_second_holder_of_a_mailbox_told_so(
    scenario: Scenario, tmp_path: Path
) -> None:
    report = run(scenario.house.imports, tmp_path, HOUSEHOLD, MAP)
    assert report.written == 2
    assert codes(report) == [(4, "identifier.taken", "email")]
    for name in ("a1", "a2"):
        scenario.grant(name)
    assert _names(scenario) == ["Ann Doe", "Ben Doe"]
    assert _names(scenario, "ben@example.org", "email") == ["Ben Doe"]


def test_a_look_up_gives_all_within_reach_and_says_nothing_of_others(
    scenario: Scenario,
) -> None:
    _household(scenario, "ada", "bob")
    care(scenario).assignments.assign(
        caring("ann"), "ada", staff="kim", until=soon(scenario)
    )
    kim = Principal(Kind.STAFF, "kim", roles=("sales",))
    found = scenario.house.gate.find(
        Question(kim, "sales.offer"), "profile", "phone", PHONE
    )
    assert [item.customer_id for item in found.items] == ["ada"]
    assert (found.withheld, found.reasons) == (0, ())


def test_a_withdrawal_takes_one_of_them_out_of_the_answer_unseen(
    scenario: Scenario,
) -> None:
    _household(scenario, "ada", "bob")
    scenario.withdraw("ada")
    found = scenario.house.gate.find(CAMPAIGN, "profile", "phone", PHONE)
    assert [item.customer_id for item in found.items] == ["bob"]
    assert (found.withheld, found.reasons) == (0, ())


def test_a_look_up_is_bounded_and_says_how_many_it_leaves_out(
    scenario: Scenario,
) -> None:
    _household(scenario, *(f"c{n}" for n in range(MAX_FOUND + 2)))
    found = scenario.house.gate.find(CAMPAIGN, "profile", "phone", PHONE)
    assert len(found.items) == MAX_FOUND
    assert (found.withheld, found.reasons) == (2, ("find.too_many",))


class ByRegion(FakeEngine):
    """Leaves all clear in the EU, and masks contact data elsewhere."""

    def decide(
        self, _: Mapping[str, Any], items: Sequence[Mapping[str, Any]]
    ) -> EngineAnswer:
        masks = [
            {
                name: "clear"
                if each["region"] == "eu" or name != "contact"
                else "last4"
                for name in each["classes"]
            }
            for each in items
        ]
        return EngineAnswer(self.loaded, [allowing(**each) for each in masks])


def test_whoever_verifies_no_more_still_finds_what_is_clear_and_learns_of_no_other(
    tmp_path: Path, clock: ManualClock
) -> None:
    engine = ByRegion(revision=shipped().digest)
    with lived_in(tmp_path / "home", clock, engine) as scenario:
        for name, region in (("ada", "eu"), ("bob", "us")):
            scenario.customer(name, region=region)
            scenario.put(name, "profile", {"name": name, "phone": PHONE})
        find = scenario.house.gate.find
        both = find(CASE, "profile", "phone", PHONE)
        assert sorted(item.customer_id for item in both.items) == ["ada", "bob"]
        for number in range(30):
            with suppress(NotFound, TooMany):
                find(CASE, "profile", "phone", f"+49301{number:06}")
        found = find(CASE, "profile", "phone", PHONE)
        assert [item.customer_id for item in found.items] == ["ada"]
        assert (found.withheld, found.reasons) == (0, ())


def test_the_number_outlives_an_erasure_in_its_household_and_goes_with_the_last(
    scenario: Scenario,
) -> None:
    _household(scenario, "ada", "bob")
    _erase(scenario, "ada")
    assert _names(scenario) == ["Bob"]
    _household(scenario, "cat")
    assert _names(scenario) == ["Bob", "Cat"]
    for name in ("bob", "cat"):
        _erase(scenario, name)
    with pytest.raises(NotFound):
        _names(scenario)
    # Whoever has the number now is somebody else, and is not refused for it.
    _household(scenario, "dan")
    assert _names(scenario) == ["Dan"]


def test_the_erased_of_a_household_do_not_come_back_by_a_repeated_import(
    scenario: Scenario, tmp_path: Path
) -> None:
    run(scenario.house.imports, tmp_path, HOUSEHOLD, MAP)
    _erase(scenario, "a1")
    again = HOUSEHOLD.replace("a1,", "b1,")
    report = run(scenario.house.imports, tmp_path, again, MAP)
    assert (2, "fence.erased", "") in codes(report)
    assert scenario.house.customers.subject_of("a1") is None


@pytest.fixture
async def callers(scenario: Scenario) -> AsyncIterator[Callers]:
    async with calling(scenario) as callers:
        yield callers


async def test_over_the_api_the_field_is_named_that_another_customer_has(
    callers: Callers,
) -> None:
    for name in ("ada", "bob"):
        callers.scenario.customer(name)
    who = callers.service()
    bodies = [
        {"collection": "profile", "purpose": "support.case", "values": values}
        for values in (
            {"name": "Ada", "email": "doe@example.org", "phone": PHONE},
            {"name": "Bob", "email": "doe@example.org", "phone": PHONE},
            {"name": "Bob", "phone": PHONE},
        )
    ]
    first, taken, kept = [
        await callers.send("POST", f"/v1/customers/{name}/records", who, body, key)
        for name, body, key in zip(("ada", "bob", "bob"), bodies, "123", strict=True)
    ]
    assert (first.status_code, kept.status_code) == (201, 201)
    assert (taken.status_code, taken.json()["code"]) == (409, "identifier.taken")
    assert [fault["pointer"] for fault in taken.json()["faults"]] == ["/email"]
    assert "doe@example.org" not in taken.text


def test_a_shared_field_becomes_unique_only_when_it_is_so_and_back_at_any_time(
    tmp_path: Path, clock: ManualClock
) -> None:
    home = tmp_path / "home"
    with lived_in(home, clock) as scenario:
        _household(scenario, "ada", "bob")
    rewrite(home, (SHARED, UNIQUE))
    ran = allod("catalogue", "accept", "--home", home, "--yes")
    assert ran.code != ExitCode.OK
    assert "1 values of profile.phone are several customers'" in ran.err
    assert PHONE not in ran.out + ran.err
    rewrite(home, (UNIQUE, SHARED))
    with opened(home, clock) as scenario:
        _erase(scenario, "bob")
    rewrite(home, (SHARED, UNIQUE))
    accept(home, clock)
    with opened(home, clock) as scenario:
        scenario.customer("cat")
        item = Item("profile", {"name": "Cat", "phone": PHONE}, "cat-1")
        with refusal("identifier.taken"):
            scenario.house.intake.put(scenario.history("cat"), "cat", item)
    rewrite(home, (UNIQUE, SHARED))
    accept(home, clock)
    with opened(home, clock) as scenario:
        _household(scenario, "dan")
        assert _names(scenario) == ["Ada", "Dan"]
