"""What a customer is registered with, put right by whoever found it wrong.

Region and minority are weighed in every decision about a person. A correction binds the
next read; it stands in the customer's own chain, with who made it and why.
"""

from typing import Annotated

from fastapi import APIRouter, Depends

from server.doors import service
from server.faces.given import CustomerName, RequestId, TheHouse
from server.faces.services_schemas import RegistrationChange, RegistrationShown
from server.principals import ACCOUNT_CARE, Bearer, Scope
from server.strict_json import StrictRoute
from vault.corrections import Correction

router = APIRouter(prefix="/v1", tags=["services"], route_class=StrictRoute)

Corrector = Annotated[Bearer, Depends(service(Scope.CUSTOMERS_CORRECT))]


@router.patch("/customers/{customer_id}")
def correct(
    house: TheHouse,
    bearer: Corrector,
    request_id: RequestId,
    customer_id: CustomerName,
    change: RegistrationChange,
) -> RegistrationShown:
    """Correct a customer's region, or whether they are under age (GDPR 16).

    422 `region.unknown` for a region that the policies do not know. Staff reach whom
    they reach; for `account.care`, which is open to offices alone, everybody.
    """
    becomes = house.vault.corrections.correct(
        bearer.writes(change.purpose, decided=house.decides_writes, request=request_id),
        customer_id,
        Correction(change.region, change.minor),
        reason=change.reason,
        office=change.purpose == ACCOUNT_CARE and house.decides_writes,
    )
    return RegistrationShown(
        customer_id=customer_id, region=becomes.region, minor=becomes.minor
    )
