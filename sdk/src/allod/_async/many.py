"""Sends a long list in several calls, each of which may be repeated without harm."""

from collections.abc import Callable, Iterable
from typing import Any

from allod._async.http import Http
from allod._errors import TooLarge
from allod._many import Outcome, pieces, read_outcomes
from allod._transport import Call

Bodies = list[dict[str, Any]]


async def send_many(
    http: Http, call: Callable[[int, Bodies], Call], bodies: Iterable[dict[str, Any]]
) -> tuple[Outcome, ...]:
    """Send items, and give what became of each.

    `call` makes the call for some, given how many went before. Where a server takes
    less than usual, what it does not take is sent in halves; one that is too large by
    itself is refused, and keeps no other out.
    """
    outcomes: list[Outcome] = []
    for piece in pieces(bodies):
        waiting = [piece]
        while waiting:
            some = waiting.pop()
            try:
                answer = await http.fetch(call(len(outcomes), some))
            except TooLarge as error:
                if len(some) == 1:
                    outcomes.append(Outcome("refused", error=error))
                    continue
                # A stack: the first half goes next, so that outcomes keep their order.
                half = len(some) // 2
                waiting += [some[half:], some[:half]]
            else:
                outcomes += read_outcomes(answer, len(some))
    return tuple(outcomes)
