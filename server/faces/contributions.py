"""What customers contribute: items that are theirs, and what may be done with them.

A contributed item is used by nobody until its author licenses it; each has a receipt,
which proves offline what was contributed and when.
"""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from starlette.responses import Response

from kit.db import ReadSession, WriteSession
from kit.errors import Fault, Invalid, NotFound
from ledger.formats.cose import MEDIA_TYPE
from server.auth.principals import OWN_ACCESS, Bearer
from server.faces.consents import Reader, Writer
from server.faces.customer_records import own_page
from server.faces.customers_schemas import (
    Contributed,
    Contribution,
    FieldsCorrected,
    Licensing,
    Revision,
)
from server.faces.dependencies import (
    IdempotencyKey,
    InLanguage,
    OwnCursor,
    RecordId,
    RequestId,
    TheHouse,
    text_answer,
)
from server.faces.disclosures import AuthorizationResponse, PageResponse, json_response
from server.faces.righted import CorrectedResponse, RemovalResponse, own_law
from server.house.house import House
from server.http.rights import RightsRoute
from vault import WriteResult

COSE = "application/cose"

router = APIRouter(prefix="/v1", tags=["customers"], route_class=RightsRoute)


@router.post("/me/contributions", status_code=201)
def contribute(
    house: TheHouse,
    bearer: Writer,
    request_id: RequestId,
    item: Contribution,
    idempotency_key: IdempotencyKey,
) -> Contributed:
    """Contribute an item; nobody may use it until it is licensed."""
    _require_contributions(house, item.collection)
    written = house.intake.put_own(
        bearer.asks(OWN_ACCESS, action="write", request=request_id),
        bearer.item(item.collection, item.values, idempotency_key),
    )
    return _contributed(house, bearer.own(), written)


@router.put("/me/contributions/{record_id}")
def change(
    house: TheHouse,
    bearer: Writer,
    request_id: RequestId,
    record_id: RecordId,
    change: Revision,
) -> Contributed:
    """Put a new version in the place of one's own item; nobody else does so.

    409 if the version named is not the newest.
    """
    _require_own(house, bearer, request_id, record_id)
    question = bearer.asks(OWN_ACCESS, action="write", request=request_id)
    written = house.intake.update_own(
        question, record_id, change.values, version=change.version
    )
    return _contributed(house, bearer.own(), written)


@router.get("/me/contributions", response_model=PageResponse)
def contributions(
    house: TheHouse, bearer: Reader, request_id: RequestId, after: OwnCursor = ""
) -> Response:
    """Show the contributed items, each with what is allowed with it."""
    names = [each.name for each in house.catalog if each.ugc]
    question = bearer.asks(OWN_ACCESS, request=request_id)
    return json_response(own_page(house.gate, question, names, after))


@router.delete("/me/contributions/{record_id}")
def remove(
    house: TheHouse,
    bearer: Writer,
    request_id: RequestId,
    speaker: InLanguage,
    record_id: RecordId,
) -> RemovalResponse:
    """Remove one's own item from the live store, with all that was allowed (GDPR 17).

    403 `hold.frozen` while it is held as evidence. Written again under the same key it
    is refused: 403 `contribution.removed`.
    """
    question = bearer.asks(OWN_ACCESS, action="write", request=request_id)
    removal = house.vault.righting.removals.remove_own(question, record_id)
    law = own_law(house, bearer.own())
    return RemovalResponse.of(removal, law, speaker.to_customer)


@router.patch("/me/records/{record_id}")
def correct(
    house: TheHouse,
    bearer: Writer,
    request_id: RequestId,
    record_id: RecordId,
    change: FieldsCorrected,
) -> CorrectedResponse:
    """Put right some fields of one's own record (GDPR 16).

    403 `correction.kept` for a field that the catalogue leaves to the controller, with
    what to do instead; `hold.frozen` while it is held. 409 if the version is not the
    newest.
    """
    corrected = house.vault.righting.rectification.correct_own(
        bearer.asks(OWN_ACCESS, action="write", request=request_id),
        record_id,
        change.values,
        version=change.version,
    )
    return CorrectedResponse.of(corrected)


