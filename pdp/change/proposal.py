"""What a proposal is, and which approvals it needs before it may be put in force."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kit.errors import Fault, Invalid, Reason, Refused

MAX_REASON: Final = 500


class ProposalState(StrEnum):
    """Where a proposal stands; `lapsed` is one whose base is no longer in force."""

    OPEN = "open"
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Approval:
    """One principal's yes."""

    approver: str
    widening: bool
    reason: str
    at: int
    entry: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal and what became of it; times are unix seconds."""

    number: int
    digest: str
    base: str
    proposer: str
    at: int
    entry: int
    state: ProposalState
    widens: bool
    rollback: bool
    reason: str
    approvals: tuple[Approval, ...]

    @property
    def lacking(self) -> str:
        """Say which approval is still lacking; empty if none is."""
        return lacking(
            widens=self.widens,
            rollback=self.rollback,
            plain=sum(not each.widening for each in self.approvals),
            widening=sum(each.widening for each in self.approvals),
        )

    def require_widening(self) -> None:
        """Check that there is a widening to approve.

        Raises:
            Invalid: the proposal widens nothing.

        """
        if not self.widens:
            fault = Fault("/widening", "this proposal widens nothing")
            raise Invalid("there is no widening to approve", faults=(fault,))

    def require_other(self, by: str) -> None:
        """Check that somebody has neither proposed nor approved this yet.

        Raises:
            Refused: they have.

        """
        if by in {self.proposer, *(each.approver for each in self.approvals)}:
            fix = "have somebody else approve it, with a token of their own"
            raise Refused(
                "one principal cannot say so twice",
                reasons=(Reason("policy.same_principal", fix=fix),),
            )


def lacking(*, widens: bool, rollback: bool, plain: int, widening: int) -> str:
    """Say which approval a change still lacks, given how many it has of each sort."""
    if widens and not widening:
        return "an approval of the widening, with a reason"
    if not rollback and not plain:
        return "an approval"
    return ""


def require_reason(reason: str) -> None:
    """Check a reason, which goes into the public ledger.

    Raises:
        Invalid: it is empty, too long, or more than one line of text.

    """
    if not reason.strip() or len(reason) > MAX_REASON or not reason.isprintable():
        fault = Fault("/reason", f"one line of at most {MAX_REASON} characters")
        raise Invalid("this needs a reason; it is public", faults=(fault,))
