"""The one answer about an id or identifier that is in use beyond the caller's reach.

Making something new cannot hide that its name is taken. So this is the exception from
one answer for all: `customer.unavailable`, the same for what is taken and what was
erased and is kept from coming back. It is on record, where the holder sees it, and
whoever gets it thirty times within an hour makes nothing new until the hour is over.
"""

import threading
from collections import OrderedDict, deque
from datetime import timedelta
from typing import Final

from kit.clock import Clock, unix
from kit.errors import Conflict, TooMany
from vault._internal.ticket import WriteTicket
from vault.gate.question import Principal
from vault.writes.tickets import Tickets

MAX_TIMES: Final = 30
WITHIN: Final = timedelta(hours=1)
MAX_PRINCIPALS: Final = 10_000


class InUse:
    """Tells callers that a name is not to be had, and keeps them from trying many."""

    def __init__(self, *, tickets: Tickets, clock: Clock) -> None:
        self._tickets = tickets
        self._clock = clock
        self._lock = threading.Lock()
        # By when they were last looked at: of more than MAX_PRINCIPALS, the one that
        # was quiet for longest is forgotten.
        self._times: OrderedDict[tuple[str, str], deque[int]] = OrderedDict()

    def require_few(self, principal: Principal) -> None:
        """Check that a caller has not been told so too often.

        Raises:
            TooMany: they have; nothing new is made for them for a while.

        """
        error = self.too_many(principal)
        if error is not None:
            raise error

    def left(self, principal: Principal) -> int:
        """Count how many more names a caller may be told are not to be had."""
        with self._lock:
            times = self._of(principal, unix(self._clock.now()))
            return max(0, MAX_TIMES - len(times))

    def too_many(self, principal: Principal) -> TooMany | None:
        """Give what keeps a caller from making anything new, if anything does."""
        now = unix(self._clock.now())
        with self._lock:
            times = self._of(principal, now)
            if len(times) < MAX_TIMES:
                return None
            wait = int(WITHIN.total_seconds()) - (now - times[0])
        return TooMany(
            "too many ids or identifiers were tried that cannot be had",
            retry_after=wait,
            code="limit.rate",
            fix="wait as long as Retry-After says",
        )

    def answer(self, ticket: WriteTicket, holder: bytes | None) -> Conflict:
        """Say that it cannot be had; on record, with whose it is, if anybody's."""
        principal = ticket.question.principal
        with self._lock:
            now = unix(self._clock.now())
            self._of(principal, now).append(now)
        self._tickets.tell(ticket, "unavailable", [holder] if holder else [])
        return Conflict(
            "the id or an identifier cannot be used",
            code="customer.unavailable",
            fix="use another, or ask whoever answers for the customers' data",
        )

    def _of(self, principal: Principal, now: int) -> deque[int]:
        # Customers all have one name: what one of them tries keeps out no other.
        own = principal.subject
        key = (principal.kind.value, own.hex() if own else principal.name)
        times = self._times.setdefault(key, deque())
        self._times.move_to_end(key)
        while times and now - times[0] >= WITHIN.total_seconds():
            times.popleft()
        if len(self._times) > MAX_PRINCIPALS:
            self._times.popitem(last=False)
        return times
