"""What customers are registered with: listed, and put right by whoever found it wrong.

Region and minority are weighed in every decision about a person. A correction binds the
next read; it stands in the customer's own chain, with who made it and why.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from server.auth.principals import ACCOUNT_CARE, Bearer, Scope
from server.faces.dependencies import (
    MAX_PAGE,
    CustomerName,
    Limit,
    Purpose,
    RequestId,
    TheHouse,
)
from server.faces.services_schemas import (
    RegistrationChange,
    RegistrationResponse,
    RosterResponse,
)
from server.http.admission import service
from server.http.strict_json import StrictRoute
from vault.customers.corrections import Correction

router = APIRouter(prefix="/v1", tags=["services"], route_class=StrictRoute)

Reader = Annotated[Bearer, Depends(service(Scope.RECORDS_READ))]
RosterCursor = Annotated[
    str, Query(max_length=64, description="`next` of the page before")
]
Corrector = Annotated[Bearer, Depends(service(Scope.CUSTOMERS_CORRECT))]


@router.get("/customers")
def list_customers(
    house: TheHouse,
    bearer: Reader,
    request_id: RequestId,
    purpose: Purpose,
    after: RosterCursor = "",
    limit: Limit = MAX_PAGE,
) -> RosterResponse:
    """List the customers within reach, page by page, for a purpose that shows names.

    A page looks at `limit` customers and gives those whose registration the policies
    let this caller see; read on until `next` is null. The order says nothing.
    """
    question = bearer.asks(purpose, request=request_id)
    page = house.vault.roster.page(question, after=after, limit=limit)
    return RosterResponse(
        items=[*map(RegistrationResponse.of, page.items)],
        withheld=page.withheld,
        decision_id=page.decision_id.hex(),
        next=page.following,
    )


@router.patch("/customers/{customer_id}")
def correct(
    house: TheHouse,
    bearer: Corrector,
    request_id: RequestId,
    customer_id: CustomerName,
    change: RegistrationChange,
) -> RegistrationResponse:
    """Correct a customer's region, date of birth, or minority (GDPR 16).

    422 `region.unknown` for a region that the policies do not know. With a birth date,
    the answer's `minor` is what follows from it. Staff reach whom
    they reach; for `account.care`, which is open to offices alone, everybody.
    """
    becomes = house.vault.righting.corrections.correct(
        bearer.writes(change.purpose, decided=house.decides_writes, request=request_id),
        customer_id,
        Correction(change.region, change.minor, change.birth_date),
        reason=change.reason,
        office=change.purpose == ACCOUNT_CARE and house.decides_writes,
    )
    return RegistrationResponse(
        customer_id=customer_id, region=becomes.region, minor=becomes.minor
    )
