"""How customers have the use of their data restricted, and lift that (GDPR 18).

It is theirs: it binds the next read of anybody, and staff lift it only once they were
told. What staff restricted is shown here too, and is not theirs to lift.
"""

from fastapi import APIRouter

from server.faces.consents import Reader, Writer
from server.faces.dependencies import InLanguage, TheHouse
from server.faces.own_restriction_schemas import (
    RestrictionAsked,
    RestrictionResponse,
)
from server.http.rights import RightsRoute
from vault.organisation.restricted import RestrictionGround

router = APIRouter(
    prefix="/v1/me/restriction", tags=["customers"], route_class=RightsRoute
)


@router.get("")
def restriction(
    house: TheHouse, bearer: Reader, speaker: InLanguage
) -> RestrictionResponse:
    """Show whether the use of one's data is restricted, by whom, since when."""
    return RestrictionResponse.of(
        house.vault.reach.restrictions.of(bearer.own()), speaker
    )


@router.post("")
def restrict_own(
    house: TheHouse, bearer: Writer, speaker: InLanguage, asked: RestrictionAsked
) -> RestrictionResponse:
    """Restrict it on a ground of GDPR 18(1); it binds the next read of anybody."""
    own, ground = bearer.own(), RestrictionGround(asked.ground)
    with house.vault_db.write() as session:
        found = house.vault.reach.restrictions.claim(session, own, ground)
    return RestrictionResponse.of(found, speaker)


@router.delete("")
def lift_own(
    house: TheHouse, bearer: Writer, speaker: InLanguage
) -> RestrictionResponse:
    """Lift what the customer restricted; what staff restricted stays so."""
    own = bearer.own()
    with house.vault_db.write() as session:
        found = house.vault.reach.restrictions.release(session, own)
    return RestrictionResponse.of(found, speaker)
