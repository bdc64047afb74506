"""Positions in the feed: whose they are, and when whoever holds one begins anew."""

import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import schedules
from clocks import ManualClock
from followers import Follower, at_the_place_of, granted, what
from houses import (
    CAMPAIGN,
    CASE,
    Scenario,
    lived_in,
    opened,
)
from restoring import restored

from kit.errors import Resync
from vault.feed_keeping import AT_ONCE


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
    ahead = at_the_place_of(follower)
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
