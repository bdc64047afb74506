"""The workbench, over the API: try policies before anybody is asked to approve them.

Nothing here changes what is in force; what is sent is looked at and forgotten. Each
look takes an engine of its own and seconds of a processor, in a thread, and a turn.
"""

from typing import Final

from fastapi import APIRouter, Depends

from kit.errors import Fault, Invalid
from pdp.change.history import activations
from pdp.change.impact import impact
from pdp.change.widening import opened_now
from pdp.engines.regorus import PolicyFault
from pdp.review.case_yaml import CasesError
from pdp.review.checks import tried
from pdp.review.counterfactuals import turns
from pdp.review.explain import explain, find_case
from pdp.review.lint import lint
from server.faces.dependencies import TheHouse
from server.faces.impact_schemas import ImpactResponse
from server.faces.policy_candidate import Candidate, candidate_bundle
from server.faces.workbench_schemas import (
    ChangesResponse,
    Compare,
    Explain,
    ExplanationResponse,
    HistoryResponse,
    LintResponse,
    TrialResponse,
)
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


@router.post("/impact", dependencies=trial)
def compare(house: TheHouse, candidate: Candidate) -> ImpactResponse:
    """Count who would gain and who would lose, if other policies were in force.

    It takes two engines of its own, and up to a minute.
    """
    bundle, in_force = candidate_bundle(house, candidate), house.bundle
    found = impact(in_force, bundle, house.vault.observed)
    return ImpactResponse.of(found, opened_now(in_force, bundle, found))


@router.post("/lint", dependencies=trial)
def lint_(house: TheHouse, candidate: Candidate) -> LintResponse:
    """Check rules, tables and the words of the cases, each finding with its place."""
    bundle = candidate_bundle(house, candidate)
    return LintResponse.of(bundle.digest, lint(bundle))


@router.post("/test", dependencies=trial)
def test(house: TheHouse, candidate: Candidate) -> TrialResponse:
    """Lint policies, and run their cases and tests, with coverage."""
    return TrialResponse.of(tried(candidate_bundle(house, candidate)))


@router.post("/explain", dependencies=trial)
def explain_(house: TheHouse, asked: Explain) -> ExplanationResponse:
    """Say why a case, a question or a past decision comes out as it does."""
    given = (asked.case, asked.question, asked.decision_id)
    if sum(each is not None for each in given) != 1:
        raise Invalid("name one thing to explain", fix=FIX)
    if asked.decision_id is not None:
        return ExplanationResponse.of_past(past_decision(house, asked.decision_id))
    bundle = candidate_bundle(house, asked.candidate)
    try:
        question = asked.question
        if question is None:
            question = dict(find_case(bundle, asked.case or "").question)
        found = explain(bundle, question)
        return ExplanationResponse.of(bundle.digest, found, turns(bundle, question))
    except (PolicyFault, CasesError) as error:
        raise _placed(error) from None


@router.post("/diff", dependencies=trial)
def diff_(house: TheHouse, compared: Compare) -> ChangesResponse:
    """Say in words what one version of the policies changes in another."""
    old = candidate_bundle(house, compared.old)
    new = candidate_bundle(house, compared.new)
    try:
        return ChangesResponse.of(old, new)
    except PolicyFault as error:
        raise _placed(error) from None


@router.get("/history")
def history(house: TheHouse) -> HistoryResponse:
    """List the policies that were in force, the newest first."""
    return HistoryResponse.of(activations(house.vault_db.reader()))


def _placed(error: PolicyFault | CasesError) -> Invalid:
    place = f"{error.file}:{error.line}:{error.column}"
    return Invalid(
        "the policies cannot be read; nothing was changed",
        faults=(Fault(place, error.detail),),
        fix="mend what stands there; `allod policy lint` says how",
    )
