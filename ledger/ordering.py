"""The port through which parts leave an order with what they change.

The vault implements it: number, chain, MAC and row in the caller's own transaction, so
that an act and its order stand or fall together. After the commit, and before the unit
of work returns, the order is durable in the mirror; nobody has to remember it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from kit.db import WriteSession
from kit.errors import AllodError, IntegrityFault
from ledger.formats.order import OrderRef

Replayer = Callable[[WriteSession, bytes | None, Mapping[str, Any]], None]
"""Takes the narrower of an order's result and what is there, of a subject or of none.

Doing it twice is doing it once; it leaves an act, and no order.
"""


class OrderWaiting(AllodError):
    """Not all of an order could be done yet; what could be done is to be kept.

    Raised by a `Replayer`, whose order is then brought back again at each start.
    """


class Ordering(Protocol):
    """Leaves orders."""

    def add(
        self,
        session: WriteSession,
        kind: str,
        result: Mapping[str, Any],
        *,
        subject: bytes | None = None,
    ) -> OrderRef:
        """Leave an order of a declared kind (formats.order_kinds); gives its place.

        `result` is a ceiling, not a step: what may be so at most, from now on.
        Where the mirror cannot be written the unit of work ends with `Unavailable`
        (`mirror.unavailable`) although it has committed: the act is in force, and is to
        be repeated.
        """
        ...

    def confirm(self, session: WriteSession) -> None:
        """Wait for what was ordered before, where the same is said again."""
        ...


def required(subject: bytes | None) -> bytes:
    """Give the subject of an order that has to be about one.

    Raises:
        IntegrityFault: it is about nobody.

    """
    if subject is None:
        raise IntegrityFault("an order about a person names nobody")
    return subject
