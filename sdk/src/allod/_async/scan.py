"""Reads a whole collection, line by line, as far as the policies allow."""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from allod._async.http import Http
from allod._decode import decode
from allod._errors import Truncated, UnexpectedAnswer
from allod._json import parse_object
from allod._ndjson import Lines
from allod._transport import Call
from allod._types import AsyncDisclosures, Disclosure, ScanEnd


class AsyncScan:
    """The disclosures of one scan; they can be read through once.

    Reading begins with the first item. A scan that stops short raises `Truncated`
    instead of ending: without its last line nobody knows what is missing. Then `end`
    tells what was disclosed and withheld. Whoever leaves the loop early closes the
    scan, which `with` does too.
    """

    def __init__(self, http: Http, call: Call) -> None:
        self.end: ScanEnd | None = None
        self._disclosures = self._disclose(http, call)

    def __aiter__(self) -> AsyncIterator[Disclosure]:
        return self._disclosures

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop reading and give the connection back."""
        await self._disclosures.aclose()

    async def _disclose(self, http: Http, call: Call) -> AsyncDisclosures:
        lines, count = Lines(), 0
        async with http.stream(call) as response:
            async for data in response.aiter_bytes():
                for line in lines.feed(data):
                    source = parse_object(line)
                    if self.end is not None:
                        raise UnexpectedAnswer("the scan goes on after its end")
                    if source.get("end") is True:
                        self.end = decode(ScanEnd, source)
                        continue
                    if "error" in source:
                        raise Truncated("the server broke the scan off: read it again")
                    count += 1
                    yield decode(Disclosure, source)
        lines.end()
        if self.end is None or self.end.disclosed != count:
            raise Truncated("the scan stopped before its end: read it again")
