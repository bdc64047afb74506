"""Publishing: in a rhythm, and a failure is an alarm and no end."""

import asyncio
import logging
from datetime import timedelta

import pytest
from houses import Story

from kit.errors import Unavailable
from ledger.log import Log
from server.publishing import publish_regularly

SOON = timedelta(milliseconds=1)


async def _until(story: Story, size: int) -> None:
    for _ in range(2_000):
        latest = story.house.log.latest()
        if latest is not None and latest.checkpoint.size >= size:
            return
        await asyncio.sleep(0.005)
    pytest.fail("nothing was published")


async def test_what_is_committed_is_published_without_anybody_asking(
    story: Story,
) -> None:
    story.customer("ada")
    task = asyncio.create_task(publish_regularly(story.house.log, SOON))
    for _ in range(2):
        index = story.idea("ada").index
        assert index is not None
        await _until(story, index + 1)
    task.cancel()


@pytest.mark.parametrize("error", [Unavailable("no mirror"), OSError("disk full")])
async def test_a_failure_is_an_alarm_and_the_next_attempt_counts(
    story: Story,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    publish, failures = Log.publish, [error]

    def flaky(log: Log) -> object:
        if failures:
            raise failures.pop()
        return publish(log)

    monkeypatch.setattr(Log, "publish", flaky)
    monkeypatch.setattr(logging.getLogger("allod"), "propagate", True)
    story.customer("ada")
    index = story.idea("ada").index
    assert index is not None
    task = asyncio.create_task(publish_regularly(story.house.log, SOON))
    await _until(story, index + 1)
    task.cancel()
    [alarm] = [each for each in caplog.records if each.name == "allod"]
    assert alarm.message == "the ledger could not be published"
