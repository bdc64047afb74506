"""The heartbeat: what the ledger holds of the access log, and that it goes on."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from growing import beats, counted
from houses import CASE, Scenario, opened

from kit.errors import NotFound, Unavailable
from kit.ticker import STUCK
from ledger.formats.encoding import decode64
from ledger.formats.entry_kinds import EntryType
from ledger.formats.receipt import Receipt


def _entries(scenario: Scenario) -> int:
    return scenario.house.log.publish().size


def test_a_beat_commits_the_lane_and_publishes(scenario: Scenario) -> None:
    scenario.customer()
    scenario.read(CASE, "ada", scenario.profile())
    size = _entries(scenario)
    scenario.house.vault.heartbeat.run_once()
    opening = scenario.house.log.operator(size)
    facts = opening.statement()["facts"]
    orders = facts.pop("orders")
    head = scenario.house.access_log.head()
    assert head is not None
    assert facts == {"lane": head.lane.hex(), "seq": head.seq, "hash": head.hash.hex()}
    assert len(decode64(orders)) == 32
    assert opening.type is EntryType.OPERATOR
    assert isinstance(scenario.house.log.receipt(size, opening), Receipt)


def test_every_head_speaks_of_the_orders_and_none_tells_whether_there_was_one(
    scenario: Scenario,
) -> None:
    scenario.customer()
    profile = scenario.profile()
    for act in (lambda: None, lambda: scenario.withdraw("ada"), lambda: None):
        act()
        scenario.read(CASE, "ada", profile)
        scenario.house.vault.heartbeat.run_once()
    heads = [facts["orders"] for _, facts in scenario.house.log.operators("lane.head")]
    assert len(set(heads)) == len(heads) == 3
    assert list(scenario.house.vault.order_check.findings()) == []


def test_a_quiet_log_adds_nothing(scenario: Scenario) -> None:
    scenario.house.vault.heartbeat.run_once()
    size = _entries(scenario)
    scenario.house.vault.heartbeat.run_once()
    assert _entries(scenario) == size


def test_a_beat_looks_at_keys_and_erasures_without_reading_what_beats_have_said(
    scenario: Scenario,
) -> None:
    steps = scenario.house.vault.heartbeat.steps
    work = [_looking(scenario, steps["keys"]), _looking(scenario, steps["erasures"])]
    beats(scenario, 3_000)
    assert _looking(scenario, steps["keys"]) < 2 * work[0]
    assert _looking(scenario, steps["erasures"]) < 2 * work[1]


def _looking(scenario: Scenario, step: Callable[[], None]) -> int:
    with counted(scenario.house.vault_db.reader()) as work:
        step()
    return work.steps


def test_closing_a_house_tells_the_ledger_of_its_last_reads(scenario: Scenario) -> None:
    scenario.customer()
    profile = scenario.profile()
    with opened(scenario.home, scenario.clock) as second:
        second.read(CASE, "ada", profile)
        size = _entries(second)
    scenario.house.log.publish()
    assert scenario.house.log.operator(size).statement()["kind"] == "lane.head"
    with pytest.raises(NotFound):
        scenario.house.log.operator(size + 1)


def test_a_step_that_fails_is_an_alarm_and_the_next_beat_tries_it_again(
    scenario: Scenario,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    heartbeat = scenario.house.vault.heartbeat
    third, tried = threading.Event(), iter(range(3))

    def fail() -> None:
        if next(tried, None) is None:
            third.set()
        raise Unavailable("no disk")

    monkeypatch.setattr(heartbeat._log, "publish", fail)
    with heartbeat.running(timedelta(milliseconds=5)):
        assert third.wait(10)
    assert ("a step of the heartbeat failed", "publish") in _alarms(caplog)


@pytest.mark.parametrize("stuck", ["keys", "erasures", "time"])
def test_a_step_that_waits_holds_no_other_and_is_named_with_its_age(
    scenario: Scenario,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    stuck: str,
) -> None:
    heartbeat, free = scenario.house.vault.heartbeat, threading.Event()
    places = {"keys": "_keys.reconcile", "erasures": "_erasure.resume"}
    place = places.get(stuck, "_time.run_once")
    owner, _, method = place.partition(".")
    monkeypatch.setattr(getattr(heartbeat, owner), method, lambda: free.wait(20))
    scenario.customer()
    written = scenario.profile()
    size = _entries(scenario)
    scenario.read(CASE, "ada", written)
    try:
        with heartbeat.running(timedelta(milliseconds=20)):
            assert _soon(lambda: _signed(scenario) > size)
            assert _soon(lambda: (STUCK, stuck) in _alarms(caplog))
            free.set()
    finally:
        free.set()
    opening = scenario.house.log.operator(size)
    assert opening.statement()["kind"] == "lane.head"
    ages = [
        vars(each)["allod"]["milliseconds"]
        for each in caplog.records
        if each.msg == STUCK
    ]
    assert min(ages) >= 4 * 20


def test_a_beat_takes_every_step_and_then_tells_of_the_first_that_failed(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    heartbeat = scenario.house.vault.heartbeat
    scenario.customer()
    scenario.read(CASE, "ada", scenario.profile())
    size = _entries(scenario)

    def wait() -> int:
        raise Unavailable("a reader")

    monkeypatch.setattr(heartbeat._erasure, "resume", wait)
    with pytest.raises(Unavailable, match="a reader"):
        heartbeat.run_once()
    assert _signed(scenario) == size + 1


def test_an_entry_that_waits_too_long_is_an_alarm_until_it_is_published(
    scenario: Scenario,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    heartbeat, alarm = scenario.house.vault.heartbeat, "an entry waits to be published"
    scenario.customer()
    scenario.idea("ada")
    with monkeypatch.context() as patch:
        patch.setattr(heartbeat._log, "publish", lambda: None)
        scenario.clock.advance(minutes=2)
        heartbeat._watch()
        assert alarm not in caplog.messages
        scenario.clock.advance(minutes=2)
        heartbeat._watch()
        assert caplog.messages.count(alarm) == 1
    heartbeat.run_once()
    heartbeat._watch()
    assert caplog.messages.count(alarm) == 1


def _signed(scenario: Scenario) -> int:
    latest = scenario.house.log.latest()
    return 0 if latest is None else latest.checkpoint.size


def _alarms(caplog: pytest.LogCaptureFixture) -> set[tuple[str, str]]:
    return {(each.msg, vars(each)["allod"].get("step", "")) for each in caplog.records}


def _soon(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + 10
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()
