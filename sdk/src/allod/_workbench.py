"""What the workbench for policies answers, and how it is read."""

from dataclasses import dataclass
from datetime import datetime

from allod import _read
from allod import _wire as wire
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
    idle: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """A rule that spoke, and where it stands."""

    code: str
    article: str
    fix: str
    title: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Cells:
    """A data class or a role, and the cells of the tables that speak of it."""

    name: str
    mask: str | None
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Turn:
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
    permits: tuple[Ground, ...]
    denials: tuple[Ground, ...]
    cells: tuple[Cells, ...]
    turns: tuple[Turn, ...]
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
class InForce:
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
    activations: tuple[InForce, ...]


def findings(source: wire.Object) -> tuple[Finding, ...]:
    """Read what was found."""
    return wire.each(source, "findings", _finding)


def trial(source: wire.Object) -> Trial:
    """Read how policies did."""
    return Trial(
        digest=wire.text(source, "digest"),
        passed=wire.flag(source, "passed"),
        run=wire.integer(source, "run"),
        failures=wire.each(source, "failures", _failure),
        findings=findings(source),
        coverage=wire.each(source, "coverage", _coverage),
        idle=wire.each(source, "idle", _idle),
    )


def explanation(source: wire.Object) -> Explanation:
    """Read why something comes out as it does."""
    return Explanation(
        digest=wire.text(source, "digest"),
        outcome=wire.text(source, "outcome"),
        permits=wire.each(source, "permits", _ground),
        denials=wire.each(source, "denials", _ground),
        cells=wire.each(source, "cells", _cells),
        turns=wire.each(source, "turns", _turn),
        unknown=wire.texts(source, "unknown"),
        past=wire.maybe(source, "past", _past),
    )


def changes(source: wire.Object) -> tuple[Change, ...]:
    """Read what one version changes in another."""
    return wire.each(source, "changes", _change)


def history(source: wire.Object) -> tuple[InForce, ...]:
    """Read which policies were in force."""
    return wire.each(source, "items", _in_force)


def in_force(source: wire.Object) -> PoliciesInForce:
    """Read which policies decide now, and which did."""
    now = _read.policies(source)
    activations = wire.each(source, "activations", _in_force)
    return PoliciesInForce(now.digest, now.files, activations)


def _finding(source: wire.Object) -> Finding:
    return Finding(
        file=wire.text(source, "file"),
        line=wire.integer(source, "line"),
        column=wire.integer(source, "column"),
        rule=wire.text(source, "rule"),
        message=wire.text(source, "message"),
        instead=wire.text(source, "instead"),
    )


def _failure(source: wire.Object) -> Failure:
    return Failure(
        file=wire.text(source, "file"),
        line=wire.integer(source, "line"),
        name=wire.text(source, "name"),
        expected=wire.text(source, "expected"),
        got=wire.text(source, "got"),
    )


def _coverage(source: wire.Object) -> Coverage:
    return Coverage(
        folder=wire.text(source, "folder"),
        percent=wire.number(source, "percent"),
        needed=wire.number(source, "needed"),
    )


def _idle(source: wire.Object) -> tuple[str, tuple[int, ...]]:
    return wire.text(source, "file"), wire.integers(source, "lines")


def _ground(source: wire.Object) -> Ground:
    return Ground(
        code=wire.text(source, "code"),
        article=wire.text(source, "article"),
        fix=wire.text(source, "fix"),
        title=wire.text(source, "title"),
        file=wire.text(source, "file"),
        line=wire.integer(source, "line"),
    )


def _cells(source: wire.Object) -> Cells:
    return Cells(
        name=wire.text(source, "name"),
        mask=wire.maybe(source, "mask", wire.text),
        cells=wire.texts(source, "cells"),
    )


def _turn(source: wire.Object) -> Turn:
    return Turn(
        fact=wire.text(source, "fact"),
        now=wire.text(source, "now"),
        instead=wire.texts(source, "instead"),
    )


def _past(source: wire.Object, name: str) -> PastDecision:
    past = wire.mapping(source, name)
    return PastDecision(
        at=wire.instant(past, "at"),
        principal_kind=wire.text(past, "principal_kind"),
        purpose=wire.text(past, "purpose"),
        action=wire.text(past, "action"),
    )


def _change(source: wire.Object) -> Change:
    return Change(
        file=wire.text(source, "file"),
        line=wire.integer(source, "line"),
        words=wire.text(source, "words"),
        effect=wire.text(source, "effect"),
    )


def _in_force(source: wire.Object) -> InForce:
    return InForce(
        number=wire.integer(source, "number"),
        digest=wire.text(source, "digest"),
        at=wire.instant(source, "at"),
        entry=wire.integer(source, "entry"),
    )
