"""Answers that are sent piece by piece, as fast as their reader takes them.

A piece is made when the one before has left this process, so what waits for a slow
reader is never more than one. Who takes nothing for half a minute is cut off, with what
waited for them; five seconds are enough where somebody was erased meanwhile, whose data
the piece may hold.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator, Mapping, MutableMapping
from contextlib import suppress
from typing import Any, Final

from anyio import CapacityLimiter, to_thread
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

ABORT: Final = "allod.abort"
"""The scope's key under which the connection can be ended without sending the rest."""
PATIENCE_SECONDS: Final = 30.0
ERASURE_PATIENCE_SECONDS: Final = 5.0
_PARTING_SECONDS: Final = 0.05

Erasures = Callable[[], int]


class Stalled(Exception):
    """A reader takes nothing, and the time for that is over."""


class Streamed(Response):
    """Sends what a generator gives, and closes it whatever becomes of the reader.

    The first piece is made here, in the handler's own thread, while an error can still
    be an answer; the others in a thread each. `erasures` counts those ever ordered.
    """

    def __init__(
        self,
        pieces: Generator[bytes, None, None],
        *,
        erasures: Erasures,
        media_type: str,
        headers: Mapping[str, str] | None = None,
        limiter: CapacityLimiter | None = None,
    ) -> None:
        self.status_code, self.background = 200, None
        self.media_type = media_type
        self.init_headers(headers)
        self._pieces = pieces
        self._erasures = erasures
        self._limiter = limiter
        self._before = 0
        self._first = self._next()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything, or as much as the reader takes."""
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            await self._send_all(send, gone)
        except Stalled:
            if ABORT in scope:
                scope[ABORT]()
                await asyncio.sleep(_PARTING_SECONDS)
        finally:
            gone.cancel()
            await asyncio.shield(asyncio.to_thread(self._close))

    def _next(self) -> bytes | None:
        # Counted before the piece is made: whoever is erased later is not in it.
        self._before = self._erasures()
        return next(self._pieces, None)

    async def _send_all(self, send: Send, gone: "asyncio.Future[None]") -> None:
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        piece, self._first = self._first, None
        while piece is not None and not gone.done():
            await self._taken(send(_body(piece)))
            # With nothing to send, this waits until what was sent before has left.
            await self._taken(send(_body(b"")))
            piece = await to_thread.run_sync(self._next, limiter=self._limiter)
        if piece is None:
            await self._taken(send(_body(b"", more=False)))

    async def _taken(self, sending: Awaitable[None]) -> None:
        task = asyncio.ensure_future(sending)
        waited = 0.0
        try:
            while waited < PATIENCE_SECONDS:
                done, _ = await asyncio.wait([task], timeout=ERASURE_PATIENCE_SECONDS)
                if done:
                    return task.result()
                waited += ERASURE_PATIENCE_SECONDS
                if await asyncio.to_thread(self._erasures) != self._before:
                    break
            raise Stalled
        finally:
            task.cancel()

    def _close(self) -> None:
        with suppress(ValueError):
            return self._pieces.close()
        # It is still being asked for a piece, in a thread that nobody waits for now.
        time.sleep(_PARTING_SECONDS)
        return self._close()


def _body(piece: bytes, *, more: bool = True) -> MutableMapping[str, Any]:
    return {"type": "http.response.body", "body": piece, "more_body": more}


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
