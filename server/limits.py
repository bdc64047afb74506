"""The outermost layer: request ids, response headers, how much a body may hold.

Plain ASGI, so that it costs the hot routes next to nothing and holds for every route
alike, also for the ones that the framework answers by itself. The limit is on bytes
received: a body sent in chunks, without a length, is cut off at the same place.
"""

import secrets

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.errors import Malformed, TooLarge, UnsupportedMedia
from server.errors import REQUEST_ID, Guard

_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
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
    headers.extend(own)
    if not any(name == b"cache-control" for name, _ in headers):
        headers.append(_NO_STORE)
    return headers


class BodyLimit:
    """Refuses a body that is too large, or compressed (a bomb needs a few bytes)."""

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, its body counted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._check_announced(scope)
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                raise self._too_large()
            return message

        await self._app(scope, counted, send)

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


def layered(app: ASGIApp, *, body_limit: int) -> ASGIApp:
    """Put an application inside the layers that every request goes through."""
    return Headers(Guard(BodyLimit(app, limit=body_limit)))
