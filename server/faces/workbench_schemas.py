"""What the workbench is asked about policies, and what it answers."""

from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import AliasChoices, Field

from pdp.bundle.bundle import Bundle
from pdp.bundle.findings import Finding
from pdp.change.diff import diff
from pdp.change.history import Activation
from pdp.review.cases import THRESHOLDS
from pdp.review.checks import Trial
from pdp.review.counterfactuals import Counterfactual
from pdp.review.explain import Explanation, MaskGround
from pdp.review.explain_past import RoleCells
from server.faces.policy_candidate import Candidate
from server.http.schemas import Mirrored, Schema, UnixInstant, example
from server.ops.decisions import PastDecision

_PLACE = {"file": "legal/consent.rego", "line": 43, "column": 17}
_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class FindingResponse(Mirrored):
    """What may not be activated: where, what, and what to write instead."""

    file: str
    line: int
    column: int
    rule: str
    message: str
    instead: str


class LintResponse(
    Schema,
    json_schema_extra=example(
        digest=_DIGEST,
        findings=[
            {
                **_PLACE,
                "rule": "undefined",
                "message": "`consnt` leads nowhere",
                "instead": "did you mean `consent`?",
            }
        ],
    ),
):
    """What was found; nothing is as it has to be."""

    digest: str
    findings: list[FindingResponse]

    @classmethod
    def of(cls, digest: str, findings: Iterable[Finding]) -> Self:
        """Show what was found in the policies of a digest."""
        return cls(digest=digest, findings=[*map(FindingResponse.of, findings)])


class FailureResponse(Mirrored):
    """A case or a test that did not come out as it says."""

    file: str
    line: int
    name: str
    expected: str
    got: str


class CoverageResponse(Schema):
    """How much of a folder of rules ran, in percent, and how much has to."""

    folder: str
    percent: float = Field(ge=0, le=100)
    needed: float = Field(ge=0, le=100)


class IdleLinesResponse(Mirrored):
    """The lines of a file that no case and no test has tried."""

    file: str
    lines: list[int] = Field(validation_alias=AliasChoices("lines", "idle"))


class TrialResponse(
    Schema,
    json_schema_extra=example(
        digest=_DIGEST,
        passed=True,
        run=654,
        failures=[],
        findings=[],
        coverage=[{"folder": "legal", "percent": 98.4, "needed": 95}],
        idle=[],
    ),
):
    """Whether policies may be activated, and why not; nothing ran if `run` is 0."""

    digest: str
    passed: bool
    run: int
    failures: list[FailureResponse]
    findings: list[FindingResponse]
    coverage: list[CoverageResponse]
    idle: list[IdleLinesResponse]

    @classmethod
    def of(cls, trial: Trial) -> Self:
        """Show how policies did."""
        report = trial.report
        return cls(
            digest=trial.digest,
            passed=trial.passed,
            run=len(report.results) if report else 0,
            failures=[*map(FailureResponse.of, report.failed if report else ())],
            findings=[*map(FindingResponse.of, trial.findings)],
            coverage=[
                CoverageResponse(
                    folder=name, percent=report.percent(name), needed=least
                )
                for name, least in THRESHOLDS.items()
                if report
            ],
            idle=[
                IdleLinesResponse.of(each)
                for each in (report.coverage if report else ())
                if each.idle
            ],
        )


class Explain(Schema, json_schema_extra=example(case="cases/support.yaml:23")):
    """What is to be explained: a case, a whole question, or a decision of the past.

    A decision is explained by the policies that made it; the candidate is not for it.
    """

    case: Annotated[str, Field(max_length=256)] | None = None
    question: dict[str, Any] | None = None
    decision_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None
    candidate: Candidate = Field(default_factory=Candidate)


class RuleMatchResponse(Mirrored):
    """A rule that spoke, and where it stands."""

    code: str
    article: str
    fix: str
    title: str
    file: str
    line: int


class MaskSourceResponse(Schema):
    """A data class or a role, and the cells of the tables that speak of it."""

    name: str
    mask: str | None
    cells: list[str]

    @classmethod
    def of(cls, found: MaskGround | RoleCells) -> Self:
        """Show the cells of a data class with its mask, or those of a role."""
        if isinstance(found, MaskGround):
            return cls(name=found.data_class, mask=found.mask, cells=[*found.cells])
        return cls(name=found.role, mask=None, cells=[*found.cells])


