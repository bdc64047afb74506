"""Holds and restriction: what is kept as it is, and what may not be used."""

import pytest
from houses import CASE, HISTORY, IDEA, PROFILE, Story, caring
from ordering import kinds_in
from reaching import WHY, care, refusal, rows_in

from kit.errors import NotFound, Refused
from vault import Ticket


@pytest.fixture
def story(story: Story) -> Story:
    story.customer("ada")
    return story


def test_a_held_record_is_not_changed_until_the_last_hold_is_lifted(
    story: Story,
) -> None:
    written, other = story.profile("ada"), story.idea("ada")
    holds, intake = care(story).holds, story.house.intake
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
    story: Story,
) -> None:
    held = care(story).holds.set(caring("ann"), "ada", reason=WHY)
    for _ in range(2):
        care(story).holds.lift(caring("ben"), "ada", held.hold_id, reason="settled")
    acts = story.house.vault.reach.acts.of(story.subject("ada"))
    assert [each.kind for each in acts].count("hold.lifted") == 1
    with pytest.raises(NotFound):
        care(story).holds.lift(caring("ben"), "ada", bytes(16), reason="settled")


def test_what_comes_in_under_a_hold_on_everything_is_held_too(story: Story) -> None:
    held = care(story).holds.set(caring("ann"), "ada", reason=WHY)
    written = story.profile("ada")
    with refusal("hold.frozen"):
        story.house.intake.update(HISTORY, "ada", written.record, PROFILE, version=1)
    assert story.read(CASE, "ada", written).version == 1
    care(story).holds.lift(caring("ben"), "ada", held.hold_id, reason="settled")
    story.house.intake.update(HISTORY, "ada", written.record, PROFILE, version=1)


def test_a_hold_is_on_a_record_that_is_there(story: Story) -> None:
    story.customer("bob")
    written = story.profile("bob")
    with pytest.raises(NotFound):
        care(story).holds.set(caring("ann"), "ada", record=written.record, reason=WHY)


@pytest.mark.parametrize("whole", [True, False])
def test_an_erasure_is_refused_whole_while_a_hold_stands(
    story: Story, *, whole: bool
) -> None:
    written, subject = story.profile("ada"), story.subject("ada")
    record = None if whole else written.record
    hold = care(story).holds.set(caring("ann"), "ada", record=record, reason=WHY)
    with refusal("hold.erasure") as refused:
        story.house.erasure.erase(subject)
    assert isinstance(refused.value, Refused)
    assert refused.value.reasons[0].article == "GDPR 17(3)(e); PIPL 47(2)"
    assert refused.value.fix
    assert story.read(CASE, "ada", written).values["name"] == "Ada Example"
    assert rows_in(story.house.vault_db, "vault_erasure") == 0
    assert "erasure" not in kinds_in(story.home)
    care(story).holds.lift(caring("ben"), "ada", hold.hold_id, reason="settled")
    story.house.erasure.erase(subject)
    with pytest.raises(NotFound):
        care(story).holds.set(caring("ann"), "ada", reason=WHY)


def test_a_hold_comes_too_late_for_an_erasure_that_was_ordered(story: Story) -> None:
    story.profile("ada")
    story.house.erasure.order(story.subject("ada"), Ticket.draw())
    with refusal("hold.too_late"):
        care(story).holds.set(caring("ann"), "ada", reason=WHY)
    assert story.house.erasure.resume() == 1


def test_a_restricted_account_is_kept_and_not_used(story: Story) -> None:
    written, restrictions = story.profile("ada"), care(story).restrictions
    restrictions.restrict(caring("ann"), "ada", reason=WHY)
    with refusal("state.restricted"):
        story.read(CASE, "ada", written)
    own = story.house.gate.read(story.own("ada"), None, written.record)
    assert own.values["name"] == "Ada Example"
    with refusal("state.unchanged"):
        restrictions.restrict(caring("ann"), "ada", reason=WHY)
    restrictions.lift(caring("ben"), "ada", reason="settled")
    assert story.read(CASE, "ada", written).version == 1
    with refusal("state.unchanged"):
        restrictions.lift(caring("ben"), "ada", reason="settled")
