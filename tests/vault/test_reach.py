"""Grants, assignments, holds, restriction: who may, how long, and what it leaves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from clocks import ManualClock
from houses import CASE, IDEA, PROFILE, Story, lived_in
from reaching import KIM, LEE, WHY, care, grant, post, reaches, soon, unit

from kit.db import Database
from kit.errors import AllodError, Invalid, NotFound, Refused
from pdp.question import Reach as Way
from vault import Question
from vault._internal.subjects import OWNED
from vault.access_grants import MAX_GRANT


@pytest.fixture
def story(tmp_path: Path, clock: ManualClock) -> Iterator[Story]:
    with lived_in(tmp_path, clock) as made:
        made.customer("ada")
        yield made


@contextmanager
def refusal(code: str) -> Iterator[pytest.ExceptionInfo[AllodError]]:
    with pytest.raises(AllodError) as refused:
        yield refused
    assert refused.value.reason_code == code


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
    care(story).organisation.place("ada", "north", by="ann")
    post(story, "north")
    assert way(story) == Way.IN_SCOPE
    care(story).assignments.assign("ada", staff="kim", until=soon(story), by="ann")
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
    care(story).grants.revoke("ada", given.grant_id, by="ben")
    assert not reaches(story, written)
    with pytest.raises(NotFound):
        care(story).grants.revoke("ada", given.grant_id, by="ben")


def test_a_grant_needs_another_principal(story: Story) -> None:
    with refusal("reach.same_principal"):
        grant(story, staff="ann")


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 501])
def test_a_grant_needs_a_reason(story: Story, reason: str) -> None:
    with pytest.raises(Invalid):
        care(story).grants.give(
            "ada",
            staff="kim",
            purpose="support.case",
            until=soon(story),
            reason=reason,
            by="ann",
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
            "ada",
            staff="kim",
            purpose=purpose,
            until=soon(story),
            reason=WHY,
            by="ann",
        )


def test_an_assignment_lasts_until_it_ends_or_is_taken_back(story: Story) -> None:
    written, assignments = story.profile("ada"), care(story).assignments
    assignments.assign("ada", staff="kim", until=soon(story), by="ann")
    assert [each.staff for each in assignments.of("ada")] == ["kim"]
    assert reaches(story, written)
    assignments.unassign("ada", staff="kim", by="ann")
    assert not reaches(story, written)
    with pytest.raises(NotFound):
        assignments.unassign("ada", staff="kim", by="ann")
    with refusal("reach.same_principal"):
        assignments.assign("ada", staff="ann", until=soon(story), by="ann")
    with pytest.raises(Invalid):
        assignments.assign("ada", staff="", until=soon(story), by="ann")


ABOUT_NOBODY: list[Callable[[Story], object]] = [
    lambda s: care(s).assignments.assign("bob", staff="kim", until=soon(s), by="ann"),
    lambda s: care(s).holds.set("bob", reason=WHY, by="ann"),
    lambda s: care(s).restrictions.restrict("bob", reason=WHY, by="ann"),
    lambda s: care(s).grants.of("bob"),
    lambda s: care(s).organisation.units_of("bob"),
]


@pytest.mark.parametrize("act", ABOUT_NOBODY)
def test_there_is_nothing_to_arrange_about_nobody(
    story: Story, act: Callable[[Story], object]
) -> None:
    with pytest.raises(NotFound):
        act(story)


def test_a_held_record_is_not_changed_until_the_last_hold_is_lifted(
    story: Story,
) -> None:
    written, other = story.profile("ada"), story.idea("ada")
    holds, intake = care(story).holds, story.house.intake
    one = holds.set("ada", record=written.record, reason=WHY, by="ann")
    all_ = holds.set("ada", reason=WHY, by="ann")
    values = PROFILE | {"name": "Ada Other"}
    for held, new in ((written, values), (other, IDEA)):
        with refusal("hold.frozen"):
            intake.update("ada", held.record, new, version=1)
    holds.lift("ada", all_.hold_id, reason="settled", by="ben")
    with refusal("hold.frozen"):
        intake.update("ada", written.record, values, version=1)
    holds.lift("ada", one.hold_id, reason="settled", by="ben")
    assert intake.update("ada", written.record, values, version=1).version == 2
    with pytest.raises(NotFound):
        holds.lift("ada", one.hold_id, reason="settled", by="ben")
    assert holds.of("ada") == ()


def test_what_comes_in_under_a_hold_on_everything_is_held_too(story: Story) -> None:
    held = care(story).holds.set("ada", reason=WHY, by="ann")
    written = story.profile("ada")
    with refusal("hold.frozen"):
        story.house.intake.update("ada", written.record, PROFILE, version=1)
    assert story.read(CASE, "ada", written).version == 1
    care(story).holds.lift("ada", held.hold_id, reason="settled", by="ben")
    story.house.intake.update("ada", written.record, PROFILE, version=1)


def test_a_hold_is_on_a_record_that_is_there(story: Story) -> None:
    story.customer("bob")
    written = story.profile("bob")
    with pytest.raises(NotFound):
        care(story).holds.set("ada", record=written.record, reason=WHY, by="ann")


@pytest.mark.parametrize("whole", [True, False])
def test_an_erasure_is_refused_whole_while_a_hold_stands(
    story: Story, *, whole: bool
) -> None:
    written, subject = story.profile("ada"), story.subject("ada")
    record = None if whole else written.record
    hold = care(story).holds.set("ada", record=record, reason=WHY, by="ann")
    with refusal("hold.erasure") as refused:
        story.house.erasure.erase(subject)
    assert isinstance(refused.value, Refused)
    assert refused.value.reasons[0].article == "GDPR 17(3)(e)"
    assert refused.value.fix
    assert story.read(CASE, "ada", written).values["name"] == "Ada Example"
    assert _rows(story.house.vault_db, "vault_erasure") == 0
    assert list(story.house.log.mirror.orders()) == []
    care(story).holds.lift("ada", hold.hold_id, reason="settled", by="ben")
    story.house.erasure.erase(subject)
    with pytest.raises(NotFound):
        care(story).holds.set("ada", reason=WHY, by="ann")


def test_a_hold_comes_too_late_for_an_erasure_that_was_ordered(story: Story) -> None:
    story.profile("ada")
    story.house.erasure._order(story.subject("ada"), "s")
    with refusal("hold.too_late"):
        care(story).holds.set("ada", reason=WHY, by="ann")
    assert story.house.erasure.resume() == 1


def test_a_restricted_account_is_kept_and_not_used(story: Story) -> None:
    written, restrictions = story.profile("ada"), care(story).restrictions
    restrictions.restrict("ada", reason=WHY, by="ann")
    with refusal("state.restricted"):
        story.read(CASE, "ada", written)
    own = story.house.gate.read(story.own("ada"), None, written.record)
    assert own.values["name"] == "Ada Example"
    with refusal("state.unchanged"):
        restrictions.restrict("ada", reason=WHY, by="ann")
    restrictions.lift("ada", reason="settled", by="ben")
    assert story.read(CASE, "ada", written).version == 1
    with refusal("state.unchanged"):
        restrictions.lift("ada", reason="settled", by="ben")


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
    assert all(_rows(story.house.vault_db, table) for table in NEW)
    hold = care(story).holds.of("ada")[0]
    care(story).holds.lift("ada", hold.hold_id, reason="settled", by="ann")
    story.house.erasure.erase(story.subject("ada"))
    assert [_rows(story.house.vault_db, table) for table in NEW] == [0] * len(NEW)
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
    parts.assignments.assign("ada", staff="kim", until=soon(story), by="ann")
    parts.assignments.unassign("ada", staff="kim", by="ann")
    parts.assignments.assign("ada", staff="kim", until=soon(story), by="ann")
    unit(story, "north")
    parts.organisation.place("ada", "north", by="ann")
    parts.organisation.place("ada", "north", by="ann")
    grant(story)
    parts.grants.revoke("ada", grant(story).grant_id, by="ann")
    one = parts.holds.set("ada", record=record, reason=WHY, by="ann")
    parts.holds.set("ada", reason=WHY, by="ann")
    parts.holds.lift("ada", one.hold_id, reason=WHY, by="ann")
    parts.restrictions.restrict("ada", reason=WHY, by="ann")
    parts.restrictions.lift("ada", reason=WHY, by="ann")


def _proves(check: Callable[[bytes], None], content: bytes) -> bool:
    try:
        check(content)
    except AllodError:
        return False
    return True


def _rows(database: Database, table: str) -> int:
    rows = database.reader().execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - ours
    return int(rows.fetchone()[0])
