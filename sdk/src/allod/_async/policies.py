"""The policies: what is in force, for those who answer for it."""

from allod import _read
from allod import _wire as wire
from allod._async.http import Http
from allod._transport import Call, segments
from allod._types import Cases, Policies, Purpose

_TEXT = "text/plain"


class PolicyFiles:
    """The active policies, to be read by those who answer for them."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def active(self) -> Policies:
        """Name the active policies: their digest and their files."""
        return _read.policies(await self._http.fetch(Call("GET", "/v1/policies")))

    async def file(self, path: str) -> str:
        """Fetch one file."""
        where = segments("v1", "policies", "files", *path.split("/"))
        return (await self._http.send(Call("GET", where, accept=_TEXT))).text

    async def purposes(self) -> tuple[Purpose, ...]:
        """Read the purposes, as the policies' tables define them."""
        source = await self._http.fetch(Call("GET", "/v1/policies/purposes"))
        return wire.each(source, "items", _read.purpose)

    async def cases(self) -> Cases:
        """Run the policies' own cases, and read how they came out."""
        call = Call("GET", "/v1/policies/cases")
        return _read.cases(await self._http.fetch(call))
