"""Grants and assignments: who reaches whom, how long, and what it leaves."""

from collections.abc import Callable
from pathlib import Path

import pytest
from houses import Story, caring
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
def story(story: Story) -> Story:
    story.customer("ada")
    return story


def way(story: Story, purpose: str = "support.case") -> str:
    """Tell how kim reaches ada's records, as the packed class has it."""
    question = Question(KIM, purpose)
    asked, _ = story.house.gate._begin(question)
    rows = story.house.gate._records.page(
        asked, story.subject("ada"), list(range(1, 50)), after=b"", limit=1
    )
    return ("none", "self", "assigned", "in_scope", "granted")[rows[0][4] & 7]


def test_the_nearest_way_is_the_one_that_counts(story: Story) -> None:
    story.profile("ada")
    assert way(story) == Way.NONE
    grant(story)
    assert way(story) == Way.GRANTED
    unit(story, "north")
    care(story).organisation.place(caring("ann"), "ada", "north")
    post(story, "north")
    assert way(story) == Way.IN_SCOPE
    care(story).assignments.assign(caring("ann"), "ada", staff="kim", until=soon(story))
    assert way(story) == Way.ASSIGNED


def test_a_grant_is_for_one_colleague_and_one_purpose(story: Story) -> None:
    written = story.profile("ada")
    assert not reaches(story, written)
    grant(story)
    assert reaches(story, written)
    assert not reaches(story, written, LEE)
    assert way(story, "legal.claims") == Way.NONE
    shown = story.read(Question(KIM, "support.case"), "ada", written)
    assert shown.values["name"] == "Ada Example"


def test_a_grant_ends_by_itself(story: Story) -> None:
    written = story.profile("ada")
    grant(story, hours=1)
    story.clock.advance(seconds=3599)
    assert reaches(story, written)
    story.clock.advance(seconds=1)
    assert not reaches(story, written)
    assert care(story).grants.of("ada") == ()


def test_a_grant_that_is_revoked_binds_the_next_read(story: Story) -> None:
    written, given = story.profile("ada"), grant(story)
    care(story).grants.revoke(caring("ben"), "ada", given.grant_id)
    assert not reaches(story, written)
    with pytest.raises(NotFound):
        care(story).grants.revoke(caring("ben"), "ada", given.grant_id)


def test_a_grant_needs_another_principal(story: Story) -> None:
    with refusal("reach.same_principal"):
        grant(story, staff="ann")


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 501])
def test_a_grant_needs_a_reason(story: Story, reason: str) -> None:
    with pytest.raises(Invalid):
        care(story).grants.give(
            caring("ann"),
            "ada",
            staff="kim",
            purpose="support.case",
            until=soon(story),
            reason=reason,
        )


def test_a_grant_lasts_a_week_at_most(story: Story) -> None:
    grant(story, days=MAX_GRANT.days)
    for more in ({"days": 7, "seconds": 1}, {"seconds": 0}, {"seconds": -1}):
        with pytest.raises(Invalid):
            grant(story, **more)
    assert len(care(story).grants.of("ada")) == 1


@pytest.mark.parametrize(
    ("purpose", "code"),
    [("marketing.email", "grant.purpose_closed"), ("fun", "purpose.unknown")],
)
def test_a_grant_is_for_a_purpose_that_is_open_to_grants(
    story: Story, purpose: str, code: str
) -> None:
    with refusal(code):
        care(story).grants.give(
            caring("ann"),
            "ada",
            staff="kim",
            purpose=purpose,
            until=soon(story),
            reason=WHY,
        )


def test_an_assignment_lasts_until_it_ends_or_is_taken_back(story: Story) -> None:
    written, assignments = story.profile("ada"), care(story).assignments
    assignments.assign(caring("ann"), "ada", staff="kim", until=soon(story))
    assert [each.staff for each in assignments.of("ada")] == ["kim"]
    assert reaches(story, written)
    assignments.unassign(caring("ann"), "ada", staff="kim")
    assert not reaches(story, written)
    with pytest.raises(NotFound):
        assignments.unassign(caring("ann"), "ada", staff="kim")
    with refusal("reach.same_principal"):
        assignments.assign(caring("ann"), "ada", staff="ann", until=soon(story))
    with pytest.raises(Invalid):
        assignments.assign(caring("ann"), "ada", staff="", until=soon(story))


ABOUT_NOBODY: list[Callable[[Story], object]] = [
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
    story: Story, act: Callable[[Story], object]
) -> None:
    with pytest.raises(NotFound):
        act(story)


def test_every_act_stands_in_the_customers_chain_with_its_reason(story: Story) -> None:
    record = story.profile("ada").record
    everything(story, record)
    acts = care(story).acts.of(story.subject("ada"))
    stamped = story.house.receipts.of_subject(story.subject("ada"))
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


def test_the_reason_is_noise_on_the_disk(story: Story, tmp_path: Path) -> None:
    everything(story, story.profile("ada").record)
    story.house.vault_db.truncate_wal()
    for path in tmp_path.rglob("*.db*"):
        assert WHY.encode() not in path.read_bytes()


def test_nothing_about_a_customer_outlives_their_erasure(story: Story) -> None:
    everything(story, story.profile("ada").record)
    assert all(rows_in(story.house.vault_db, table) for table in NEW)
    hold = care(story).holds.of("ada")[0]
    care(story).holds.lift(caring("ann"), "ada", hold.hold_id, reason="settled")
    story.house.erasure.erase(story.subject("ada"))
    assert [rows_in(story.house.vault_db, table) for table in NEW] == [0] * len(NEW)
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


def everything(story: Story, record: bytes) -> None:
    """Do everything about ada that can be done, and leave some of it standing."""
    parts = care(story)
    parts.assignments.assign(caring("ann"), "ada", staff="kim", until=soon(story))
    parts.assignments.unassign(caring("ann"), "ada", staff="kim")
    parts.assignments.assign(caring("ann"), "ada", staff="kim", until=soon(story))
    unit(story, "north")
    parts.organisation.place(caring("ann"), "ada", "north")
    parts.organisation.place(caring("ann"), "ada", "north")
    grant(story)
    parts.grants.revoke(caring("ann"), "ada", grant(story).grant_id)
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
