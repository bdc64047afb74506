"""Proposals of policies as values, and how they are read from the server's answer."""

from dataclasses import dataclass
from datetime import datetime

from allod import _wire as wire


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
class Activation:
    """Policies that decide from `at` on."""

    number: int
    digest: str
    at: datetime
    entry: int


@dataclass(frozen=True, slots=True)
class Divergence:
    """A question that a proposal would decide otherwise; `question` is JSON."""

    purpose: str
    action: str
    question: str
    enforced: str
    would_be: str
    records: int


def proposal(source: wire.Object) -> Proposal:
    """Read a proposal."""
    return Proposal(
        number=wire.integer(source, "number"),
        digest=wire.text(source, "digest"),
        base=wire.text(source, "base"),
        proposer=wire.text(source, "proposer"),
        at=wire.instant(source, "at"),
        entry=wire.integer(source, "entry"),
        state=wire.text(source, "state"),
        widens=wire.flag(source, "widens"),
        rollback=wire.flag(source, "rollback"),
        reason=wire.text(source, "reason"),
        lacking=wire.text(source, "lacking"),
        approvals=wire.each(source, "approvals", _approval),
    )


def proposed(source: wire.Object) -> Proposed:
    """Read what came of proposing."""
    return Proposed(
        proposal=proposal(wire.mapping(source, "proposal")),
        changes=wire.texts(source, "changes"),
    )


def activation(source: wire.Object) -> Activation:
    """Read what was put in force."""
    return Activation(
        number=wire.integer(source, "number"),
        digest=wire.text(source, "digest"),
        at=wire.instant(source, "at"),
        entry=wire.integer(source, "entry"),
    )


def divergence(source: wire.Object) -> Divergence:
    """Read where a proposal differs."""
    return Divergence(
        purpose=wire.text(source, "purpose"),
        action=wire.text(source, "action"),
        question=wire.text(source, "question"),
        enforced=wire.text(source, "enforced"),
        would_be=wire.text(source, "would_be"),
        records=wire.integer(source, "records"),
    )


def _approval(source: wire.Object) -> Approval:
    return Approval(
        approver=wire.text(source, "approver"),
        widening=wire.flag(source, "widening"),
        reason=wire.text(source, "reason"),
        at=wire.instant(source, "at"),
        entry=wire.integer(source, "entry"),
    )
