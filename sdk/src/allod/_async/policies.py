"""The policies: what is in force, for those who answer for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from allod._async.http import Part
from allod._decode import items
from allod._proposals import Impact
from allod._transport import Call, segments
from allod._types import Cases, Policies, Purpose
from allod._workbench import ActivationRecord, Change, Explanation, Finding, Trial

_TEXT = "text/plain"


class PolicyFiles(Part):
    """The active policies, to be read by those who answer for them."""

    async def active(self) -> Policies:
        """Name the active policies: their digest and their files."""
        return await self._ask(Policies, Call("GET", "/v1/policies"))

    async def file(self, path: str) -> str:
        """Fetch one file."""
        where = segments("v1", "policies", "files", *path.split("/"))
        return (await self._http.send(Call("GET", where, accept=_TEXT))).text

    async def purposes(self) -> tuple[Purpose, ...]:
        """Read the purposes, as the policies' tables define them."""
        return await self._items(Purpose, "/v1/policies/purposes")

    async def cases(self) -> Cases:
        """Run the policies' own cases, and read how they came out."""
        return await self._ask(Cases, Call("GET", "/v1/policies/cases"))

    async def impact(
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
        body = _candidate(files, base, removed)
        return await self._ask(Impact, Call("POST", "/v1/policies/impact", body=body))

    async def lint(
        self,
        files: Mapping[str, str] | None = None,
        *,
        base: str | None = None,
        removed: Sequence[str] = (),
    ) -> tuple[Finding, ...]:
        """Check other policies, named as for `impact`; nothing found means fit."""
        body = _candidate(files, base, removed)
        call = Call("POST", "/v1/policies/lint", body=body)
        return items(Finding, await self._http.fetch(call), "findings")

    async def test(
        self,
        files: Mapping[str, str] | None = None,
        *,
        base: str | None = None,
        removed: Sequence[str] = (),
    ) -> Trial:
        """Check other policies, and run their cases and tests, with coverage."""
        body = _candidate(files, base, removed)
        return await self._ask(Trial, Call("POST", "/v1/policies/test", body=body))

    async def explain(
        self,
        case: str | None = None,
        *,
        question: Mapping[str, Any] | None = None,
        decision_id: str | None = None,
        files: Mapping[str, str] | None = None,
    ) -> Explanation:
        """Ask why a case, a whole question or a past decision comes out as it does.

        Name one of the three. A case or a question is asked of the policies in force,
        with these files in place of their own.
        """
        asked = {"case": case, "question": question, "decision_id": decision_id}
        body: dict[str, Any] = {k: v for k, v in asked.items() if v is not None}
        body["candidate"] = _candidate(files, None, ())
        call = Call("POST", "/v1/policies/explain", body=body)
        return await self._ask(Explanation, call)

    async def diff(
        self, files: Mapping[str, str] | None = None, *, base: str | None = None
    ) -> tuple[Change, ...]:
        """Say in words what other policies change in those in force."""
        body = {"new": _candidate(files, base, ())}
        call = Call("POST", "/v1/policies/diff", body=body)
        return items(Change, await self._http.fetch(call), "changes")

    async def history(self) -> tuple[ActivationRecord, ...]:
        """List the policies that were in force, the newest first."""
        return await self._items(ActivationRecord, "/v1/policies/history")


def _candidate(
    files: Mapping[str, str] | None, base: str | None, removed: Sequence[str]
) -> dict[str, Any]:
    body: dict[str, Any] = {"files": dict(files or {}), "removed": list(removed)}
    return body if base is None else {"base": base, **body}
