"""How the policies are changed: proposed, approved, activated, by whom it takes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from pdp.change.shadow import divergences
from server.auth.principals import Bearer, Scope
from server.faces.dependencies import TheHouse
from server.faces.policy_candidate import Candidate, candidate_bundle
from server.faces.policy_changes_schemas import (
    Approve,
    DivergenceResponse,
    DivergencesResponse,
    ProposalResponse,
    ProposalsResponse,
    Proposed,
    RollBack,
)
from server.faces.workbench_schemas import ActivationRecordResponse
from server.http.admission import legal, turn
from server.http.schemas import SAFE_INTEGER
from server.http.strict_json import StrictRoute
from server.http.turns import Work

Number = Annotated[int, Path(ge=1, le=SAFE_INTEGER, examples=[3])]
Reader = Annotated[Bearer, Depends(legal())]
Proposer = Annotated[Bearer, Depends(legal(Scope.POLICIES_PROPOSE))]
Approver = Annotated[Bearer, Depends(legal(Scope.POLICIES_APPROVE))]
Activating = Annotated[Bearer, Depends(legal(Scope.POLICIES_ACTIVATE))]

router = APIRouter(prefix="/v1/policies", tags=["legal"], route_class=StrictRoute)
# Of these one goes on at a time, and no trial of anybody's keeps it from going on.
change = [Depends(turn(Work.CHANGE))]


@router.get("/proposals")
def proposals(house: TheHouse, _: Reader) -> ProposalsResponse:
    """List what was proposed, the newest first."""
    with house.vault_db.read() as session:
        listed = house.governing.proposals.list(session)
    return ProposalsResponse(items=[*map(ProposalResponse.of, listed)])


@router.post("/proposals", status_code=201, dependencies=change)
def propose(house: TheHouse, bearer: Proposer, candidate: Candidate) -> Proposed:
    """Check policies and propose them in place of those in force."""
    bundle = candidate_bundle(house, candidate)
    proposal, examined = house.governing.activator.propose(
        bundle, by=bearer.principal.name
    )
    return Proposed(
        proposal=ProposalResponse.of(proposal),
        changes=examined.lines(),
    )


@router.get("/proposals/{number}/divergences")
def shadowed(house: TheHouse, _: Reader, number: Number) -> DivergencesResponse:
    """List what a proposal, in the shadow, would have decided otherwise."""
    with house.vault_db.read() as session:
        proposal = house.governing.proposals.get(session, number)
        found = divergences(session, proposal.digest, proposal.base)
    return DivergencesResponse(items=[DivergenceResponse.of(*each) for each in found])


@router.post("/proposals/{number}/approvals")
def approve(
    house: TheHouse, bearer: Approver, number: Number, approval: Approve
) -> ProposalResponse:
    """Say yes to a proposal of somebody else's, or to its widening."""
    with house.vault_db.write() as session:
        proposal = house.governing.proposals.approve(
            session,
            number,
            by=bearer.principal.name,
            widening=approval.widening,
            reason=approval.reason,
        )
    return ProposalResponse.of(proposal)


@router.delete("/proposals/{number}")
def withdraw(house: TheHouse, bearer: Proposer, number: Number) -> ProposalResponse:
    """Take a proposal back."""
    with house.vault_db.write() as session:
        proposal = house.governing.proposals.withdraw(
            session, number, by=bearer.principal.name
        )
    return ProposalResponse.of(proposal)


@router.post("/proposals/{number}/activation", dependencies=change)
def activate(
    house: TheHouse, bearer: Activating, number: Number
) -> ActivationRecordResponse:
    """Check an approved proposal again, on every engine, and put it in force."""
    done = house.governing.activator.activate(number, by=bearer.principal.name)
    return ActivationRecordResponse.of(done)


@router.post("/rollback", dependencies=change)
def roll_back(house: TheHouse, bearer: Activating, way: RollBack) -> ProposalResponse:
    """Go back to policies that were in force; at once, where that opens nothing."""
    proposal = house.governing.activator.roll_back(
        way.digest, by=bearer.principal.name, reason=way.reason
    )
    return ProposalResponse.of(proposal)
