"""The heartbeat: what the ledger holds of the access log, and that it goes on."""

from datetime import timedelta

import pytest
from houses import CASE, Story, opened

from kit.errors import NotFound, Unavailable
from ledger.kinds import EntryType
from ledger.proof import Receipt


def _entries(story: Story) -> int:
    return story.house.log.publish().size


def test_a_beat_commits_the_lane_and_publishes(story: Story) -> None:
    story.customer()
    story.read(CASE, "ada", story.profile())
    size = _entries(story)
    story.house.vault.heartbeat.beat()
    opening = story.house.log.operator(size)
    facts = opening.statement()["facts"]
    head = story.house.access_log.head()
    assert head is not None
    assert facts == {"lane": head.lane.hex(), "seq": 1, "hash": head.hash.hex()}
    assert opening.type is EntryType.OPERATOR
    assert isinstance(story.house.log.receipt(size, opening), Receipt)


def test_a_quiet_log_adds_nothing(story: Story) -> None:
    story.house.vault.heartbeat.beat()
    size = _entries(story)
    story.house.vault.heartbeat.beat()
    assert _entries(story) == size


def test_closing_a_house_tells_the_ledger_of_its_last_reads(story: Story) -> None:
    story.customer()
    profile = story.profile()
    with opened(story.home, story.clock) as second:
        second.read(CASE, "ada", profile)
        size = _entries(second)
    story.house.log.publish()
    assert story.house.log.operator(size).statement()["kind"] == "lane.head"
    with pytest.raises(NotFound):
        story.house.log.operator(size + 1)


def test_a_beat_that_fails_is_an_alarm_and_the_next_one_tries_again(
    story: Story, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    heartbeat = story.house.vault.heartbeat
    beaten: list[int] = []

    def fail() -> None:
        beaten.append(1)
        raise Unavailable("no disk")

    monkeypatch.setattr(heartbeat, "beat", fail)
    with heartbeat.running(timedelta(milliseconds=5)):
        while len(beaten) < 3:
            pass
    assert "the ledger could not be published" in caplog.messages


def test_an_entry_that_waits_too_long_is_an_alarm_until_it_is_published(
    story: Story, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    heartbeat, alarm = story.house.vault.heartbeat, "an entry waits to be published"
    story.customer()
    story.idea("ada")
    with monkeypatch.context() as patch:
        patch.setattr(heartbeat, "beat", lambda: None)
        story.clock.advance(minutes=2)
        heartbeat.try_beat()
        assert alarm not in caplog.messages
        story.clock.advance(minutes=2)
        heartbeat.try_beat()
        assert caplog.messages.count(alarm) == 1
    heartbeat.try_beat()
    assert caplog.messages.count(alarm) == 1
