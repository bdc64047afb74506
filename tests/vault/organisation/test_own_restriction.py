"""A restriction by the customer: what it stops, and who may lift it (GDPR 18)."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from clocks import ManualClock
from houses import CASE, Scenario, caring
from ordering import kinds_in
from reaching import WHY, care, refusal
from restoring import people, restored

from kit.db import raw
from kit.errors import AllodError, Conflict, NotFound, Refused
from vault import WriteResult
from vault.organisation.restricted import Restriction, RestrictionGround


def claim(
    scenario: Scenario, ground: RestrictionGround = RestrictionGround.ACCURACY
) -> Restriction:
    with scenario.house.vault_db.write() as session:
        return care(scenario).restrictions.claim(
            session, scenario.subject("ada"), ground
        )


def release(scenario: Scenario) -> Restriction:
    with scenario.house.vault_db.write() as session:
        return care(scenario).restrictions.release(session, scenario.subject("ada"))


def is_used(scenario: Scenario, written: WriteResult) -> bool:
    try:
        scenario.read(CASE, "ada", written)
    except Refused:
        return False
    return True


@pytest.fixture
def written(scenario: Scenario) -> WriteResult:
    scenario.customer()
    return scenario.profile()


@pytest.mark.parametrize("ground", list(RestrictionGround))
def test_what_a_customer_restricts_is_kept_and_not_used(
    scenario: Scenario, written: WriteResult, ground: RestrictionGround
) -> None:
    found = claim(scenario, ground)
    assert [each.ground for each in found.claims] == [ground]
    assert not is_used(scenario, written)
    own = scenario.house.gate.read(scenario.own("ada"), None, written.record)
    assert own.values["name"] == "Ada Example"
    assert not release(scenario).stands
    assert is_used(scenario, written)


def test_saying_it_again_adds_nothing_and_another_ground_is_beside_it(
    scenario: Scenario, written: WriteResult
) -> None:
    first = claim(scenario)
    assert claim(scenario) == first
    assert len(claim(scenario, RestrictionGround.CLAIMS).claims) == 2
    assert kinds_in(scenario.home)[-2:] == ["restriction.claimed"] * 2
    release(scenario)
    assert release(scenario).released
    assert kinds_in(scenario.home)[-1] == "restriction.released"
    assert kinds_in(scenario.home).count("restriction.released") == 1
    assert is_used(scenario, written)


def test_nothing_is_lifted_that_was_never_restricted(scenario: Scenario) -> None:
    scenario.customer()
    with pytest.raises(Conflict) as refused:
        release(scenario)
    assert refused.value.reason_code == "restriction.none"


def test_staff_lift_it_only_once_the_customer_was_told(
    scenario: Scenario, written: WriteResult
) -> None:
    claim(scenario)
    lift, day = care(scenario).restrictions.lift, timedelta(days=1)
    with refusal("restriction.customers"):
        lift(caring("ann"), "ada", reason="checked")
    for told in (scenario.clock.now() - day, scenario.clock.now() + day):
        with refusal("invalid"):
            lift(caring("ann"), "ada", reason="checked", told_at=told)
    assert not is_used(scenario, written)
    scenario.clock.advance(hours=1)
    lift(caring("ann"), "ada", reason="checked", told_at=scenario.clock.now())
    assert is_used(scenario, written)
    acts = care(scenario).acts.of(scenario.subject("ada"))
    (lifted,) = [e.document() for e in acts if e.kind == "restriction.released"]
    assert (lifted["by"], lifted["told_at"]) == ("ann", "2026-11-22T13:00:00Z")


def _twice(
    scenario: Scenario, written: WriteResult, *ends: Callable[[Scenario], object]
) -> None:
    claim(scenario)
    care(scenario).restrictions.restrict(caring("ann"), "ada", reason=WHY)
    first, second = ends
    first(scenario)
    assert not is_used(scenario, written)
    second(scenario)
    assert is_used(scenario, written)


def _staff(scenario: Scenario) -> None:
    care(scenario).restrictions.lift(caring("ann"), "ada", reason="done")


@pytest.mark.parametrize("ends", [(_staff, release), (release, _staff)])
def test_each_lifts_their_own_and_while_either_stands_nothing_is_used(
    scenario: Scenario,
    written: WriteResult,
    ends: tuple[Callable[[Scenario], object], ...],
) -> None:
    # Set and lifted within one second, as a program would: no order is read off times.
    for _ in range(3):
        _twice(scenario, written, *ends)
    assert list(scenario.house.vault.rowcheck.findings()) == []


def test_a_restriction_that_was_set_back_by_hand_is_named(
    scenario: Scenario, written: WriteResult
) -> None:
    claim(scenario)
    assert list(scenario.house.vault.rowcheck.findings()) == []
    with scenario.house.vault_db.write() as session:
        raw(session).execute(
            "UPDATE vault_subject SET class_number = (SELECT number FROM"
            " vault_customer_class WHERE state = 'active')"
        )
    found = {each.detail for each in scenario.house.vault.rowcheck.findings()}
    assert "a restriction does not follow from the acts" in found
    assert not is_used_at_all(scenario, written)


def is_used_at_all(scenario: Scenario, written: WriteResult) -> bool:
    """Tell whether anything is given; a row that was not written here leads nowhere."""
    try:
        scenario.read(CASE, "ada", written)
    except NotFound:
        return False
    return True


def _use(scenario: Scenario) -> str:
    try:
        scenario.house.gate.list_records(CASE, "ada", "profile")
    except AllodError as error:
        return error.reason_code
    return ""


def test_a_restore_does_not_take_a_restriction_back(
    tmp_path: Path, clock: ManualClock
) -> None:
    with restored(tmp_path / "home", clock, claim) as scenario:
        assert _use(scenario) == "state.restricted"
        assert not release(scenario).stands
        assert _use(scenario) == ""


def test_a_restore_does_not_take_its_end_back(
    tmp_path: Path, clock: ManualClock
) -> None:
    def before(scenario: Scenario) -> None:
        people(scenario)
        claim(scenario)

    with restored(tmp_path / "home", clock, release, before=before) as scenario:
        assert _use(scenario) == ""
