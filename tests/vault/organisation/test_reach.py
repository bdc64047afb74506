"""Grants and assignments: who reaches whom, how long, and what it leaves."""

from collections.abc import Callable
from pathlib import Path

import pytest
from houses import Scenario, caring
from reaching import (
    KIM,
    LEE,
    WHY,
    care,
    grant,
    post,
    reaches,
    refusal,
    rows_in,
    soon,
    unit,
)

from kit.errors import AllodError, Invalid, NotFound
from pdp.decision.question import Reach as Way
from vault import Question
from vault._internal.ports.subjects import OWNED
from vault.organisation.access_grants import MAX_GRANT


@pytest.fixture
def scenario(scenario: Scenario) -> Scenario:
    scenario.customer("ada")
    return scenario


def way(scenario: Scenario, purpose: str = "support.case") -> str:
    """Tell how kim reaches ada's records, as the packed class has it."""
    question = Question(KIM, purpose)
    asked, _ = scenario.house.gate._begin(question)
    rows = scenario.house.gate._records.page(
        asked, scenario.subject("ada"), list(range(1, 50)), after=b"", limit=1
    )
    return ("none", "self", "assigned", "in_scope", "granted")[rows[0][4] & 7]


def test_the_nearest_way_is_the_one_that_counts(scenario: Scenario) -> None:
    scenario.profile("ada")
    assert way(scenario) == Way.NONE
    grant(scenario)
    assert way(scenario) == Way.GRANTED
    unit(scenario, "north")
    care(scenario).organisation.place(caring("ann"), "ada", "north")
    post(scenario, "north")
    assert way(scenario) == Way.IN_SCOPE
    care(scenario).assignments.assign(
        caring("ann"), "ada", staff="kim", until=soon(scenario)
    )
    assert way(scenario) == Way.ASSIGNED


def test_a_grant_is_for_one_colleague_and_one_purpose(scenario: Scenario) -> None:
    written = scenario.profile("ada")
    assert not reaches(scenario, written)
    grant(scenario)
    assert reaches(scenario, written)
    assert not reaches(scenario, written, LEE)
    assert way(scenario, "legal.claims") == Way.NONE
    shown = scenario.read(Question(KIM, "support.case"), "ada", written)
    assert shown.values["name"] == "Ada Example"


def test_a_grant_ends_by_itself(scenario: Scenario) -> None:
    written = scenario.profile("ada")
    grant(scenario, hours=1)
    scenario.clock.advance(seconds=3599)
    assert reaches(scenario, written)
    scenario.clock.advance(seconds=1)
    assert not reaches(scenario, written)
    assert care(scenario).grants.of("ada") == ()


def test_a_grant_that_is_revoked_binds_the_next_read(scenario: Scenario) -> None:
    written, given = scenario.profile("ada"), grant(scenario)
    care(scenario).grants.revoke(caring("ben"), "ada", given.grant_id)
    assert not reaches(scenario, written)
    with pytest.raises(NotFound):
        care(scenario).grants.revoke(caring("ben"), "ada", given.grant_id)


def test_a_grant_needs_another_principal(scenario: Scenario) -> None:
    with refusal("reach.same_principal"):
        grant(scenario, staff="ann")


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 501])
def test_a_grant_needs_a_reason(scenario: Scenario, reason: str) -> None:
    with pytest.raises(Invalid):
        care(scenario).grants.give(
            caring("ann"),
            "ada",
            staff="kim",
            purpose="support.case",
            until=soon(scenario),
            reason=reason,
        )


def test_a_grant_lasts_a_week_at_most(scenario: Scenario) -> None:
    grant(scenario, days=MAX_GRANT.days)
    for more in ({"days": 7, "seconds": 1}, {"seconds": 0}, {"seconds": -1}):
        with pytest.raises(Invalid):
            grant(scenario, **more)
    assert len(care(scenario).grants.of("ada")) == 1


@pytest.mark.parametrize(
    ("purpose", "code"),
    [("marketing.email", "grant.purpose_closed"), ("fun", "purpose.unknown")],
)
def test_a_grant_is_for_a_purpose_that_is_open_to_grants(
    scenario: Scenario, purpose: str, code: str
) -> None:
    with refusal(code):
        care(scenario).grants.give(
            caring("ann"),
            "ada",
            staff="kim",
            purpose=purpose,
            until=soon(scenario),
            reason=WHY,
        )


