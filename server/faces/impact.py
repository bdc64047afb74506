"""What other policies would change, for those who answer for them, before anybody asks.

A comparison takes two engines of its own, up to a minute, and a turn like other trials:
whoever comes when all are taken is told so, and not kept waiting.
"""

from fastapi import APIRouter, Depends

from pdp.change.impact import impact
from pdp.change.widening import opened_now
from server.faces.dependencies import TheHouse
from server.faces.impact_schemas import ImpactResponse
from server.faces.policy_candidate import Candidate, candidate_bundle
from server.http.admission import legal, turn
from server.http.strict_json import StrictRoute
from server.http.turns import Work

router = APIRouter(
    prefix="/v1/policies",
    tags=["legal"],
    route_class=StrictRoute,
    dependencies=[Depends(legal())],
)


@router.post("/impact", dependencies=[Depends(turn(Work.TRIAL))])
def compare(house: TheHouse, candidate: Candidate) -> ImpactResponse:
    """Count who would gain and who would lose, if other policies were in force."""
    bundle, in_force = candidate_bundle(house, candidate), house.bundle
    found = impact(in_force, bundle, house.vault.observed)
    return ImpactResponse.of(found, opened_now(in_force, bundle, found))
