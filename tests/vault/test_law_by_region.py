"""What the law of a customer's region says, as a read shows it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from clocks import ManualClock
from houses import Scenario, caring, lived_in
from reaching import KIM
from recatalogued import recatalogued

from kit.errors import Refused
from vault import Question

HELD = "{basis: legitimate_interests, condition: 9(2)(f)}"


def claims(scenario: Scenario, name: str) -> Question:
    """Let counsel look after a customer, and ask for a legal claim."""
    subject = scenario.house.customers.subject_of(name)
    assert subject is not None
    region = scenario.house.customers.standing(subject).region
    until = scenario.clock.now() + timedelta(days=1)
    officer = caring("ann")
    near = replace(officer, principal=replace(officer.principal, region=region))
    scenario.house.vault.reach.assignments.assign(near, name, staff="kim", until=until)
    counsel = replace(KIM, roles=("legal",), assurance=2, region=region)
    return Question(counsel, "legal.claims")


def told(scenario: Scenario, name: str = "ada") -> bytes:
    return scenario.put(
        name, "ticket", {"subject": "A", "text": "B", "health": "nickel"}
    ).record


def test_special_categories_are_seen_under_the_condition_of_the_catalogue(
    scenario: Scenario,
) -> None:
    scenario.customer()
    shown = scenario.house.gate.read(claims(scenario, "ada"), "ada", told(scenario))

    assert shown.values["health"] == "nickel"


def test_without_a_condition_they_are_left_out(
    tmp_path: Path, clock: ManualClock
) -> None:
    path = tmp_path / "home"
    with lived_in(path, clock) as scenario:
        scenario.customer()
        record = told(scenario)
        assert (
            "health"
            in scenario.house.gate.read(claims(scenario, "ada"), "ada", record).values
        )
    bare = (HELD, "legitimate_interests")
    with recatalogued(path, clock, bare) as scenario:
        shown = scenario.house.gate.read(claims(scenario, "ada"), "ada", record)

    assert "health" not in shown.values
    assert shown.values["subject"] == "A"


def test_legitimate_interests_do_not_open_what_the_pipl_keeps_closed(
    scenario: Scenario,
) -> None:
    scenario.customer("mei", region="cn")
    ticket = scenario.put("mei", "ticket", {"subject": "A", "text": "B"})
    with pytest.raises(Refused) as refused:
        scenario.house.gate.read(claims(scenario, "mei"), "mei", ticket.record)

    assert [each.code for each in refused.value.reasons] == ["basis.region"]
    assert "PIPL 13" in refused.value.reasons[0].article


def test_special_categories_are_not_taken_without_the_separate_consent_of_the_pipl(
    scenario: Scenario,
) -> None:
    scenario.customer("mei", region="cn")
    with pytest.raises(Refused) as refused:
        told(scenario, "mei")

    assert [each.code for each in refused.value.reasons] == ["purpose.write"]
