"""Steps that are taken again and again, in a thread of their own.

A step that fails is an alarm, never the end: the thread goes on until the block ends
that it was started for, and the next tick tries again. The block's end waits for a
step that is being taken; `side_by_side` waits no longer than it is told.

Steps side by side have a thread each, so that one which waits or fails holds no other.
A step that has not come to its end for too long is an alarm with its name and its age.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from kit import telemetry
from kit.errors import AllodError
from kit.storage import in_words

Step = Callable[[], None]

STUCK: Final = "a step has not come to its end for too long"
PARTING: Final = timedelta(seconds=10)
"""How long the end of steps side by side waits for those that are being taken."""


@contextmanager
def ticking(
    step: Step, *, every: timedelta, name: str, complaint: str
) -> Iterator[None]:
    """Take a step now and then for the length of a block, first after one interval.

    `complaint` is the event of the alarm that a step failed.
    """
    ended = threading.Event()
    thread = _started(lambda: attempt(step, complaint=complaint), every, name, ended)
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def side_by_side(
    steps: Mapping[str, Step],
    *,
    every: timedelta,
    patience: timedelta,
    complaint: str,
    parting: timedelta = PARTING,
) -> Iterator[None]:
    """Take named steps now and then, each in its own thread, and watch over them.

    The step that has waited longest for its end, and longer than `patience`, is an
    alarm at each interval. A step that is still being taken `parting` after the
    block's end is left alone: it holds neither the block nor the process.
    """
    ended, progress = threading.Event(), Progress(steps)
    rounds = {name: progress.round(name, complaint) for name in steps}
    rounds["watch"] = lambda: progress.watch(patience)
    threads = [
        _started(each, every, name, ended, daemon=True) for name, each in rounds.items()
    ]
    try:
        yield
    finally:
        ended.set()
        until = time.monotonic() + parting.total_seconds()
        for thread in threads:
            # One time for all threads together, however many they are.
            thread.join(max(0.0, until - time.monotonic()))


class Progress:
    """When each of some steps last came to its end without a failure."""

    def __init__(
        self, steps: Mapping[str, Step], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._steps = steps
        self._monotonic = monotonic
        # Each name is set by its own thread alone, and read by the watch.
        self._ended = dict.fromkeys(steps, monotonic())

    def round(self, name: str, complaint: str) -> Step:
        """Give the taking of one step, which notes when it has come to its end."""

        def take() -> None:
            self._steps[name]()
            self._ended[name] = self._monotonic()

        return lambda: attempt(take, complaint=complaint, name=name)

    def watch(self, patience: timedelta) -> None:
        """Raise an alarm for the step that has waited longest, if that is too long."""
        name, ended = min(self._ended.items(), key=lambda each: each[1])
        waited = timedelta(seconds=self._monotonic() - ended)
        if waited > patience:
            milliseconds = int(waited.total_seconds() * 1000)
            telemetry.alarm(STUCK, step=name, milliseconds=milliseconds)


def attempt(*steps: Step, complaint: str, name: str = "") -> None:
    """Take steps in turn, each whatever became of the others; a failure is an alarm.

    `name` is what the alarm calls them, if they have a name.
    """
    named = {"step": name} if name else {}
    for step in steps:
        try:
            step()
        except AllodError as error:
            telemetry.alarm(complaint, code=error.reason_code, **named)
        except Exception as error:  # noqa: BLE001 - a thread that dies ticks no more
            known = in_words(error) if isinstance(error, OSError) else None
            code = known.reason_code if known else "internal"
            telemetry.alarm(complaint, code=code, **named)


def _started(
    step: Step,
    every: timedelta,
    name: str,
    ended: threading.Event,
    *,
    daemon: bool = False,
) -> threading.Thread:
    seconds = every.total_seconds()

    def run() -> None:
        while not ended.wait(seconds):
            step()

    thread = threading.Thread(target=run, name=name, daemon=daemon)
    thread.start()
    return thread
