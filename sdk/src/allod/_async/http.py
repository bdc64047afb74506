"""Sends calls: one request each, and again only where that is harmless."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from allod._decode import Value, decode, items
from allod._errors import AllodError
from allod._json import Object
from allod._retry import Retry
from allod._transport import (
    Call,
    check,
    read_object,
    request_parts,
    translated,
)


class Http:
    """Makes calls on one server with one token."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        base: str,
        token: str | None,
        retry: Retry,
        timeout: float | None = None,
        language: str | None = None,
    ) -> None:
        self._client = client
        self._base = base
        self.token = token
        self.retry = retry
        self.timeout = timeout
        self.language = language

    async def fetch(self, call: Call) -> Object:
        """Make a call whose answer is a JSON object."""
        return read_object(await self.send(call))

    async def send(self, call: Call) -> httpx.Response:
        """Make a call and read its whole answer.

        Raises:
            AllodError: the answer is a problem, is not Allod's, or did not come.

        """
        attempts = self.retry.begin()
        while True:
            try:
                return await self._once(call)
            except AllodError as fault:
                wait = attempts.wait(fault) if call.repeatable else None
                if wait is None:
                    raise
            await asyncio.sleep(wait)

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[httpx.Response]:
        """Make a call whose answer is read piece by piece, and never repeat it."""
        with translated():
            response = await self._start(call)
            try:
                if not response.is_success:
                    await response.aread()
                check(response)
                yield response
            finally:
                await response.aclose()

    async def _once(self, call: Call) -> httpx.Response:
        with translated():
            response = await self._start(call)
            try:
                await response.aread()
            finally:
                await response.aclose()
        check(response)
        return response

    async def _start(self, call: Call) -> httpx.Response:
        parts = request_parts(call, self.token, self.language)
        if self.timeout is not None:
            parts["timeout"] = self.timeout
        request = self._client.build_request(url=self._base + call.path, **parts)
        # A redirect could carry the token to another host, and a client's own
        # credentials would replace it.
        return await self._client.send(
            request, stream=True, auth=None, follow_redirects=False
        )


class Part:
    """Some of a client's calls: those about one thing."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def _ask(self, kind: type[Value], call: Call) -> Value:
        """Make a call whose answer is one value."""
        return decode(kind, await self._http.fetch(call))

    async def _items(self, kind: type[Value], path: str) -> tuple[Value, ...]:
        """Read a list of values."""
        return items(kind, await self._http.fetch(Call("GET", path)))

    async def _bytes(self, call: Call) -> bytes:
        """Make a call whose answer is taken as it is."""
        return (await self._http.send(call)).content