class CounterfactualResponse(Mirrored):
    """A fact that alone would turn the answer, and the values that would."""

    fact: str
    now: str
    instead: list[str]


class PastDecisionResponse(Mirrored):
    """What the access log says of a decision; not about whom it was."""

    at: UnixInstant
    principal_kind: str = Field(validation_alias=AliasChoices("principal_kind", "kind"))
    purpose: str
    action: str


class ExplanationResponse(
    Schema,
    json_schema_extra=example(
        digest=_DIGEST,
        outcome="refused: consent.withdrawn",
        permits=[],
        denials=[
            {
                "code": "consent.withdrawn",
                "article": "GDPR 7(3)",
                "fix": "do not ask again unprompted",
                "title": "Consent and objection",
                "file": "legal/consent.rego",
                "line": 37,
            }
        ],
        cells=[],
        turns=[
            {"fact": "resource.consent", "now": "withdrawn", "instead": ["granted"]}
        ],
        unknown=[],
        past=None,
    ),
):
    """Why something comes out as it does, by which rules and cells.

    `unknown` says what of a past decision cannot be known any more.
    """

    digest: str
    outcome: str
    permits: list[RuleMatchResponse]
    denials: list[RuleMatchResponse]
    cells: list[MaskSourceResponse]
    turns: list[CounterfactualResponse]
    unknown: list[str]
    past: PastDecisionResponse | None

    @classmethod
    def of(
        cls, digest: str, found: Explanation, turning: Iterable[Counterfactual]
    ) -> Self:
        """Show why a question comes out so by the policies of a digest."""
        return cls(
            digest=digest,
            outcome=found.outcome,
            permits=[*map(RuleMatchResponse.of, found.permits)],
            denials=[*map(RuleMatchResponse.of, found.denials)],
            cells=[*map(MaskSourceResponse.of, found.masks)],
            turns=[*map(CounterfactualResponse.of, turning)],
            unknown=[],
            past=None,
        )

    @classmethod
    def of_past(cls, found: PastDecision) -> Self:
        """Show what can still be said of a decision that was made."""
        return cls(
            digest=found.digest,
            outcome=found.outcome,
            permits=[],
            denials=[*map(RuleMatchResponse.of, found.recalled.denials)],
            cells=[*map(MaskSourceResponse.of, found.recalled.roles)],
            turns=[],
            unknown=[*found.recalled.unknown],
            past=PastDecisionResponse.of(found),
        )


class Compare(Schema, json_schema_extra=example(new={"removed": []})):
    """Two versions: what is changed (without it, what is in force), and the newer."""

    old: Candidate = Field(default_factory=Candidate)
    new: Candidate


class ChangeResponse(Mirrored):
    """One difference; the line is the newer file's, 0 for what is gone from it."""

    file: str
    line: int
    words: str
    effect: str


class ChangesResponse(
    Schema,
    json_schema_extra=example(
        old=_DIGEST,
        new=_DIGEST,
        changes=[
            {
                "file": "tables/data.json",
                "line": 296,
                "words": "support: contact is shown drop instead of last4",
                "effect": "closes",
            }
        ],
    ),
):
    """What the newer version changes, in words."""

    old: str
    new: str
    changes: list[ChangeResponse]

    @classmethod
    def of(cls, old: Bundle, new: Bundle) -> Self:
        """Show what the newer policies change in the older.

        Raises:
            PolicyFault: one of them cannot be read.

        """
        changes = [*map(ChangeResponse.of, diff(old, new))]
        return cls(old=old.digest, new=new.digest, changes=changes)


class ActivationRecordResponse(
    Mirrored,
    json_schema_extra=example(
        number=4, digest=_DIGEST, at="2026-11-22T10:00:00Z", entry=1043
    ),
):
    """Policies that were put in force: when, and which entry of the ledger says so."""

    number: int
    digest: str
    at: UnixInstant
    entry: int


class HistoryResponse(
    Schema,
    json_schema_extra=example(
        items=[
            {"number": 1, "digest": _DIGEST, "at": "2026-03-01T09:00:00Z", "entry": 0}
        ]
    ),
):
    """The policies that were in force, the newest first."""

    items: list[ActivationRecordResponse]

    @classmethod
    def of(cls, found: Iterable[Activation]) -> Self:
        """Show what was put in force, in the order that it is given in."""
        return cls(items=[*map(ActivationRecordResponse.of, found)])