@router.put("/me/contributions/{record_id}/authorization")
def license_(
    house: TheHouse,
    bearer: Writer,
    request_id: RequestId,
    record_id: RecordId,
    terms: Licensing,
) -> AuthorizationResponse:
    """Allow one use of a contributed item, within these limits."""
    _require_own(house, bearer, request_id, record_id)
    own = bearer.own()
    with house.vault_db.write() as session:
        given = terms.model_dump(exclude_none=True)
        house.authorizations.license(session, own, record_id, given)
        return _stands(house, session, own, record_id)


@router.delete("/me/contributions/{record_id}/authorization")
def withdraw_authorization(
    house: TheHouse, bearer: Writer, request_id: RequestId, record_id: RecordId
) -> AuthorizationResponse:
    """End every use of a contributed item, now."""
    _require_own(house, bearer, request_id, record_id)
    own = bearer.own()
    with house.vault_db.write() as session:
        house.authorizations.withdraw(session, own, record_id)
        return _stands(house, session, own, record_id)


@router.put("/me/contributions/{record_id}/restriction")
def restrict_contribution(
    house: TheHouse, bearer: Writer, request_id: RequestId, record_id: RecordId
) -> AuthorizationResponse:
    """Put every use of a contributed item on hold; what was allowed is kept.

    409 if its authorization was withdrawn: nothing is left to hold.
    """
    _require_own(house, bearer, request_id, record_id)
    own = bearer.own()
    with house.vault_db.write() as session:
        house.authorizations.restrict(session, own, record_id)
        return _stands(house, session, own, record_id)


@router.delete("/me/contributions/{record_id}/restriction")
def lift_contribution(
    house: TheHouse, bearer: Writer, request_id: RequestId, record_id: RecordId
) -> AuthorizationResponse:
    """End the hold on a contributed item: what was allowed before is allowed again.

    409 if it is not on hold.
    """
    _require_own(house, bearer, request_id, record_id)
    own = bearer.own()
    with house.vault_db.write() as session:
        house.authorizations.lift(session, own, record_id)
        return _stands(house, session, own, record_id)


@router.get(
    "/me/contributions/{record_id}/receipt",
    response_class=PlainTextResponse,
    responses=text_answer("c2sp.org/tlog-proof@v1\nextra …\nindex 7\n…"),
)
def receipt(house: TheHouse, bearer: Reader, record_id: RecordId) -> PlainTextResponse:
    """Give the receipt of a contributed item, which verifies offline."""
    made = house.receipts.of_record(bearer.own(), record_id)
    return PlainTextResponse(made.encode())


@router.get(
    "/me/contributions/{record_id}/receipt/cose",
    response_class=Response,
    responses={200: {"content": {COSE: {"example": "…"}}}},
)
def cose_receipt(house: TheHouse, bearer: Reader, record_id: RecordId) -> Response:
    """Give the same proof as a COSE receipt (RFC 9942), for programs that read it."""
    made = house.receipts.cose_of_record(bearer.own(), record_id)
    return Response(made.encode(), media_type=MEDIA_TYPE)


def _contributed(house: House, own: bytes, written: WriteResult) -> Contributed:
    with house.vault_db.read() as session:
        stands = _stands(house, session, own, written.record)
    return Contributed(
        record_id=written.record.hex(),
        version=written.version,
        index=written.index,
        authorization=stands,
        doubtful=written.doubtful,
    )


def _stands(
    house: House, session: ReadSession | WriteSession, own: bytes, record: bytes
) -> AuthorizationResponse:
    """Show what the author of an item allows now."""
    return AuthorizationResponse.of(house.authorizations.get(session, own, record))


def _require_contributions(house: House, collection: str) -> None:
    """Check that a collection is one of contributions.

    Raises:
        Invalid: it is not, or there is none of that name.

    """
    if not house.catalog.collection(collection).ugc:
        fault = Fault("/collection", "name a collection of contributions")
        raise Invalid("this collection takes no contributions", faults=(fault,))


def _require_own(
    house: House, bearer: Bearer, request_id: str, record_id: bytes
) -> None:
    """Check, through the gate, that a contributed item is the customer's own.

    Raises:
        NotFound: there is no such item, or it is no contribution.

    """
    question = bearer.asks(OWN_ACCESS, request=request_id)
    if house.gate.read(question, None, record_id).authorization == "none":
        raise NotFound
