# Generated from allod/_async by scripts/generate_sync.py; edit that.
"""Changing the policies: each step in the name of the token that takes it."""

from collections.abc import Mapping, Sequence

from allod._sync.http import Part
from allod._proposals import Divergence, Proposal, Proposed
from allod._transport import Call, segments
from allod._workbench import ActivationRecord


class Proposals(Part):
    """What was proposed in place of the active policies; for legal staff."""

    def list(self) -> tuple[Proposal, ...]:
        """List all proposals, the newest first."""
        return self._items(Proposal, "/v1/policies/proposals")

    def propose(
        self,
        files: Mapping[str, str] | None = None,
        *,
        base: str | None = None,
        removed: Sequence[str] = (),
    ) -> Proposed:
        """Have policies checked, and propose them.

        Those are the policies of `base` (a digest; else those in force), with these
        files in place of its own, by path, and without those that are removed. It may
        take a minute: give the client a timeout to match.
        """
        body = {"files": dict(files or {}), "removed": list(removed)}
        named = {} if base is None else {"base": base}
        call = Call("POST", "/v1/policies/proposals", body={**named, **body})
        return self._ask(Proposed, call)

    def divergences(self, number: int) -> tuple[Divergence, ...]:
        """Read what an approved proposal has decided otherwise, in the shadow."""
        return self._items(Divergence, _where(number, "divergences"))

    def approve(
        self, number: int, *, widening: bool = False, reason: str = ""
    ) -> Proposal:
        """Say yes to a proposal of somebody else's, or to its widening.

        That takes a reason: one line, which goes into the public ledger.
        """
        body = {"widening": widening, "reason": reason}
        call = Call("POST", _where(number, "approvals"), body=body)
        return self._ask(Proposal, call)

    def withdraw(self, number: int) -> Proposal:
        """Take a proposal back."""
        return self._ask(Proposal, Call("DELETE", _where(number)))

    def activate(self, number: int) -> ActivationRecord:
        """Have an approved proposal checked again, and put it in force."""
        call = Call("POST", _where(number, "activation"))
        return self._ask(ActivationRecord, call)

    def roll_back(self, digest: str, *, reason: str) -> Proposal:
        """Go back to policies that were in force; at once, where that opens nothing."""
        body = {"digest": digest, "reason": reason}
        call = Call("POST", "/v1/policies/rollback", body=body)
        return self._ask(Proposal, call)


def _where(number: int, *then: str) -> str:
    return segments("v1", "policies", "proposals", str(number), *then)
