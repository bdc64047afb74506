"""Following a collection: what is told, what is not, and when to begin anew."""

import random
import shutil
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import schedules
from clocks import ManualClock
from followers import Follower, handles
from houses import (
    CAMPAIGN,
    CASE,
    HISTORY,
    MARKETING,
    Scenario,
    caring,
    lived_in,
    opened,
)
from reaching import WHY, care
from restoring import restored

from kit.errors import Conflict, Refused, Resync
from pdp.decision.question import Kind
from vault import Principal, Question
from vault.feed_keeping import AT_ONCE
from vault.gate import feed_look

ADVERTISE = Question(MARKETING, "ugc.advertise")


def what(told: object) -> list[str]:
    return [each.what for each in told]  # type: ignore[attr-defined]


def granted(scenario: Scenario, *names: str) -> None:
    for name in names:
        scenario.customer(name)
        scenario.profile(name)
        scenario.grant(name)


def test_a_record_is_shown_when_it_comes_and_again_when_it_changes(
    scenario: Scenario,
) -> None:
    scenario.customer("ada")
    follower = Follower(scenario)
    written = scenario.profile("ada")
    assert what(follower.poll()) == ["shown"]
    scenario.house.intake.update(
        HISTORY, "ada", written.record, {"name": "Grace"}, version=1
    )
    (told,) = follower.poll()
    assert told.disclosure is not None
    assert told.disclosure.values["name"] == "Grace"
    assert follower.poll() == []
    assert follower.kept == follower.shown_now()


def test_several_changes_of_a_record_are_told_once(scenario: Scenario) -> None:
    scenario.customer("ada")
    follower = Follower(scenario, CAMPAIGN)
    scenario.profile("ada")
    for _ in range(3):
        scenario.grant("ada")
        scenario.withdraw("ada")
    scenario.grant("ada")
    assert what(follower.poll()) == ["shown"]


def test_a_withdrawal_is_told_as_gone_and_a_grant_as_new(scenario: Scenario) -> None:
    granted(scenario, "ada")
    follower = Follower(scenario, CAMPAIGN, whole=True)
    assert what(follower.poll()) == ["shown"]
    scenario.withdraw("ada")
    assert what(follower.poll()) == ["gone"]
    assert follower.kept == {}
    scenario.grant("ada")
    assert what(follower.poll()) == ["shown"]


def test_a_removed_item_is_gone(scenario: Scenario) -> None:
    granted(scenario, "ada")
    idea = scenario.idea("ada")
    scenario.license("ada", idea, "ugc.advertise")
    follower = Follower(scenario, ADVERTISE, "idea", whole=True)
    assert what(follower.poll()) == ["shown"]
    scenario.house.vault.righting.removals.remove_own(scenario.own("ada"), idea.record)
    assert what(follower.poll()) == ["gone"]


def test_an_erasure_is_told_by_the_handle_that_was_known(scenario: Scenario) -> None:
    granted(scenario, "ada", "bob")
    follower = Follower(scenario, CAMPAIGN, whole=True)
    follower.poll()
    late = replace_position(follower)
    ada = handles(scenario, CAMPAIGN).person(scenario.subject("ada"))
    scenario.house.erasure.erase(scenario.subject("ada"))
    assert what(follower.poll()) == ["erased"]
    assert follower.erased == late.erased | {ada}
    assert follower.kept == follower.shown_now()
    # 29 days later, too, for whoever was away meanwhile.
    scenario.clock.advance(days=29)
    scenario.house.vault.heartbeat.steps["feed"]()
    late.poll()
    assert late.erased == {ada}


def replace_position(follower: Follower) -> Follower:
    """Give another consumer of the same name that is at the same place."""
    other = Follower(follower.scenario, follower.question, follower.collection)
    other.position, other.kept = follower.position, dict(follower.kept)
    return other


