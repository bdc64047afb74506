"""Who may do heavy work now: a count for each caller and in all, and a rate.

Scans, policy trials and exports take seconds of a processor, or a process of their own.
Whoever comes when all turns are taken is told so at once, with the seconds after which
to come again; nobody waits in a queue that somebody else has filled. A caller has one
turn of each kind, two of batches, whichever of their tokens they use.

The same counts failed sign-ins for each address: what is refused is the failing call,
never a valid token from the same address. And it counts all calls of a principal, of
whichever of their tokens: so many in a minute of a person, and of a service if so set.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv6Address, ip_address
from time import time
from types import MappingProxyType
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from kit.errors import TooMany
from kit.settings import Settings
from pdp.decision.question import Kind
from server.auth.principals import Bearer

NO_LIMIT: Final[Mapping[Kind, int]] = MappingProxyType({})
SOON: Final = 5
"""After how many seconds a turn may be free again."""
_IPV6_SITE: Final = 64  # RFC 6177: the least that one subscriber is given


class Work(StrEnum):
    """Kinds of heavy work, which have turns of their own."""

    SCAN = "scan"
    TRIAL = "trial"
    CHANGE = "change"
    EXPORT = "export"
    BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Most:
    """How many of a kind may be under way: in all, and of one caller.

    What is `rated` may also be begun so often in a minute, and no oftener.
    """

    at_once: int
    each: int = 1
    rated: bool = True


class Turns:
    """The turns of one server process."""

    def __init__(
        self,
        most: Mapping[Work, Most],
        *,
        per_minute: int,
        failed_per_minute: int,
        calls_per_minute: Mapping[Kind, int] = NO_LIMIT,
    ) -> None:
        self._most = most
        self._calls = {
            kind: RateLimitItemPerMinute(most)
            for kind, most in calls_per_minute.items()
            if most
        }
        self._rate = RateLimitItemPerMinute(per_minute)
        self._failures = RateLimitItemPerMinute(failed_per_minute)
        # Looking for a free turn and taking it are one step.
        self._lock = threading.Lock()
        self._under_way: Counter[tuple[Work, str]] = Counter()

    @classmethod
    def of(cls, settings: Settings) -> "Turns":
        """Make the turns that the settings allow."""
        most = {
            Work.SCAN: Most(settings.scans_at_once),
            Work.TRIAL: Most(settings.trials_at_once),
            Work.CHANGE: Most(1),
            Work.EXPORT: Most(settings.exports_at_once),
            Work.BATCH: Most(4, each=2, rated=False),
        }
        return cls(
            most,
            per_minute=settings.heavy_per_minute,
            failed_per_minute=settings.failed_per_minute,
            calls_per_minute=dict.fromkeys(Kind, settings.calls_per_minute)
            | {Kind.SERVICE: settings.service_calls_per_minute},
        )

    @contextmanager
    def taken(self, work: Work, bearer: Bearer) -> Iterator[None]:
        """Have a turn for the length of a block; otherwise as `take`."""
        release = self.take(work, bearer)
        try:
            yield
        finally:
            release()

    def take(self, work: Work, bearer: Bearer) -> Callable[[], None]:
        """Take a turn; gives what ends it, which may be called again.

        Raises:
            TooMany: all are taken, or this caller has one, or began too many lately.

        """
        who = _name(bearer)
        with self._lock:
            self._require_free(work, who)
            self._under_way[work, who] += 1
        try:
            if self._most[work].rated:
                self._require(
                    self._rate,
                    "rate",
                    f"{work}/{who}",
                    f"you began more than {self._rate.amount} of this in a minute",
                )
        except TooMany:
            self._release(work, who)
            raise
        ended = threading.Event()

        def release() -> None:
            if not ended.is_set():
                ended.set()
                self._release(work, who)

        return release

    def count_call(self, bearer: Bearer) -> None:
        """Count a call with a valid token.

        Raises:
            TooMany: there were too many of this principal in the last minute.

        """
        rate = self._calls.get(bearer.principal.kind)
        if rate is not None:
            who = _name(bearer)
            self._require(rate, "calls", who, "you called too often in a minute")

    def count_failure(self, address: str) -> None:
        """Count a call without a valid token.

        Raises:
            TooMany: there were too many from this address in the last minute.

        """
        site = _site(address)
        self._require(
            self._failures,
            "failed",
            site,
            "too many calls without a valid token came from this address",
            fix="call with a valid token, or wait",
        )

    def _require_free(self, work: Work, who: str) -> None:
        most = self._most[work]
        own = self._under_way[work, who]
        total = sum(n for (kind, _), n in self._under_way.items() if kind is work)
        if own >= most.each or total >= most.at_once:
            whose = "of yours" if own >= most.each else "of others"
            raise TooMany(
                f"a {work} {whose} is under way, and no more are begun now",
                retry_after=SOON,
                fix="wait for it to end, or come again later",
            )

    def _require(
        self,
        rate: RateLimitItemPerMinute,
        name: str,
        who: str,
        detail: str,
        *,
        fix: str = "wait for the time given",
    ) -> None:
        if not self._limiter.hit(rate, name, who):
            raise TooMany(
                detail,
                retry_after=self._seconds(rate, name, who),
                quota=rate.amount,
                code=f"limit.{name}",
                fix=fix,
            )

    def _release(self, work: Work, who: str) -> None:
        with self._lock:
            self._under_way[work, who] -= 1
            if not self._under_way[work, who]:
                del self._under_way[work, who]

    @cached_property
    def _limiter(self) -> FixedWindowRateLimiter:
        # Made at the first call: it starts a thread, and a scan's process has no use.
        return FixedWindowRateLimiter(MemoryStorage())

    def _seconds(self, rate: RateLimitItemPerMinute, *of: str) -> int:
        reset = self._limiter.get_window_stats(rate, *of).reset_time
        return int(reset - time()) + 1


def _name(bearer: Bearer) -> str:
    principal = bearer.principal
    subject = principal.subject
    return f"{principal.kind}/{subject.hex() if subject else principal.name}"


def _site(address: str) -> str:
    """Name whoever has an address: of IPv6, one has a whole network of them."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        return str(int(found) >> _IPV6_SITE)
    return str(found)
