"""What customers do with what is their own: see, allow, take, remove.

A customer reads through the gate like everybody else, for the purpose of their own
access; nobody else's things can even be named here. Each change is one unit of work,
opened in its handler.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Header
from starlette.responses import Response

from server.auth.principals import OWN_ACCESS, Bearer, Scope
from server.faces.customer_records import own_page
from server.faces.customers_schemas import (
    AccessesResponse,
    ErasureProgress,
    ErasureResponse,
    Me,
)
from server.faces.dependencies import (
    ErasureId,
    InLanguage,
    OneOrAll,
    OwnCursor,
    RecordId,
    RequestId,
    TheHouse,
    Wanted,
)
from server.faces.disclosures import (
    DisclosureResponse,
    PageResponse,
    disclosed,
    json_response,
)
from server.http.admission import anybody, customer, turn
from server.http.rights import RIGHTS, RightsRoute, while_living
from server.http.streams import Streamed
from server.http.turns import Work
from vault import Ticket
from vault.erasure.erasure_ticket import FORM

ZIP = "application/zip"

router = APIRouter(prefix="/v1", tags=["customers"], route_class=RightsRoute)

Reader = Annotated[Bearer, Depends(customer(Scope.OWN_READ))]
Exporter = Annotated[Bearer, Depends(customer(Scope.OWN_EXPORT))]
Eraser = Annotated[Bearer, Depends(customer(Scope.OWN_ERASE))]
ChosenSecret = Annotated[
    str | None,
    Header(
        alias="Erasure-Secret",
        pattern=f"^{FORM}$",
        examples=["YWxsb2QtZXhhbXBsZS1zZWNyZXQtb2YtMzItYnl0ZXM"],
    ),
]


@router.get("/me")
def me(house: TheHouse, bearer: Reader) -> Me:
    """Tell a customer how they are registered."""
    own = house.customers.standing(bearer.own())
    return Me(
        customer_id=own.customer_id,
        region=own.region,
        minor=own.minor,
        birth_date=house.customers.birth_date(bearer.own()),
    )


@router.get("/me/records", response_model=PageResponse)
def records(
    house: TheHouse,
    bearer: Reader,
    request_id: RequestId,
    wish: Wanted,
    collection: OneOrAll = None,
    after: OwnCursor = "",
) -> Response:
    """Show everything that is held, or one collection of it (GDPR 15).

    One collection can be filtered and sorted by its fields.
    """
    names = [collection] if collection else [each.name for each in house.catalog]
    question = bearer.asks(OWN_ACCESS, request=request_id)
    return json_response(own_page(house.gate, question, names, after, wish))


@router.get("/me/records/{record_id}", response_model=DisclosureResponse)
async def record(
    house: TheHouse, bearer: Reader, request_id: RequestId, record_id: RecordId
) -> Response:
    """Show one record."""
    question = bearer.asks(OWN_ACCESS, request=request_id)
    return json_response(
        disclosed(await house.gate.read_async(question, None, record_id))
    )


@router.get("/me/accesses")
def accesses(house: TheHouse, bearer: Reader, speaker: InLanguage) -> AccessesResponse:
    """Show who asked for the customer's data, for what, and what came of it."""
    return AccessesResponse.of(house.access_log.of_subject(bearer.own()), speaker)


@router.post(
    "/me/exports",
    response_class=Response,
    responses={200: {"content": {ZIP: {"example": "PK…"}}}},
    dependencies=[Depends(turn(Work.EXPORT))],
)
def export(house: TheHouse, bearer: Exporter, request_id: RequestId) -> Streamed:
    """Give everything as one signed archive (GDPR 20), made while it is sent.

    With witnesses its newest receipts are provisional, as the header says: the log has
    signed their tree and the quorum has not seen it. `allod verify` names the tree.
    """
    parts = house.exports.write(
        bearer.own(), asked_by=bearer.principal.name, request=request_id
    )
    return Streamed(
        while_living(parts, house.customers, bearer.own()),
        erasures=house.erasure.ordered,
        media_type=ZIP,
        headers={
            "Content-Disposition": 'attachment; filename="allod-export.zip"',
            "Allod-Provisional": "true" if house.log.witnessed else "false",
        },
        limiter=RIGHTS,
    )


@router.post("/me/erasure")
def erase(
    house: TheHouse, bearer: Eraser, erasure_secret: ChosenSecret = None
) -> ErasureResponse:
    """Erase everything, for good (GDPR 17); the token ends with the account.

    A caller that chooses the secret, and keeps it before it asks, can fetch the
    certificate even if this answer is lost: the erasure's id is the first 16 bytes of
    SHA-256 over `allod/erasure-id/v1` and the secret, each after its length in 4 bytes,
    big endian. The same secret again is the same erasure.
    """
    own = bearer.own()
    ticket = Ticket.draw() if erasure_secret is None else Ticket.of(erasure_secret)
    house.erasure.erase(own, ticket)
    state = house.erasure.state(ticket.order_id, ticket.secret)
    return ErasureResponse.of(
        state, erasure_id=ticket.order_id.hex(), secret=ticket.secret
    )


@router.get("/erasures/{erasure_id}", dependencies=[Depends(anybody)])
def erasure(
    house: TheHouse,
    erasure_id: ErasureId,
    erasure_secret: Annotated[str, Header(max_length=128, examples=["Q2hhbmdl…"])] = "",
) -> ErasureProgress:
    """Tell how far an erasure is, to whoever has the secret given with it.

    The certificate's bytes never change. While `provisional`, ask again: `proof` comes
    beside it when the witnesses' quorum has cosigned.
    """
    state = house.erasure.state(erasure_id, erasure_secret)
    return ErasureProgress.of(state)
