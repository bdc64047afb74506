"""When to ask again, and how long to wait first.

Only a call that may be repeated is: one that reads, one that is idempotent by its
method, or one with an idempotency key. It is tried again for some ten seconds, which
a server takes to start anew; waits double, with jitter, so that clients which failed
together do not come back together. A server's Retry-After goes before; one that asks
for more patience than is left ends the matter.
"""

import random
import time
from dataclasses import dataclass

from allod._errors import AllodError, ApiError, ConnectionFailed

AGAIN = frozenset({429, 502, 503, 504})

_dice = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Retry:
    """How long a call is tried again, in seconds from its first attempt.

    No attempt begins later than one wait after `patience`, nor are there more than
    `attempts`: `Retry(attempts=1)` never repeats.
    """

    attempts: int = 12
    patience: float = 10.0
    first_wait: float = 0.25
    longest_wait: float = 2.5

    def __post_init__(self) -> None:
        if self.attempts < 1 or not 0 <= self.first_wait <= self.longest_wait:
            raise ValueError("one attempt at least, and waits that are not negative")
        if self.patience < 0:
            raise ValueError("patience is not negative")

    def begin(self) -> "Attempts":
        """Begin to count the attempts of one call."""
        return Attempts(self)


class Attempts:
    """The attempts of one call."""

    def __init__(self, retry: Retry) -> None:
        self._retry = retry
        self._made = 0
        self._began = time.monotonic()

    def wait(self, fault: AllodError) -> float | None:
        """Tell how many seconds to wait after another failed attempt; None: give up."""
        self._made += 1
        left = self._retry.patience - (time.monotonic() - self._began)
        if self._made >= self._retry.attempts or left <= 0 or not _passing(fault):
            return None
        asked = fault.problem.retry_after if isinstance(fault, ApiError) else None
        if asked is not None:
            return asked if asked <= left else None
        doubled: float = self._retry.first_wait * 2 ** (self._made - 1)
        ceiling = min(self._retry.longest_wait, doubled)
        return _dice.uniform(ceiling / 2, ceiling)


def _passing(fault: AllodError) -> bool:
    return isinstance(fault, ConnectionFailed) or fault.status in AGAIN
