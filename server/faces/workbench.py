"""The workbench, over the API: try policies before anybody is asked to approve them.

Nothing here changes what is in force; what is sent is looked at and forgotten. Each
look takes an engine of its own and seconds of a processor, in a thread, and a turn.
"""

from dataclasses import asdict
from typing import Any, Final

from fastapi import APIRouter, Depends

from kit.clock import from_unix
from kit.errors import Fault, Invalid
from pdp.bundle.bundle import Bundle
from pdp.bundle.findings import Finding
from pdp.change.diff import diff
from pdp.change.history import activations
from pdp.engines.regorus import PolicyFault
from pdp.review.case_yaml import CasesError
from pdp.review.cases import THRESHOLDS
from pdp.review.checks import Trial, tried
from pdp.review.counterfactuals import turns
from pdp.review.explain import Ground, explain, find_case
from pdp.review.lint import lint
from server.faces.dependencies import TheHouse
from server.faces.policy_candidate import Candidate, candidate_bundle
from server.faces.workbench_schemas import (
    MaskSourceResponse,
    ChangeResponse,
    ChangesResponse,
    Compare,
    CoverageResponse,
    Explain,
    ExplanationResponse,
    FailureResponse,
    FindingResponse,
    RuleMatchResponse,
    HistoryResponse,
    IdleLinesResponse,
    LintResponse,
    PastDecisionResponse,
    TrialResponse,
    CounterfactualResponse,
    put_in_force,
)
from server.house.house import House
from server.http.admission import legal, turn
from server.http.strict_json import StrictRoute
from server.http.turns import Work
from server.ops.decisions import past_decision

FIX: Final = "send one of case, question and decision_id"

router = APIRouter(
    prefix="/v1/policies",
    tags=["legal"],
    route_class=StrictRoute,
    dependencies=[Depends(legal())],
)
trial = [Depends(turn(Work.TRIAL))]


@router.post("/lint", dependencies=trial)
def lint_(house: TheHouse, candidate: Candidate) -> LintResponse:
    """Check rules, tables and the words of the cases, each finding with its place."""
    bundle = candidate_bundle(house, candidate)
    return LintResponse(digest=bundle.digest, findings=[*map(_finding, lint(bundle))])


@router.post("/test", dependencies=trial)
def test(house: TheHouse, candidate: Candidate) -> TrialResponse:
    """Lint policies, and run their cases and tests, with coverage."""
    return _trial(tried(candidate_bundle(house, candidate)))


@router.post("/explain", dependencies=trial)
def explain_(house: TheHouse, asked: Explain) -> ExplanationResponse:
    """Say why a case, a question or a past decision comes out as it does."""
    given = (asked.case, asked.question, asked.decision_id)
    if sum(each is not None for each in given) != 1:
        raise Invalid("name one thing to explain", fix=FIX)
    if asked.decision_id is not None:
        return _past(house, asked.decision_id)
    bundle = candidate_bundle(house, asked.candidate)
    try:
        question = asked.question
        if question is None:
            question = dict(find_case(bundle, asked.case or "").question)
        return _explained(bundle, question)
    except (PolicyFault, CasesError) as error:
        raise _placed(error) from None


@router.post("/diff", dependencies=trial)
def diff_(house: TheHouse, compared: Compare) -> ChangesResponse:
    """Say in words what one version of the policies changes in another."""
    old = candidate_bundle(house, compared.old)
    new = candidate_bundle(house, compared.new)
    try:
        changes = [ChangeResponse(**asdict(each)) for each in diff(old, new)]
    except PolicyFault as error:
        raise _placed(error) from None
    return ChangesResponse(old=old.digest, new=new.digest, changes=changes)


@router.get("/history")
def history(house: TheHouse) -> HistoryResponse:
    """List the policies that were in force, the newest first."""
    return HistoryResponse(items=put_in_force(activations(house.vault_db.reader())))


def _trial(trial: Trial) -> TrialResponse:
    report = trial.report
    return TrialResponse(
        digest=trial.digest,
        passed=trial.passed,
        run=len(report.results) if report else 0,
        failures=[
            FailureResponse(
                file=each.file,
                line=each.line,
                name=each.name,
                expected=each.expected,
                got=each.got,
            )
            for each in (report.failed if report else ())
        ],
        findings=[*map(_finding, trial.findings)],
        coverage=[
            CoverageResponse(folder=name, percent=report.percent(name), needed=least)
            for name, least in THRESHOLDS.items()
            if report
        ],
        idle=[
            IdleLinesResponse(file=each.file, lines=[*each.idle])
            for each in (report.coverage if report else ())
            if each.idle
        ],
    )


def _explained(bundle: Bundle, question: dict[str, Any]) -> ExplanationResponse:
    found = explain(bundle, question)
    return ExplanationResponse(
        digest=bundle.digest,
        outcome=found.outcome,
        permits=[*map(_ground, found.permits)],
        denials=[*map(_ground, found.denials)],
        cells=[
            MaskSourceResponse(name=each.data_class, mask=each.mask, cells=[*each.cells])
            for each in found.masks
        ],
        turns=[
            CounterfactualResponse(fact=each.fact, now=each.now, instead=[*each.instead])
            for each in turns(bundle, question)
        ],
        unknown=[],
        past=None,
    )


def _past(house: House, decision_id: str) -> ExplanationResponse:
    found = past_decision(house, decision_id)
    return ExplanationResponse(
        digest=found.digest,
        outcome=found.outcome,
        permits=[],
        denials=[*map(_ground, found.recalled.denials)],
        cells=[
            MaskSourceResponse(name=each.role, mask=None, cells=[*each.cells])
            for each in found.recalled.roles
        ],
        turns=[],
        unknown=[*found.recalled.unknown],
        past=PastDecisionResponse(
            at=from_unix(found.at),
            principal_kind=found.kind,
            purpose=found.purpose,
            action=found.action,
        ),
    )


def _finding(finding: Finding) -> FindingResponse:
    return FindingResponse(**asdict(finding))


def _ground(ground: Ground) -> RuleMatchResponse:
    return RuleMatchResponse(**asdict(ground))


def _placed(error: PolicyFault | CasesError) -> Invalid:
    place = f"{error.file}:{error.line}:{error.column}"
    return Invalid(
        "the policies cannot be read; nothing was changed",
        faults=(Fault(place, error.detail),),
        fix="mend what stands there; `allod policy lint` says how",
    )
