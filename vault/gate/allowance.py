"""How often anybody may ask whether a value is the one held.

Each answer is a bit about a person. So there are few: 5 an hour and 20 a day about one
customer, whoever asks, and 30 an hour of one caller, whoever they ask about. A question
about nobody counts for the caller too: else trying customers would be free.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from kit.clock import Clock, unix
from kit.db import Database, WriteSession
from kit.errors import TooMany
from ledger.formats.order_kinds import neither
from vault._internal.ports.keeping import VerificationStore
from vault.gate.question import Principal

HOUR: Final = 3_600
DAY: Final = 24 * HOUR

# A copy of data/ forgets a few questions; the access log has them still.
neither("verification.counted")


class Bound(NamedTuple):
    """So many questions within so many seconds."""

    most: int
    within: int


ABOUT_A_CUSTOMER: Final = (Bound(5, HOUR), Bound(20, DAY))
OF_A_CALLER: Final = (Bound(30, HOUR),)


def too_many(wait: int) -> TooMany:
    """Say that no more is answered before `wait` seconds are over."""
    return TooMany(
        "too many values were to be verified",
        retry_after=wait,
        code="limit.verify",
        fix="wait as long as Retry-After says",
    )


class Allowance:
    """What is left to be asked, for all processes of one home."""

    def __init__(
        self, database: Database, asked: VerificationStore, clock: Clock
    ) -> None:
        self._database = database
        self._asked = asked
        self._clock = clock

    def charge(
        self, principal: Principal, subjects: Sequence[bytes]
    ) -> dict[bytes, int]:
        """Count one question of a caller, about some customers or about nobody.

        Gives for each customer after how many seconds it may be answered; 0 is now.

        Raises:
            TooMany: the caller has asked too often. Nothing is counted.

        """
        now = unix(self._clock.now())
        caller = f"{principal.kind.value}:{principal.name}"
        with self._database.write() as session:
            self._asked.forget(session, now - DAY)
            by = [
                self._asked.last_by(session, caller, now - b.within, b.most)
                for b in OF_A_CALLER
            ]
            if wait := _wait(by, OF_A_CALLER, now):
                raise too_many(wait)
            self._asked.add(session, now, principal=caller)
            return {each: self._about(session, each, now) for each in subjects}

    def _about(self, session: WriteSession, subject: bytes, now: int) -> int:
        times = [
            self._asked.last_of(session, subject, now - bound.within, bound.most)
            for bound in ABOUT_A_CUSTOMER
        ]
        wait = _wait(times, ABOUT_A_CUSTOMER, now)
        if not wait:
            self._asked.add(session, now, subject=subject)
        return wait


def _wait(times: Sequence[int | None], bounds: Sequence[Bound], now: int) -> int:
    reached = zip(times, bounds, strict=True)
    return max((at + b.within - now for at, b in reached if at is not None), default=0)