def test_only_that_she_was_erased_is_left_of_a_person(scenario: Scenario) -> None:
    granted(scenario, "ada")
    subject = scenario.subject("ada")
    scenario.house.erasure.erase(subject)
    rows = scenario.house.vault_db.reader().execute(
        "SELECT kind, record, class_number, purpose, was, until FROM vault_change"
        " WHERE subject = ?",
        (subject,),
    )
    assert rows.fetchall() == [("erased", None, None, None, None, None)]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_a_consent_that_ends_of_itself_is_told(scenario: Scenario, limit: int) -> None:
    for name in ("ada", "bob", "eve"):
        scenario.customer(name)
        scenario.profile(name)
        with scenario.house.vault_db.write() as session:
            scenario.house.grants.grant(
                *(session, scenario.subject(name), "marketing.email"),
                notice_version=1,
                language="en",
                until=scenario.clock.now() + timedelta(days=2),
            )
    follower = Follower(scenario, CAMPAIGN, whole=True)
    assert what(follower.poll(limit)) == ["shown"] * 3
    scenario.clock.advance(days=3)
    assert what(follower.poll(limit)) == ["gone"] * 3
    assert follower.poll() == []


def test_a_licence_and_a_retention_that_end_are_told(scenario: Scenario) -> None:
    granted(scenario, "ada")
    scenario.license("ada", scenario.idea("ada"), "ugc.advertise", days=2)
    licensed = Follower(scenario, ADVERTISE, "idea", whole=True)
    kept = Follower(scenario, whole=True)
    assert what(licensed.poll()) == what(kept.poll()) == ["shown"]
    scenario.clock.advance(days=3)
    assert what(licensed.poll()) == ["gone"]
    scenario.clock.advance(days=40 * 365)
    kept.poll()
    assert kept.kept == kept.shown_now()


def test_nothing_is_said_of_whom_the_caller_could_never_see(
    scenario: Scenario,
) -> None:
    scenario.customer("ada")
    follower = Follower(scenario, CAMPAIGN, whole=True)
    written, idea = scenario.profile("ada"), scenario.idea("ada")
    scenario.house.intake.update(
        HISTORY, "ada", written.record, {"name": "Grace"}, version=1
    )
    care(scenario).restrictions.restrict(caring("ann"), "ada", reason=WHY)
    scenario.grant("ada", "marketing.sms")
    scenario.withdraw("ada", "marketing.sms")
    scenario.house.vault.righting.removals.remove_own(scenario.own("ada"), idea.record)
    assert follower.poll() == []


def test_who_may_see_nobody_is_refused_and_on_record(scenario: Scenario) -> None:
    granted(scenario, "ada")
    clerk = replace(CAMPAIGN, principal=replace(CASE.principal, name="clerk"))
    with pytest.raises(Refused) as refusal:
        scenario.house.gate.follow(clerk, "profile")
    assert refusal.value.reasons
    assert refusal.value.decision_id


def test_only_services_follow(scenario: Scenario) -> None:
    granted(scenario, "ada")
    kim = Principal(Kind.STAFF, "kim", roles=("support",))
    for asked in (replace(CASE, principal=kim), scenario.own("ada")):
        with pytest.raises(Refused):
            scenario.house.gate.follow(asked, "profile")


def test_what_is_told_is_on_record_first(scenario: Scenario) -> None:
    granted(scenario, "ada")
    follower = Follower(scenario, CAMPAIGN, whole=True)
    follower.poll()
    scenario.withdraw("ada")
    follower.poll()
    said = [(each.outcome, each.collection) for each in scenario.reads("ada")]
    assert said == [("disclosed", "profile"), ("refused", "profile")]


def test_two_consumers_know_nobody_by_the_same_name(scenario: Scenario) -> None:
    granted(scenario, "ada")
    other = replace(CAMPAIGN, principal=replace(MARKETING, name="printer"))
    (one,) = Follower(scenario, CAMPAIGN, whole=True).poll()
    (two,) = Follower(scenario, other, whole=True).poll()
    (again,) = Follower(scenario, CAMPAIGN, whole=True).poll()
    assert {one.person, one.record}.isdisjoint({two.person, two.record})
    assert (one.person, one.record) == (again.person, again.record)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_a_persons_many_records_come_in_pages(scenario: Scenario, limit: int) -> None:
    scenario.customer("ada")
    for _ in range(5):
        scenario.profile("ada")
    follower = Follower(scenario, CAMPAIGN)
    scenario.grant("ada")
    assert what(follower.poll(limit)) == ["shown"] * 5
    assert follower.kept == follower.shown_now()


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_withdrawal_amid_the_pages_reaches_those_before(
    scenario: Scenario, limit: int
) -> None:
    scenario.customer("ada")
    for _ in range(5):
        scenario.profile("ada")
    follower = Follower(scenario, CAMPAIGN)
    scenario.grant("ada")
    follower.page(limit)
    assert follower.kept
    scenario.withdraw("ada")
    follower.poll(limit)
    assert follower.kept == {}


