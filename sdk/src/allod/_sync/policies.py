# Generated from allod/_async by scripts/generate_sync.py; edit that.
"""The policies: what is in force, for those who answer for it."""

from collections.abc import Mapping, Sequence

from allod import _impact, _read
from allod import _wire as wire
from allod._sync.http import Http
from allod._impact import Impact
from allod._transport import Call, segments
from allod._types import Cases, Policies, Purpose

_TEXT = "text/plain"


class PolicyFiles:
    """The active policies, to be read by those who answer for them."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def active(self) -> Policies:
        """Name the active policies: their digest and their files."""
        return _read.policies(self._http.fetch(Call("GET", "/v1/policies")))

    def file(self, path: str) -> str:
        """Fetch one file."""
        where = segments("v1", "policies", "files", *path.split("/"))
        return (self._http.send(Call("GET", where, accept=_TEXT))).text

    def purposes(self) -> tuple[Purpose, ...]:
        """Read the purposes, as the policies' tables define them."""
        source = self._http.fetch(Call("GET", "/v1/policies/purposes"))
        return wire.each(source, "items", _read.purpose)

    def cases(self) -> Cases:
        """Run the policies' own cases, and read how they came out."""
        call = Call("GET", "/v1/policies/cases")
        return _read.cases(self._http.fetch(call))

    def impact(
        self,
        files: Mapping[str, str] | None = None,
        *,
        base: str | None = None,
        removed: Sequence[str] = (),
    ) -> Impact:
        """Count who would gain and who would lose under other policies.

        Those are the policies of `base` (a digest; else those in force), with these
        files in place of its own, by path, and without those that are removed. It may
        take a minute: give the client a timeout to match.
        """
        body = {"files": dict(files or {}), "removed": list(removed)}
        named = {} if base is None else {"base": base}
        call = Call("POST", "/v1/policies/impact", body={**named, **body})
        return _impact.impact(self._http.fetch(call))
