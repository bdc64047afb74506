"""The outermost layer: request ids, response headers, how large and late a body may be.

Plain ASGI, so that it costs the hot routes next to nothing and holds for every route
alike, also for the ones that the framework answers by itself. The limit is on bytes
received: a body sent in chunks, without a length, is cut off at the same place. So is
what all bodies together hold: a thousand that are nearly whole are a gigabyte.
"""

import asyncio
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.errors import Malformed, TimedOut, TooLarge, TooMany, UnsupportedMedia
from server.http.errors import REQUEST_ID, ErrorGuard

_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
BODY_TIME: Final = timedelta(seconds=30)
"""How long a body may take to come, from the end of the header section on."""
ALL_BODIES: Final = 64 << 20
"""How many bytes the bodies of all requests that are under way may have."""

_NO_STORE = (b"cache-control", b"no-store")


class Headers:
    """Gives each request an id of our own, and each response its safe headers.

    A client's own request id is ignored: it would be input, echoed into logs.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(16)
        scope[REQUEST_ID] = request_id
        own = ((b"x-request-id", request_id.encode()), *_ALWAYS)

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _dress(list(message.get("headers", ())), own)
            await send(message)

        await self._app(scope, receive, dressed)


def _dress(
    headers: list[tuple[bytes, bytes]], own: tuple[tuple[bytes, bytes], ...]
) -> list[tuple[bytes, bytes]]:
    said = {name for name, _ in headers}
    headers.extend(each for each in (*own, _NO_STORE) if each[0] not in said)
    return headers


class HeadAsGet:
    """Answers HEAD as GET, and keeps the content back (RFC 9110, 9.3.2).

    Around everything, so that no route has to say it, and none can forget.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope.get("method") != "HEAD":
            await self._app(scope, receive, send)
            return

        async def headers_only(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, headers_only)


class BodyLimit:
    """Refuses a body that is too large, too slow, or compressed.

    A bomb needs a few bytes, and whoever drips them needs no more.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limit: int,
        within: timedelta = BODY_TIME,
        in_all: int = ALL_BODIES,
    ) -> None:
        self._app = app
        self._limit = limit
        self._seconds = within.total_seconds()
        self._in_all = in_all
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, its body counted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        _require_host(scope)
        self._check_announced(scope)
        body = _Body(receive, asyncio.get_running_loop().time() + self._seconds)

        async def counted() -> Message:
            message = await body.next()
            size = len(message.get("body", b""))
            self._held += size
            body.received += size
            if body.received > self._limit:
                raise self._too_large()
            if self._held > self._in_all:
                raise TooMany(
                    "the bodies of all requests under way hold too much",
                    retry_after=1,
                    code="limit.bodies",
                    fix="send it again in a moment",
                )
            return message

        try:
            await self._app(scope, counted, send)
        finally:
            self._held -= body.received

    def _check_announced(self, scope: Scope) -> None:
        for name, value in scope["headers"]:
            if name == b"content-encoding" and value.strip().lower() != b"identity":
                raise UnsupportedMedia("request bodies are sent uncompressed")
            if name == b"content-length" and self._announced(value) > self._limit:
                raise self._too_large()

    @staticmethod
    def _announced(value: bytes) -> int:
        # Not int(): it takes signs, blanks and underscores (RFC 9110, 8.6).
        if not value.isdigit() or len(value) > len(str(2**63)):
            raise Malformed("the request's Content-Length is not a length")
        return int(value)

    def _too_large(self) -> TooLarge:
        return TooLarge(f"a request body holds at most {self._limit} bytes")


class _Body:
    """One request's body as it comes, with the time by which it has to be whole."""

    def __init__(self, receive: Receive, ends: float) -> None:
        self._receive = receive
        self._ends = ends
        self._whole = False
        self.received = 0

    async def next(self) -> Message:
        if self._whole:
            return await self._receive()  # which tells when the client is gone
        try:
            async with asyncio.timeout_at(self._ends):
                message = await self._receive()
        except TimeoutError:
            raise TimedOut("the rest of the request's body did not come") from None
        self._whole = not message.get("more_body", False)
        return message


def _require_host(scope: Scope) -> None:
    # RFC 9112, 3.2: a request of HTTP/1.1 has one Host, or it is answered with 400.
    hosts = sum(name == b"host" for name, _ in scope["headers"])
    if hosts > 1 or (hosts == 0 and scope.get("http_version") == "1.1"):
        raise Malformed("a request names its Host, once")


def layered(
    app: ASGIApp,
    *,
    body_limit: int,
    body_time: timedelta = BODY_TIME,
    all_bodies: int = ALL_BODIES,
    watched: Callable[[ASGIApp], ASGIApp] = lambda app: app,
) -> ASGIApp:
    """Put an application inside the layers that every request goes through.

    `watched` may put one more in: it sees every answer, refusals and faults too.
    """
    bounded = BodyLimit(app, limit=body_limit, within=body_time, in_all=all_bodies)
    return Headers(HeadAsGet(watched(ErrorGuard(bounded))))
