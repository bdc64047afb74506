"""A restriction by the customer: what it stops, and who may lift it (GDPR 18)."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from clocks import ManualClock
from houses import CASE, Story, caring
from ordering import kinds_in
from reaching import WHY, care, refusal
from restoring import people, restored

from kit.db import raw
from kit.errors import AllodError, Conflict, NotFound, Refused
from vault import WriteResult
from vault.organisation.restricted import Restriction, RestrictionGround


def claim(
    story: Story, ground: RestrictionGround = RestrictionGround.ACCURACY
) -> Restriction:
    with story.house.vault_db.write() as session:
        return care(story).restrictions.claim(session, story.subject("ada"), ground)


def release(story: Story) -> Restriction:
    with story.house.vault_db.write() as session:
        return care(story).restrictions.release(session, story.subject("ada"))


def is_used(story: Story, written: WriteResult) -> bool:
    try:
        story.read(CASE, "ada", written)
    except Refused:
        return False
    return True


@pytest.fixture
def written(story: Story) -> WriteResult:
    story.customer()
    return story.profile()


@pytest.mark.parametrize("ground", list(RestrictionGround))
def test_what_a_customer_restricts_is_kept_and_not_used(
    story: Story, written: WriteResult, ground: RestrictionGround
) -> None:
    found = claim(story, ground)
    assert [each.ground for each in found.claims] == [ground]
    assert not is_used(story, written)
    own = story.house.gate.read(story.own("ada"), None, written.record)
    assert own.values["name"] == "Ada Example"
    assert not release(story).stands
    assert is_used(story, written)


def test_saying_it_again_adds_nothing_and_another_ground_is_beside_it(
    story: Story, written: WriteResult
) -> None:
    first = claim(story)
    assert claim(story) == first
    assert len(claim(story, RestrictionGround.CLAIMS).claims) == 2
    assert kinds_in(story.home)[-2:] == ["restriction.claimed"] * 2
    release(story)
    assert release(story).released
    assert kinds_in(story.home)[-1] == "restriction.released"
    assert kinds_in(story.home).count("restriction.released") == 1
    assert is_used(story, written)


def test_nothing_is_lifted_that_was_never_restricted(story: Story) -> None:
    story.customer()
    with pytest.raises(Conflict) as refused:
        release(story)
    assert refused.value.reason_code == "restriction.none"


def test_staff_lift_it_only_once_the_customer_was_told(
    story: Story, written: WriteResult
) -> None:
    claim(story)
    lift, day = care(story).restrictions.lift, timedelta(days=1)
    with refusal("restriction.customers"):
        lift(caring("ann"), "ada", reason="checked")
    for told in (story.clock.now() - day, story.clock.now() + day):
        with refusal("invalid"):
            lift(caring("ann"), "ada", reason="checked", told_at=told)
    assert not is_used(story, written)
    story.clock.advance(hours=1)
    lift(caring("ann"), "ada", reason="checked", told_at=story.clock.now())
    assert is_used(story, written)
    acts = care(story).acts.of(story.subject("ada"))
    (lifted,) = [e.document() for e in acts if e.kind == "restriction.released"]
    assert (lifted["by"], lifted["told_at"]) == ("ann", "2026-11-22T13:00:00Z")


def _twice(
    story: Story, written: WriteResult, *ends: Callable[[Story], object]
) -> None:
    claim(story)
    care(story).restrictions.restrict(caring("ann"), "ada", reason=WHY)
    first, second = ends
    first(story)
    assert not is_used(story, written)
    second(story)
    assert is_used(story, written)


def _staff(story: Story) -> None:
    care(story).restrictions.lift(caring("ann"), "ada", reason="done")


@pytest.mark.parametrize("ends", [(_staff, release), (release, _staff)])
def test_each_lifts_their_own_and_while_either_stands_nothing_is_used(
    story: Story, written: WriteResult, ends: tuple[Callable[[Story], object], ...]
) -> None:
    # Set and lifted within one second, as a program would: no order is read off times.
    for _ in range(3):
        _twice(story, written, *ends)
    assert list(story.house.vault.rowcheck.findings()) == []


def test_a_restriction_that_was_set_back_by_hand_is_named(
    story: Story, written: WriteResult
) -> None:
    claim(story)
    assert list(story.house.vault.rowcheck.findings()) == []
    with story.house.vault_db.write() as session:
        raw(session).execute(
            "UPDATE vault_subject SET class_number = (SELECT number FROM"
            " vault_customer_class WHERE state = 'active')"
        )
    found = {each.detail for each in story.house.vault.rowcheck.findings()}
    assert "a restriction does not follow from the acts" in found
    assert not is_used_at_all(story, written)


def is_used_at_all(story: Story, written: WriteResult) -> bool:
    """Tell whether anything is given; a row that was not written here leads nowhere."""
    try:
        story.read(CASE, "ada", written)
    except NotFound:
        return False
    return True


def _use(story: Story) -> str:
    try:
        story.house.gate.list_records(CASE, "ada", "profile")
    except AllodError as error:
        return error.reason_code
    return ""


def test_a_restore_does_not_take_a_restriction_back(
    tmp_path: Path, clock: ManualClock
) -> None:
    with restored(tmp_path / "home", clock, claim) as story:
        assert _use(story) == "state.restricted"
        assert not release(story).stands
        assert _use(story) == ""


def test_a_restore_does_not_take_its_end_back(
    tmp_path: Path, clock: ManualClock
) -> None:
    def before(story: Story) -> None:
        people(story)
        claim(story)

    with restored(tmp_path / "home", clock, release, before=before) as story:
        assert _use(story) == ""
