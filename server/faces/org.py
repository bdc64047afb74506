"""The organisation: its units, who holds them, which customers are in them.

Whoever holds a unit reaches the customers in it and below it. So these calls take the
role of legal or of the privacy officer and a scope of their own; each is on record.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from server.auth.principals import Bearer, Scope
from server.faces.dependencies import CustomerName, RequestId, TheHouse, care
from server.faces.reach_schemas import (
    Done,
    OrganisationResponse,
    StaffName,
    UnitName,
    UnitSet,
    Until,
)
from server.http.admission import officer
from server.http.strict_json import StrictRoute
from vault.organisation.organisation import Post, Unit

router = APIRouter(prefix="/v1/org", tags=["reach"], route_class=StrictRoute)

Reader = Annotated[Bearer, Depends(officer(Scope.REACH_READ))]
Arranger = Annotated[Bearer, Depends(officer(Scope.ORG_WRITE))]
UnitPath = Annotated[UnitName, Path(examples=["campus.north"])]
StaffPath = Annotated[StaffName, Path(examples=["kim"])]


@router.get("")
def chart(house: TheHouse, _: Reader) -> OrganisationResponse:
    """Show all units, and the posts that have not ended."""
    return OrganisationResponse.of(house.vault.reach.organisation.chart())


@router.put("/units/{unit}")
def set_unit(house: TheHouse, bearer: Arranger, unit: UnitPath, what: UnitSet) -> Done:
    """Add a unit, or move it with everything below it."""
    wanted = Unit(unit, what.kind, what.within)
    house.vault.reach.organisation.set_unit(wanted, by=bearer.principal.name)
    return Done()


@router.delete("/units/{unit}")
def remove_unit(house: TheHouse, bearer: Arranger, unit: UnitPath) -> Done:
    """Remove a unit that nothing is in."""
    house.vault.reach.organisation.remove_unit(unit, by=bearer.principal.name)
    return Done()


@router.put("/units/{unit}/posts/{staff}")
def post(
    house: TheHouse, bearer: Arranger, unit: UnitPath, staff: StaffPath, held: Until
) -> Done:
    """Let a colleague hold a unit until an instant."""
    given = Post(staff, unit, held.until)
    house.vault.reach.organisation.post(given, by=bearer.principal.name)
    return Done()


@router.delete("/units/{unit}/posts/{staff}")
def unpost(house: TheHouse, bearer: Arranger, unit: UnitPath, staff: StaffPath) -> Done:
    """Take a unit from somebody; it binds their next read."""
    house.vault.reach.organisation.unpost(staff, unit, by=bearer.principal.name)
    return Done()


@router.put("/units/{unit}/customers/{customer_id}")
def place(
    house: TheHouse,
    bearer: Arranger,
    request_id: RequestId,
    unit: UnitPath,
    customer_id: CustomerName,
) -> Done:
    """Put a customer into a unit; they may be in several."""
    question = care(house, bearer, request_id)
    house.vault.reach.organisation.place(question, customer_id, unit)
    return Done()


@router.delete("/units/{unit}/customers/{customer_id}")
def displace(
    house: TheHouse,
    bearer: Arranger,
    request_id: RequestId,
    unit: UnitPath,
    customer_id: CustomerName,
) -> Done:
    """Take a customer out of a unit."""
    question = care(house, bearer, request_id)
    house.vault.reach.organisation.displace(question, customer_id, unit)
    return Done()
