"""Proposals of policies, as values."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """One principal's yes; `entry` is its index in the ledger."""

    approver: str
    widening: bool
    reason: str
    at: datetime
    entry: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """Policies that somebody wants in force; `lacking` says which approval is missing.

    `state` is open, active, withdrawn, or lapsed: others were put in force meanwhile.
    """

    number: int
    digest: str
    base: str
    proposer: str
    at: datetime
    entry: int
    state: str
    widens: bool
    rollback: bool
    reason: str
    lacking: str
    approvals: tuple[Approval, ...]


@dataclass(frozen=True, slots=True)
class Proposed:
    """A new proposal, and in words what it would change."""

    proposal: Proposal
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Divergence:
    """A question that a proposal would decide otherwise; `question` is JSON."""

    purpose: str
    action: str
    question: str
    enforced: str
    would_be: str
    records: int
