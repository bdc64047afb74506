"""What is said when the policies change, and how it comes back."""

from typing import Annotated, Self

from pydantic import Field

from pdp.change.proposal import MAX_REASON
from pdp.change.shadow import Divergence
from server.faces.policy_candidate import Digest
from server.http.schemas import Mirrored, Schema, UnixInstant, example

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_BASE = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
_AT = "2026-11-22T10:00:00Z"
_APPROVAL = {
    "approver": "ben",
    "widening": True,
    "reason": "customers asked to be called back",
    "at": _AT,
    "entry": 1042,
}
_PROPOSAL = {
    "number": 3,
    "digest": _DIGEST,
    "base": _BASE,
    "proposer": "ann",
    "at": _AT,
    "entry": 1041,
    "state": "open",
    "widens": True,
    "rollback": False,
    "reason": "",
    "lacking": "an approval",
    "approvals": [_APPROVAL],
}

Reason = Annotated[str, Field(max_length=MAX_REASON)]
"""One line; it goes into the public ledger."""


class ApprovalResponse(Mirrored):
    """One principal's yes; `entry` is its place in the ledger."""

    approver: str
    widening: bool
    reason: str
    at: UnixInstant
    entry: int


class ProposalResponse(Mirrored, json_schema_extra=example(**_PROPOSAL)):
    """A proposal, and what it lacks before it can be activated."""

    number: int
    digest: str
    base: str
    proposer: str
    at: UnixInstant
    entry: int
    state: str
    widens: bool
    rollback: bool
    reason: str
    lacking: str
    approvals: list[ApprovalResponse]


class ProposalsResponse(Schema, json_schema_extra=example(items=[_PROPOSAL])):
    """All proposals, the newest first."""

    items: list[ProposalResponse]


class Proposed(
    Schema,
    json_schema_extra=example(
        proposal=_PROPOSAL,
        changes=["support.case: contact clear instead of last4 for support"],
    ),
):
    """A new proposal, and in words what it would change, opening included."""

    proposal: ProposalResponse
    changes: list[str]


class Approve(
    Schema,
    json_schema_extra=example(
        widening=True, reason="customers asked to be called back"
    ),
):
    """A yes to a proposal, or to its widening; that one needs a reason."""

    widening: bool = False
    reason: Reason = ""


class RollBack(
    Schema, json_schema_extra=example(digest=_BASE, reason="support sees nothing")
):
    """A wish to go back to policies that were in force before."""

    digest: Digest
    reason: Reason


class DivergenceResponse(Schema):
    """A question on which a proposal, in the shadow, differs; by class, by nobody."""

    purpose: str
    action: str
    question: str
    enforced: str
    would_be: str
    records: int

    @classmethod
    def of(cls, found: Divergence, records: int) -> Self:
        """Put a divergence into the API's words."""
        return cls(
            purpose=found.purpose,
            action=found.action,
            question=found.question,
            enforced=found.enforced,
            would_be=found.would_be,
            records=records,
        )


class DivergencesResponse(
    Schema,
    json_schema_extra=example(
        items=[
            {
                "purpose": "support.case",
                "action": "read",
                "question": "{…}",
                "enforced": "allowed: contact last4",
                "would_be": "allowed: contact clear",
                "records": 12,
            }
        ]
    ),
):
    """Where a proposal would have decided otherwise, the most records first."""

    items: list[DivergenceResponse]
