"""What the workbench for policies answers, as values."""

from dataclasses import dataclass, field
from datetime import datetime

from allod._decode import each
from allod._json import as_object, integer, text
from allod._types import PolicyFile


@dataclass(frozen=True, slots=True)
class Finding:
    """What may not be activated: where, what, and what to write instead."""

    file: str
    line: int
    column: int
    rule: str
    message: str
    instead: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A case or a test that did not come out as it says."""

    file: str
    line: int
    name: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a folder of rules ran, in percent, and how much has to."""

    folder: str
    percent: float
    needed: float


def _idle(value: object) -> tuple[str, tuple[int, ...]]:
    source = as_object(value)
    return text(source.get("file")), each(integer)(source.get("lines"))


@dataclass(frozen=True, slots=True)
class Trial:
    """Whether policies may be activated, and why not.

    `idle` names the lines that no case tried, by file; nothing ran if `run` is 0.
    """

    digest: str
    passed: bool
    run: int
    failures: tuple[Failure, ...]
    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]
    idle: tuple[tuple[str, tuple[int, ...]], ...] = field(
        metadata={"read": each(_idle)}
    )


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """A rule that spoke, and where it stands."""

    code: str
    article: str
    fix: str
    title: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class MaskSource:
    """A data class or a role, and the cells of the tables that speak of it."""

    name: str
    mask: str | None
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A fact that alone would turn the answer, and the values that would."""

    fact: str
    now: str
    instead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PastDecision:
    """What the access log says of a decision; not about whom it was."""

    at: datetime
    principal_kind: str
    purpose: str
    action: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why something comes out as it does, by which rules and cells.

    `unknown` says what of a past decision cannot be known any more.
    """

    digest: str
    outcome: str
    permits: tuple[RuleMatch, ...]
    denials: tuple[RuleMatch, ...]
    cells: tuple[MaskSource, ...]
    turns: tuple[Counterfactual, ...]
    unknown: tuple[str, ...]
    past: PastDecision | None


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; the line is the newer file's, 0 for what is gone from it."""

    file: str
    line: int
    words: str
    effect: str


@dataclass(frozen=True, slots=True)
class ActivationRecord:
    """Policies that were put in force, and which entry of the ledger says so."""

    number: int
    digest: str
    at: datetime
    entry: int


@dataclass(frozen=True, slots=True)
class PoliciesInForce:
    """The policies that decide now, and what was in force, the newest first."""

    digest: str
    files: tuple[PolicyFile, ...]
    activations: tuple[ActivationRecord, ...]
