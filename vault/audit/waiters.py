"""Who waits for events to be durable, in threads and on event loops, and is told."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import Future
from typing import TypeAlias

from kit.errors import Unavailable

# A caller that blocks waits on a Future; one on an event loop on the loop's own.
Waiter: TypeAlias = Future[None] | asyncio.Future[None]


def resolve(waiters: Iterable[Waiter], error: Unavailable | None) -> None:
    """Let waiters go on, or fail with an error; from whatever thread."""
    loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = defaultdict(
        list
    )
    for waiter in waiters:
        if isinstance(waiter, asyncio.Future):
            loops[waiter.get_loop()].append(waiter)
        elif error is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(error)
    for loop, waiting in loops.items():
        if not loop.is_closed():
            # An asyncio future belongs to its loop's thread; this may be another.
            loop.call_soon_threadsafe(_settle, waiting, error)


def _settle(waiters: list[asyncio.Future[None]], error: Unavailable | None) -> None:
    for waiter in waiters:
        if waiter.done():  # the caller went away meanwhile
            continue
        if error is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(error)
