"""Who reaches one customer: assignments, time-limited grants, holds, restriction.

For the role of legal or of the privacy officer, each with a scope that a token carries
only when it was asked for by name. What is done stands in the customer's own chain,
with who did it and why; nobody widens their own reach.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from kit.errors import Fault, Invalid, NotFound
from kit.ids import parse_id
from server.auth.principals import Bearer, Scope
from server.faces.dependencies import CustomerName, RequestId, TheHouse, care
from server.faces.reach_schemas import (
    Because,
    Done,
    GrantAsked,
    GrantResponse,
    HoldAsked,
    HoldResponse,
    ReachResponse,
    RestrictionSet,
    StaffName,
    Until,
)
from server.http.admission import officer
from server.http.strict_json import StrictRoute

_ID = "7b1f0c52a86f4c8e9d3e6a7b8c9d0e1f"

router = APIRouter(
    prefix="/v1/customers/{customer_id}", tags=["reach"], route_class=StrictRoute
)

Reader = Annotated[Bearer, Depends(officer(Scope.REACH_READ))]
Assigner = Annotated[Bearer, Depends(officer(Scope.ASSIGNMENTS_WRITE))]
Granter = Annotated[Bearer, Depends(officer(Scope.GRANTS_WRITE))]
Holder = Annotated[Bearer, Depends(officer(Scope.HOLDS_WRITE))]
Restricter = Annotated[Bearer, Depends(officer(Scope.RESTRICTIONS_WRITE))]
StaffPath = Annotated[StaffName, Path(examples=["kim"])]


async def _grant(grant_id: Annotated[str, Path(examples=[_ID])]) -> bytes:
    return _parsed(grant_id)


async def _hold(hold_id: Annotated[str, Path(examples=[_ID])]) -> bytes:
    return _parsed(hold_id)


def _parsed(text: str) -> bytes:
    found = parse_id(text)
    if found is None:
        raise NotFound
    return found


GrantId = Annotated[bytes, Depends(_grant)]
HoldId = Annotated[bytes, Depends(_hold)]


@router.get("/reach")
def reach(
    house: TheHouse, bearer: Reader, request_id: RequestId, customer_id: CustomerName
) -> ReachResponse:
    """Tell who reaches a customer now, and what is held of theirs."""
    parts = house.vault.reach
    subject = parts.acts.resolve(care(house, bearer, request_id), customer_id)
    state = house.customers.standing(subject).state
    return ReachResponse.of(parts, state, customer_id)


@router.put("/assignments/{staff}")
def assign(
    house: TheHouse,
    bearer: Assigner,
    request_id: RequestId,
    customer_id: CustomerName,
    staff: StaffPath,
    asked: Until,
) -> Done:
    """Put a customer into a colleague's care until an instant."""
    question = care(house, bearer, request_id)
    house.vault.reach.assignments.assign(
        question, customer_id, staff=staff, until=asked.until
    )
    return Done()


@router.delete("/assignments/{staff}")
def unassign(
    house: TheHouse,
    bearer: Assigner,
    request_id: RequestId,
    customer_id: CustomerName,
    staff: StaffPath,
) -> Done:
    """Take a customer out of somebody's care; it binds their next read."""
    question = care(house, bearer, request_id)
    house.vault.reach.assignments.unassign(question, customer_id, staff=staff)
    return Done()


@router.post("/grants", status_code=201)
def grant(
    house: TheHouse,
    bearer: Granter,
    request_id: RequestId,
    customer_id: CustomerName,
    asked: GrantAsked,
) -> GrantResponse:
    """Let a colleague reach a customer for one purpose, for seven days at most."""
    given = house.vault.reach.grants.give(
        care(house, bearer, request_id),
        customer_id,
        staff=asked.staff,
        purpose=asked.purpose,
        until=asked.until,
        reason=asked.reason,
    )
    return GrantResponse.of(given)


@router.delete("/grants/{grant_id}")
def revoke(
    house: TheHouse,
    bearer: Granter,
    request_id: RequestId,
    customer_id: CustomerName,
    grant_id: GrantId,
) -> Done:
    """End a grant before its time; it binds the next read."""
    question = care(house, bearer, request_id)
    house.vault.reach.grants.revoke(question, customer_id, grant_id)
    return Done()


@router.post("/holds", status_code=201)
def hold(
    house: TheHouse,
    bearer: Holder,
    request_id: RequestId,
    customer_id: CustomerName,
    asked: HoldAsked,
) -> HoldResponse:
    """Hold a record as evidence, or all that is held and comes in later."""
    record = None if asked.record_id is None else bytes.fromhex(asked.record_id)
    question = care(house, bearer, request_id)
    made = house.vault.reach.holds.set(
        question, customer_id, record=record, reason=asked.reason
    )
    return HoldResponse.of(made)


@router.post("/holds/{hold_id}/lifting")
def lift(
    house: TheHouse,
    bearer: Holder,
    request_id: RequestId,
    customer_id: CustomerName,
    hold_id: HoldId,
    why: Because,
) -> Done:
    """Lift a hold; what no other hold keeps is free."""
    question = care(house, bearer, request_id)
    house.vault.reach.holds.lift(question, customer_id, hold_id, reason=why.reason)
    return Done()


@router.put("/restriction")
def restrict(
    house: TheHouse,
    bearer: Restricter,
    request_id: RequestId,
    customer_id: CustomerName,
    wanted: RestrictionSet,
) -> Done:
    """Keep what is held from use, or let it be used again (GDPR 18).

    What the customer restricted is lifted once they were told: `told_at`.
    """
    question, reason = care(house, bearer, request_id), wanted.reason
    restrictions, told = house.vault.reach.restrictions, wanted.told_at
    if wanted.restricted and told is not None:
        fault = Fault("/told_at", "give it where a restriction is lifted")
        raise Invalid("nothing is lifted of which they were told", faults=(fault,))
    if wanted.restricted:
        restrictions.restrict(question, customer_id, reason=reason)
    else:
        restrictions.lift(question, customer_id, reason=reason, told_at=told)
    return Done()