def test_what_is_long_together_comes_in_more_pages(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_look, "MAX_BYTES", 1_000)
    follower = Follower(scenario)
    for name in ("ada", "bob", "eve"):
        scenario.customer(name)
        scenario.profile(name)
    page, more = follower.page()
    assert len(page) < 3
    assert more
    follower.poll()
    assert follower.kept == follower.shown_now()
    whole = Follower(scenario, whole=True)
    whole.poll()
    assert whole.kept == follower.kept


@pytest.mark.parametrize("text", ["", "x", "é", "A" * 146, "A" * 255])
def test_a_position_that_is_none_begins_anew(scenario: Scenario, text: str) -> None:
    granted(scenario, "ada")
    with pytest.raises(Resync) as resync:
        scenario.house.gate.follow(CASE, "profile", text)
    follower = Follower(scenario)
    follower.position = resync.value.position
    assert what(follower.poll()) == ["shown"]


def test_a_position_is_good_for_its_own_question_alone(scenario: Scenario) -> None:
    granted(scenario, "ada")
    position = Follower(scenario).position
    helper = replace(CASE.principal, name="helper")
    more = replace(CASE.principal, roles=("marketing", "support"))
    for asked, collection in (
        (replace(CASE, principal=helper), "profile"),
        (replace(CASE, principal=more), "profile"),
        (replace(CASE, fields=frozenset({"name"})), "profile"),
        (CASE, "ticket"),
        (CAMPAIGN, "profile"),
    ):
        with pytest.raises(Resync):
            scenario.house.gate.follow(asked, collection, position)


def test_a_position_of_another_installation_begins_anew(
    scenario: Scenario, tmp_path: Path, clock: ManualClock
) -> None:
    follower = Follower(scenario)
    with lived_in(tmp_path / "other", clock) as other:
        granted(other, "ada")
        follower.scenario = other
        follower.poll()
        assert follower.begun_anew == 1
        assert follower.kept == follower.shown_now()


def test_other_policies_begin_anew(tmp_path: Path, clock: ManualClock) -> None:
    with lived_in(tmp_path / "home", clock) as scenario:
        granted(scenario, "ada")
        follower = Follower(scenario, whole=True)
        follower.poll()
        world = schedules.World(scenario.home, clock, random.Random(1))  # noqa: S311 - see below
        schedules.ACTS["policy.activated"](world, scenario, "")
    with opened(tmp_path / "home", clock) as scenario:
        follower.scenario = scenario
        follower.poll()
        assert follower.begun_anew == 1
        assert follower.kept == follower.shown_now()


def test_a_start_is_no_restore(tmp_path: Path, clock: ManualClock) -> None:
    with lived_in(tmp_path / "home", clock) as scenario:
        granted(scenario, "ada")
        follower = Follower(scenario, whole=True)
        follower.page()
    for name in ("bob", "eve"):
        with opened(tmp_path / "home", clock) as scenario:
            granted(scenario, name)
            follower.scenario = scenario
            follower.page(1)
    with opened(tmp_path / "home", clock) as scenario:
        follower.scenario = scenario
        follower.poll()
        assert follower.begun_anew == 0
        assert follower.kept == follower.shown_now()


@pytest.mark.parametrize("since", [0, 1, 30])
def test_a_restore_begins_anew_however_much_is_written_since(
    tmp_path: Path, clock: ManualClock, since: int
) -> None:
    followers: list[Follower] = []

    def live(scenario: Scenario) -> None:
        follower = Follower(scenario, CAMPAIGN, whole=True)
        granted(scenario, "eve", "dan")
        scenario.withdraw("bob")
        follower.poll()
        followers.append(follower)

    with restored(tmp_path / "home", clock, live) as scenario:
        (follower,) = followers
        follower.scenario = scenario
        scenario.register_many([f"new-{n}" for n in range(since)])
        follower.poll()
        assert follower.begun_anew == 1
        assert follower.kept == follower.shown_now()


