"""Whatever a step does, the next one is taken; the end of the block is the end."""

import errno
import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from kit.errors import Unavailable
from kit.ticker import STUCK, Progress, attempt, side_by_side, ticking

SOON = timedelta(milliseconds=1)
LATE = timedelta(hours=1)


def failing(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def codes(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(each.msg, vars(each)["allod"]["code"]) for each in caplog.records]


def test_steps_are_taken_until_the_block_ends_and_none_after() -> None:
    taken: list[str] = []
    third = threading.Event()

    def step() -> None:
        taken.append(threading.current_thread().name)
        if len(taken) == 3:
            third.set()

    with ticking(step, every=SOON, name="clockwork", complaint="it stopped"):
        assert third.wait(10)
    count = len(taken)
    assert set(taken) == {"clockwork"}
    assert "clockwork" not in {each.name for each in threading.enumerate()}
    time.sleep(0.02)
    assert len(taken) == count


def test_a_step_is_not_taken_before_the_first_interval_is_over() -> None:
    taken: list[int] = []
    with ticking(lambda: taken.append(1), every=LATE, name="slow", complaint=""):
        time.sleep(0.02)
    assert not taken


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unavailable("no disk"), "unavailable"),
        (Unavailable("nobody there", code="gate.unreachable"), "gate.unreachable"),
        (OSError(errno.ENOSPC, "no room"), "storage.full"),
        (KeyError("of someone"), "internal"),
    ],
)
def test_a_step_that_fails_is_an_alarm_and_is_taken_again(
    error: Exception, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    third, taken = threading.Event(), iter(range(3))

    def step() -> None:
        if next(taken, None) is None:
            third.set()
        raise error

    with (
        caplog.at_level(logging.ERROR),
        ticking(step, every=SOON, name="failing", complaint="it failed"),
    ):
        assert third.wait(10)
    assert set(codes(caplog)) == {("it failed", code)}
    assert len(caplog.records) >= 3
    assert "of someone" not in caplog.text


def test_the_end_waits_for_the_step_that_is_being_taken() -> None:
    begun, done = threading.Event(), threading.Event()

    def step() -> None:
        begun.set()
        time.sleep(0.05)
        done.set()

    with ticking(step, every=SOON, name="patient", complaint=""):
        assert begun.wait(10)
    assert done.is_set()


def test_a_block_that_raises_ends_the_thread_as_well() -> None:
    with (
        pytest.raises(ZeroDivisionError),
        ticking(int, every=LATE, name="orphan", complaint=""),
    ):
        raise ZeroDivisionError
    assert "orphan" not in {each.name for each in threading.enumerate()}


def test_each_step_is_taken_whatever_became_of_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    taken: list[int] = []
    first, second = failing(ValueError()), failing(Unavailable("no disk"))
    with caplog.at_level(logging.ERROR):
        attempt(first, second, lambda: taken.append(1), complaint="it failed")
    assert taken == [1]
    assert codes(caplog) == [("it failed", "internal"), ("it failed", "unavailable")]


def test_a_step_that_waits_holds_no_other_step() -> None:
    free, third, taken = threading.Event(), threading.Event(), iter(range(3))

    def step() -> None:
        if next(taken, None) is None:
            third.set()

    steps = {"waits": lambda: _wait(free), "goes on": step}
    with side_by_side(steps, every=SOON, patience=LATE, complaint="it failed"):
        assert third.wait(10)
        free.set()


def test_the_step_that_has_waited_longest_is_named_with_its_age(
    caplog: pytest.LogCaptureFixture,
) -> None:
    at = 0.0
    steps: dict[str, Callable[[], None]] = {
        "well": lambda: None,
        "failing": failing(Unavailable("no disk")),
        "worse": failing(Unavailable("no disk")),
    }
    progress = Progress(steps, lambda: at)
    progress.round("worse", "it failed")()
    at = 5.0
    steps["failing"] = lambda: None
    progress.round("failing", "it failed")()
    steps["failing"] = failing(Unavailable("no disk"))
    progress.round("well", "it failed")()
    with caplog.at_level(logging.ERROR):
        progress.watch(timedelta(seconds=5))
        assert STUCK not in caplog.messages
        at = 6.0
        progress.watch(timedelta(seconds=5))
    told = [vars(each)["allod"] for each in caplog.records if each.msg == STUCK]
    assert told == [{"step": "worse", "milliseconds": 6000}]


def test_the_end_leaves_a_step_alone_that_does_not_come_to_its_own() -> None:
    begun, free = threading.Event(), threading.Event()

    def step() -> None:
        begun.set()
        _wait(free)

    started = time.monotonic()
    with side_by_side(
        {"waits": step}, every=SOON, patience=LATE, complaint="", parting=10 * SOON
    ):
        assert begun.wait(10)
    assert time.monotonic() - started < 5
    free.set()


def _wait(until: threading.Event) -> None:
    until.wait(20)
