"""Proposals of policies, and what they would change, as values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


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


@dataclass(frozen=True, slots=True)
class PurposeTotal:
    """Of one purpose's records, those that anybody would gain or lose."""

    purpose: str
    records: int
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class Shift:
    """One difference for one role; `by` says for which callers, in plain JSON.

    `what` is `records`, `groups` or a data class; its masks are `before` and `after`.
    """

    purpose: str
    role: str
    what: str
    before: str
    after: str
    effect: str
    records: int
    by: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """What other policies would change; `lines` says it in words.

    `cells` are the tables' cells that open something on the face of it, `opened` some
    of the generated `questions` to which more would be shown, with both answers, in
    plain JSON. None is asked of an empty vault.
    """

    old: str
    new: str
    classes: int
    widens: bool
    totals: tuple[PurposeTotal, ...]
    shifts: tuple[Shift, ...]
    opened: tuple[dict[str, Any], ...]
    questions: int
    cells: tuple[str, ...]
    lines: tuple[str, ...]
