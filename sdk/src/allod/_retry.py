"""When to ask again, and how long to wait first.

Only a call that may be repeated is: one that reads, one that is idempotent by its
method, or one with an idempotency key. Attempts are bounded; waits double, with
jitter, so that clients which failed together do not come back together. A server's
Retry-After goes before; one that asks for more patience than allowed ends the matter.
"""

import random
from dataclasses import dataclass

from allod._errors import AllodError, ApiError, NoAnswer

AGAIN = frozenset({429, 502, 503, 504})

_dice = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a call is made at most, and how long to wait between (in seconds)."""

    attempts: int = 3
    first_wait: float = 0.25
    longest_wait: float = 10.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or not 0 <= self.first_wait <= self.longest_wait:
            raise ValueError("one attempt at least, and waits that are not negative")

    def wait(self, made: int, fault: AllodError) -> float | None:
        """Tell how long to wait after `made` attempts; None means to give up."""
        if made >= self.attempts or not _passing(fault):
            return None
        asked = fault.problem.retry_after if isinstance(fault, ApiError) else None
        if asked is not None:
            return asked if asked <= self.longest_wait else None
        ceiling: float = min(self.longest_wait, self.first_wait * 2 ** (made - 1))
        return _dice.uniform(ceiling / 2, ceiling)


def _passing(fault: AllodError) -> bool:
    return isinstance(fault, NoAnswer) or fault.status in AGAIN