def test_a_copy_of_which_the_ledger_knows_nothing_begins_anew_too(
    tmp_path: Path, clock: ManualClock
) -> None:
    # What support writes is stamped nowhere: no order, no entry lies beyond the copy.
    home = tmp_path / "home"
    with lived_in(home, clock) as scenario:
        granted(scenario, "ada")
        follower = Follower(scenario, whole=True)
        follower.poll()
        store = home / "data" / "vault.db"
        scenario.house.vault_db.truncate_wal()
        shutil.copy(store, tmp_path / "copy.db")
        scenario.profile("ada")
        follower.poll()
    for beside in ("-wal", "-shm"):
        store.with_name(store.name + beside).unlink(missing_ok=True)
    shutil.copy(tmp_path / "copy.db", store)
    schedules.restore_ledger(home)
    with opened(home, clock) as scenario:
        scenario.profile("ada")
        scenario.profile("ada")
        follower.scenario = scenario
        follower.poll()
        assert follower.begun_anew == 1
        assert follower.kept == follower.shown_now()


def test_who_is_behind_the_kept_rows_begins_anew(scenario: Scenario) -> None:
    granted(scenario, "ada")
    follower = Follower(scenario, whole=True)
    follower.poll()
    ahead = replace_position(follower)
    scenario.withdraw("ada")
    scenario.grant("ada")
    ahead.poll()
    scenario.clock.advance(days=400)
    scenario.house.vault.heartbeat.steps["feed"]()
    rows = scenario.house.vault_db.reader().execute("SELECT kind FROM vault_change")
    # The newest row, and the newest start.
    assert sorted(each for (each,) in rows.fetchall()) == ["consent", "start"]
    for each, times in ((follower, 1), (ahead, 0)):
        each.poll()
        assert each.begun_anew == times
        assert each.kept == each.shown_now()


def test_no_more_is_dropped_at_once_than_a_beat_may_take(scenario: Scenario) -> None:
    assert AT_ONCE <= 20_000
    changes = scenario.house.gate._follows.store
    scenario.register_many([f"new-{n}" for n in range(10)])
    with scenario.house.vault_db.write() as session:
        assert changes.drop(session, minute=0, most=2, limit=3) == 2  # and a start
        assert changes.drop(session, minute=0, most=10**6, limit=3) == 0


@pytest.mark.parametrize("seed", range(4))
def test_what_a_follower_keeps_is_what_a_scan_shows(
    tmp_path: Path, clock: ManualClock, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - which act comes next, no secret
    home = tmp_path / "home"
    world = schedules.World(home, clock, chance)
    with lived_in(home, clock) as scenario:
        schedules.settle(world, scenario)
        followers = [
            Follower(scenario, question, collection, whole=chance.random() < 0.9)
            for question, collection in (
                (CASE, "profile"),
                (CASE, "purchase"),
                (CAMPAIGN, "profile"),
                (ADVERTISE, "idea"),
            )
        ]
        for each in followers:
            each.poll()
            each.kept = each.kept or each.shown_now()
    for _ in range(3):
        with opened(home, clock) as scenario:
            for each in followers:
                each.scenario = scenario
            _live(world, scenario, followers)


def _live(
    world: schedules.World, scenario: Scenario, followers: list[Follower]
) -> None:
    for step in range(40):
        schedules.act(world, scenario)
        name = world.chance.choice(world.people())
        if world.chance.random() < 0.3:
            with suppress(Refused, Conflict):  # restricted, or other policies, by now
                scenario.profile(name, email=f"{name}-{step}@example.org")
        if world.chance.random() < 0.1:
            world.clock.advance(days=1)
        follower = world.chance.choice(followers)
        for _ in range(world.chance.randint(0, 2)):
            follower.page(world.chance.choice((1, 2, 5, 100)))
    for each in followers:
        each.poll(world.chance.choice((1, 3, 100)))
        assert each.kept == each.shown_now()
        gone = {handles(scenario, each.question).person(s) for s in _erased(scenario)}
        assert each.erased <= gone


def _erased(scenario: Scenario) -> list[bytes]:
    rows = scenario.house.vault_db.reader().execute("SELECT subject FROM vault_erasure")
    return [subject for (subject,) in rows.fetchall()]
