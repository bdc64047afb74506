"""The policies in force: switched whole, between two readings."""

import pytest
from engines import FakeEngine
from houses import CASE, Scenario

from pdp.decision.decider import Pdp
from vault._internal.sqlite import records
from vault.gate.policies import InForce, Policies

OTHER = "f" * 64


def other(scenario: Scenario, engine: FakeEngine) -> InForce:
    now = scenario.house.policies.current
    return InForce(now.bundle, now.purposes, Pdp(engine, engine.loaded), now.languages)


def revisions(scenario: Scenario) -> list[str]:
    return [event.revision for event in scenario.reads()]


def test_a_question_after_the_switch_is_decided_by_the_other_revision(
    scenario: Scenario,
) -> None:
    scenario.customer()
    written = scenario.profile()
    first = scenario.house.bundle.digest
    scenario.read(CASE, "ada", written)
    scenario.house.policies.switch(other(scenario, FakeEngine(revision=OTHER)))
    scenario.read(CASE, "ada", written)
    assert sorted(revisions(scenario)) == sorted([first, OTHER])


def test_a_scan_ends_under_the_revision_that_it_began_with(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "PAGE", 1)
    for name in ("ada", "bob"):
        scenario.customer(name)
        scenario.profile(name)
    pages = scenario.house.gate.scan(CASE, "profile")
    first = next(pages)
    scenario.house.policies.switch(other(scenario, FakeEngine(revision=OTHER)))
    (second,) = pages
    masks = {"phone": "last4"}
    assert first.items[0].masks == second.items[0].masks == masks


def test_going_back_to_a_revision_asks_the_engine_that_is_open(
    scenario: Scenario,
) -> None:
    scenario.customer()
    written = scenario.profile()
    engines = [FakeEngine(revision=OTHER) for _ in range(2)]
    for engine in engines:
        scenario.house.policies.switch(other(scenario, engine))
        scenario.read(CASE, "ada", written)
    assert [engine.asked for engine in engines] == [[1], [1]]


def test_the_engine_before_stays_open_until_the_next_switch(scenario: Scenario) -> None:
    engines = [FakeEngine(revision=str(number)) for number in range(3)]
    first, *rest = (other(scenario, engine) for engine in engines)
    policies = Policies(first)
    closed = []
    for each in rest:
        policies.switch(each)
        closed.append([engine.closed for engine in engines])
    policies.close()
    assert closed == [[False] * 3, [True, False, False]]
    assert all(engine.closed for engine in engines)
