"""What a proposal is, and which approvals it needs before it may be put in force."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
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
    state: State
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


def lacking(*, widens: bool, rollback: bool, plain: int, widening: int) -> str:
    """Say which approval a change still lacks, given how many it has of each sort."""
    if widens and not widening:
        return "an approval of the widening, with a reason"
    if not rollback and not plain:
        return "an approval"
    return ""
