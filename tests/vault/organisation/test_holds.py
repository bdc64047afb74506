"""Holds and restriction: what is kept as it is, and what may not be used."""

import pytest
from houses import CASE, HISTORY, IDEA, PROFILE, Scenario, caring
from ordering import kinds_in
from reaching import WHY, care, refusal, rows_in

from kit.errors import NotFound, Refused
from vault import Ticket


@pytest.fixture
def scenario(scenario: Scenario) -> Scenario:
    scenario.customer("ada")
    return scenario


def test_a_held_record_is_not_changed_until_the_last_hold_is_lifted(
    scenario: Scenario,
) -> None:
    written, other = scenario.profile("ada"), scenario.idea("ada")
    holds, intake = care(scenario).holds, scenario.house.intake
    one = holds.set(caring("ann"), "ada", record=written.record, reason=WHY)
    all_ = holds.set(caring("ann"), "ada", reason=WHY)
    values = PROFILE | {"name": "Ada Other"}
    for held, new in ((written, values), (other, IDEA)):
        with refusal("hold.frozen"):
            intake.update(HISTORY, "ada", held.record, new, version=1)
    holds.lift(caring("ben"), "ada", all_.hold_id, reason="settled")
    with refusal("hold.frozen"):
        intake.update(HISTORY, "ada", written.record, values, version=1)
    holds.lift(caring("ben"), "ada", one.hold_id, reason="settled")
    assert intake.update(HISTORY, "ada", written.record, values, version=1).version == 2
    assert holds.of("ada") == ()


def test_a_hold_that_was_lifted_is_lifted_once_however_often_it_is_said(
    scenario: Scenario,
) -> None:
    held = care(scenario).holds.set(caring("ann"), "ada", reason=WHY)
    for _ in range(2):
        care(scenario).holds.lift(caring("ben"), "ada", held.hold_id, reason="settled")
    acts = scenario.house.vault.reach.acts.of(scenario.subject("ada"))
    assert [each.kind for each in acts].count("hold.lifted") == 1
    with pytest.raises(NotFound):
        care(scenario).holds.lift(caring("ben"), "ada", bytes(16), reason="settled")


def test_what_comes_in_under_a_hold_on_everything_is_held_too(
    scenario: Scenario,
) -> None:
    held = care(scenario).holds.set(caring("ann"), "ada", reason=WHY)
    written = scenario.profile("ada")
    with refusal("hold.frozen"):
        scenario.house.intake.update(HISTORY, "ada", written.record, PROFILE, version=1)
    assert scenario.read(CASE, "ada", written).version == 1
    care(scenario).holds.lift(caring("ben"), "ada", held.hold_id, reason="settled")
    scenario.house.intake.update(HISTORY, "ada", written.record, PROFILE, version=1)


def test_a_hold_is_on_a_record_that_is_there(scenario: Scenario) -> None:
    scenario.customer("bob")
    written = scenario.profile("bob")
    with pytest.raises(NotFound):
        care(scenario).holds.set(
            caring("ann"), "ada", record=written.record, reason=WHY
        )


@pytest.mark.parametrize("whole", [True, False])
def test_an_erasure_is_refused_whole_while_a_hold_stands(
    scenario: Scenario, *, whole: bool
) -> None:
    written, subject = scenario.profile("ada"), scenario.subject("ada")
    record = None if whole else written.record
    hold = care(scenario).holds.set(caring("ann"), "ada", record=record, reason=WHY)
    with refusal("hold.erasure") as refused:
        scenario.house.erasure.erase(subject)
    assert isinstance(refused.value, Refused)
    assert refused.value.reasons[0].article == "GDPR 17(3)(e); PIPL 47(2)"
    assert refused.value.fix
    assert scenario.read(CASE, "ada", written).values["name"] == "Ada Example"
    assert rows_in(scenario.house.vault_db, "vault_erasure") == 0
    assert "erasure" not in kinds_in(scenario.home)
    care(scenario).holds.lift(caring("ben"), "ada", hold.hold_id, reason="settled")
    scenario.house.erasure.erase(subject)
    with pytest.raises(NotFound):
        care(scenario).holds.set(caring("ann"), "ada", reason=WHY)


def test_a_hold_comes_too_late_for_an_erasure_that_was_ordered(
    scenario: Scenario,
) -> None:
    scenario.profile("ada")
    scenario.house.erasure.order(scenario.subject("ada"), Ticket.draw())
    with refusal("hold.too_late"):
        care(scenario).holds.set(caring("ann"), "ada", reason=WHY)
    assert scenario.house.erasure.resume() == 1


def test_a_restricted_account_is_kept_and_not_used(scenario: Scenario) -> None:
    written, restrictions = scenario.profile("ada"), care(scenario).restrictions
    restrictions.restrict(caring("ann"), "ada", reason=WHY)
    with refusal("state.restricted"):
        scenario.read(CASE, "ada", written)
    own = scenario.house.gate.read(scenario.own("ada"), None, written.record)
    assert own.values["name"] == "Ada Example"
    with refusal("state.unchanged"):
        restrictions.restrict(caring("ann"), "ada", reason=WHY)
    restrictions.lift(caring("ben"), "ada", reason="settled")
    assert scenario.read(CASE, "ada", written).version == 1
    with refusal("state.unchanged"):
        restrictions.lift(caring("ben"), "ada", reason="settled")
