"""Steps that are taken again and again, in a thread of their own.

A step that fails is an alarm, never the end: the thread goes on until the block ends
that it was started for, and the next tick tries again. The block's end waits for a
step that is being taken.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from kit import telemetry
from kit.errors import AllodError
from kit.storage import in_words

Step = Callable[[], None]


@contextmanager
def ticking(
    step: Step, *, every: timedelta, name: str, complaint: str
) -> Iterator[None]:
    """Take a step now and then for the length of a block, first after one interval.

    `complaint` is the event of the alarm that a step failed.
    """
    ended, seconds = threading.Event(), every.total_seconds()

    def run() -> None:
        while not ended.wait(seconds):
            attempt(step, complaint=complaint)

    thread = threading.Thread(target=run, name=name)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def attempt(*steps: Step, complaint: str) -> None:
    """Take steps in turn, each whatever became of the others; a failure is an alarm."""
    for step in steps:
        try:
            step()
        except AllodError as error:
            telemetry.alarm(complaint, code=error.reason_code)
        except Exception as error:  # noqa: BLE001 - a thread that dies ticks no more
            known = in_words(error) if isinstance(error, OSError) else None
            telemetry.alarm(complaint, code=known.reason_code if known else "internal")