def test_an_assignment_lasts_until_it_ends_or_is_taken_back(scenario: Scenario) -> None:
    written, assignments = scenario.profile("ada"), care(scenario).assignments
    assignments.assign(caring("ann"), "ada", staff="kim", until=soon(scenario))
    assert [each.staff for each in assignments.of("ada")] == ["kim"]
    assert reaches(scenario, written)
    assignments.unassign(caring("ann"), "ada", staff="kim")
    assert not reaches(scenario, written)
    with pytest.raises(NotFound):
        assignments.unassign(caring("ann"), "ada", staff="kim")
    with refusal("reach.same_principal"):
        assignments.assign(caring("ann"), "ada", staff="ann", until=soon(scenario))
    with pytest.raises(Invalid):
        assignments.assign(caring("ann"), "ada", staff="", until=soon(scenario))


ABOUT_NOBODY: list[Callable[[Scenario], object]] = [
    lambda s: care(s).assignments.assign(
        caring("ann"), "bob", staff="kim", until=soon(s)
    ),
    lambda s: care(s).holds.set(caring("ann"), "bob", reason=WHY),
    lambda s: care(s).restrictions.restrict(caring("ann"), "bob", reason=WHY),
    lambda s: care(s).grants.of("bob"),
    lambda s: care(s).organisation.units_of("bob"),
]


@pytest.mark.parametrize("act", ABOUT_NOBODY)
def test_there_is_nothing_to_arrange_about_nobody(
    scenario: Scenario, act: Callable[[Scenario], object]
) -> None:
    with pytest.raises(NotFound):
        act(scenario)


def test_every_act_stands_in_the_customers_chain_with_its_reason(
    scenario: Scenario,
) -> None:
    record = scenario.profile("ada").record
    everything(scenario, record)
    acts = care(scenario).acts.of(scenario.subject("ada"))
    stamped = list(scenario.house.receipts.of_subject(scenario.subject("ada")))
    kinds = sorted(each.kind for each in acts)
    assert kinds == sorted(KINDS)
    for each in acts:
        said = each.document()
        assert said["by"] == "ann"
        proven = [
            entry for entry, _ in stamped if _proves(entry.opening.check, each.content)
        ]
        assert len(proven) == 1
    granted = next(each for each in acts if each.kind == "access.granted")
    assert granted.document()["reason"] == WHY
    assert granted.document()["purpose"] == "support.case"


def test_the_reason_is_noise_on_the_disk(scenario: Scenario, tmp_path: Path) -> None:
    everything(scenario, scenario.profile("ada").record)
    scenario.house.vault_db.truncate_wal()
    for path in tmp_path.rglob("*.db*"):
        assert WHY.encode() not in path.read_bytes()


def test_nothing_about_a_customer_outlives_their_erasure(scenario: Scenario) -> None:
    everything(scenario, scenario.profile("ada").record)
    assert all(rows_in(scenario.house.vault_db, table) for table in NEW)
    hold = care(scenario).holds.of("ada")[0]
    care(scenario).holds.lift(caring("ann"), "ada", hold.hold_id, reason="settled")
    scenario.house.erasure.erase(scenario.subject("ada"))
    assert [rows_in(scenario.house.vault_db, table) for table in NEW] == [0] * len(NEW)
    assert set(NEW) <= set(OWNED)


NEW = (
    *("vault_assignment", "vault_placement", "vault_access_grant"),
    *("vault_hold", "vault_act"),
)
KINDS = (
    *("reach.assigned", "reach.unassigned", "reach.assigned"),
    *("reach.placed", "access.granted", "access.granted", "access.revoked"),
    *("hold.set", "hold.set", "hold.lifted", "restriction.set", "restriction.lifted"),
)


def everything(scenario: Scenario, record: bytes) -> None:
    """Do everything about ada that can be done, and leave some of it standing."""
    parts = care(scenario)
    parts.assignments.assign(caring("ann"), "ada", staff="kim", until=soon(scenario))
    parts.assignments.unassign(caring("ann"), "ada", staff="kim")
    parts.assignments.assign(caring("ann"), "ada", staff="kim", until=soon(scenario))
    unit(scenario, "north")
    parts.organisation.place(caring("ann"), "ada", "north")
    parts.organisation.place(caring("ann"), "ada", "north")
    grant(scenario)
    parts.grants.revoke(caring("ann"), "ada", grant(scenario).grant_id)
    one = parts.holds.set(caring("ann"), "ada", record=record, reason=WHY)
    parts.holds.set(caring("ann"), "ada", reason=WHY)
    parts.holds.lift(caring("ann"), "ada", one.hold_id, reason=WHY)
    parts.restrictions.restrict(caring("ann"), "ada", reason=WHY)
    parts.restrictions.lift(caring("ann"), "ada", reason=WHY)


def _proves(check: Callable[[bytes], None], content: bytes) -> bool:
    try:
        check(content)
    except AllodError:
        return False
    return True
