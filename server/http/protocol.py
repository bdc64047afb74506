"""HTTP/1.1 on a connection, with an end to everything that a client may make wait.

The header section has a deadline and a size, the body a deadline, and an answer that
nobody takes is cut off. There are so many connections and no more: when another comes,
the oldest that still waits for the rest of a request gives way, so that whoever drips
keeps nobody out (RFC 9112, 9.3 and 9.5: a server may close a connection at any time).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.http.streams import ABORT

MAX_HEADER_BYTES: Final = 32 << 10
BUFFERED_BYTES: Final = 16 << 10
"""How much of an answer waits for its reader before the next piece is not made."""
UNTAKEN_BYTES: Final = 64 << 20
"""How much of all answers together may wait for readers."""
LOOK_SECONDS: Final = 1.0

_LATE: Final = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)
_FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\n"
    b"connection: close\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a client is waited for, in seconds, and how many may be connected."""

    connections: int = 512
    header: float = 10.0
    body: float = 30.0
    untaken: float = 30.0


class BoundedProtocol(HttpToolsProtocol):
    """One connection. `bounds` is set on a class of its own for each server."""

    bounds: Bounds = Bounds()

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's
        super().__init__(*given, **named)
        self.waits_since: float | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._watching: asyncio.TimerHandle | None = None
        self._received = 0
        self._in_request = False

    # Narrower than asyncio's own, as in the protocol of uvicorn that this is one of.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, or give way where there are too many."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=BUFFERED_BYTES)
        if len(self.connections) > self.bounds.connections and not self._made_room():
            transport.write(_FULL)
            transport.close()
            return
        self._expect(self.bounds.header, self._late)

    def connection_lost(self, exc: Exception | None) -> None:
        """End, and wait for nothing more."""
        for handle in (self._deadline, self._watching):
            if handle is not None:
                handle.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, while the header section is not too long."""
        if not self._in_request:
            if self._received == 0 and self._deadline is None:
                self._expect(self.bounds.header, self._late)
            self._received += len(data)
        super().data_received(data)
        if not self._in_request and self._received > MAX_HEADER_BYTES:
            self.send_400_response("The header section is too long.")

    def on_message_begin(self) -> None:
        """Let the application end the connection without sending what waits."""
        super().on_message_begin()
        # ASGI lets a server put more into the scope than its types name.
        self.scope[ABORT] = self.transport.abort  # type: ignore[typeddict-unknown-key]

    def on_headers_complete(self) -> None:
        """Begin to wait for the body, which an application may not even read."""
        self._in_request, self._received = True, 0
        self._expect(self.bounds.body, self.transport.abort)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait for nothing, until the next request begins."""
        self._in_request = False
        self._wait_no_more()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Watch whether the reader takes anything at all."""
        super().pause_writing()
        if self._watching is None:
            self._look(self.waiting(), self.loop.time())

    def resume_writing(self) -> None:
        """Stop watching: what waited was taken."""
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        super().resume_writing()

    def _look(self, least: int, since: float) -> None:
        size, now = self.waiting(), self.loop.time()
        if size < least:
            least, since = size, now
        if now - since > self.bounds.untaken or self._is_in_the_way():
            self.transport.abort()
            return
        self._watching = self.loop.call_later(LOOK_SECONDS, self._look, least, since)

    def waiting(self) -> int:
        """Give the bytes that wait for the reader."""
        return int(self.transport.get_write_buffer_size())

    def _is_in_the_way(self) -> bool:
        """Tell whether all answers hold too much, and this one the most."""
        waiting = [each.waiting() for each in self._own()]
        return sum(waiting) > UNTAKEN_BYTES and self.waiting() >= max(waiting)

    def _made_room(self) -> bool:
        late = {
            each: each.waits_since
            for each in self._own()
            if each is not self and each.waits_since is not None
        }
        if not late:
            return False
        min(late, key=late.__getitem__).transport.abort()
        return True

    def _own(self) -> list["BoundedProtocol"]:
        return [each for each in self.connections if isinstance(each, BoundedProtocol)]

    def _expect(self, seconds: float, late: Callable[[], None]) -> None:
        self._wait_no_more()
        self.waits_since = self.loop.time()
        self._deadline = self.loop.call_later(seconds, late)

    def _wait_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = self.waits_since = None

    def _late(self) -> None:
        if self.transport.is_closing():
            return
        if self._received:  # else nobody waits for an answer
            self.transport.write(_LATE)
        self.transport.close()


def bounded(bounds: Bounds) -> type[BoundedProtocol]:
    """Make the protocol of a server with these bounds."""
    return type("Bounded", (BoundedProtocol,), {"bounds": bounds})
