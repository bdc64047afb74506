"""Following a collection: what is told, and what is not."""

import random
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import schedules
from clocks import ManualClock
from followers import Follower, at_the_place_of, granted, handles, what
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

from kit.errors import Conflict, Refused
from pdp.decision.question import Kind
from vault import Principal, Question
from vault.gate import feed_look

ADVERTISE = Question(MARKETING, "ugc.advertise")


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
    late = at_the_place_of(follower)
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
