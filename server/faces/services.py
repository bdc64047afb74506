"""What services and staff do with customers' records; reading is always for a purpose.

The three busiest calls are in `server.faces.data_plane`. Here is the rest: registering,
changing, listing, finding, scanning, counting.
"""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from consent.facts import UgcWord
from kit.errors import NotFound
from server.auth.principals import Bearer, Scope
from server.faces.dependencies import (
    MAX_PAGE,
    After,
    Collection,
    CustomerName,
    Limit,
    Purpose,
    RecordId,
    RequestId,
    TheHouse,
    Wanted,
    text_answer,
)
from server.faces.disclosures import (
    AuthorizationResponse,
    PageResponse,
    json_response,
    paged,
)
from server.faces.services_schemas import (
    Aggregate,
    Find,
    NewVersion,
    NumbersResponse,
    Registered,
    Registration,
    Scan,
    VerifiedResponse,
    Verify,
    WrittenResponse,
)
from server.http.admission import counter, service, turn
from server.http.streams import Streamed
from server.http.strict_json import StrictRoute
from server.http.turns import Work
from server.roles.scanning import aggregated, scanned
from vault import NewCustomer
from vault.gate.aggregates import AggregateQuery, check
from vault.gate.verifying import Claim

NDJSON = "application/x-ndjson"
_END = '{"end":true,"disclosed":41200,"withheld":318,"damaged":0,"undecided":0}\n'

router = APIRouter(prefix="/v1", tags=["services"], route_class=StrictRoute)

Reader = Annotated[Bearer, Depends(service(Scope.RECORDS_READ))]
Scanner = Annotated[Bearer, Depends(service(Scope.RECORDS_SCAN))]
Counter = Annotated[Bearer, Depends(counter(Scope.RECORDS_COUNT))]
Writer = Annotated[Bearer, Depends(service(Scope.RECORDS_WRITE))]
Registrar = Annotated[Bearer, Depends(service(Scope.CUSTOMERS_REGISTER))]
scan_turn = [Depends(turn(Work.SCAN))]


@router.post("/customers", status_code=201, responses={200: {"model": Registered}})
def register(
    house: TheHouse,
    bearer: Registrar,
    request_id: RequestId,
    new: Registration,
    response: Response,
) -> Registered:
    """Make a customer known; 200 if they were known already, and are within reach.

    409 `customer.unavailable` for an id that is in use beyond the caller's reach, or
    that is kept from coming back since an erasure: `again` takes it back, with a
    reason, by a token with `customers:readmit`. Staff name a unit that they hold.
    """
    if new.again:
        bearer.require(Scope.CUSTOMERS_READMIT)
    question = bearer.writes(
        new.purpose, decided=house.decides_writes, request=request_id
    )
    wanted = NewCustomer(
        new.customer_id,
        new.region,
        new.minor,
        unit=new.unit,
        readmit=(new.reason or "") if new.again else None,
        birth_date=new.birth_date,
    )
    created = house.registration.register(question, wanted)
    if not created:
        response.status_code = 200
    return Registered(customer_id=new.customer_id)


@router.put("/customers/{customer_id}/records/{record_id}")
def update(
    house: TheHouse,
    bearer: Writer,
    request_id: RequestId,
    customer_id: CustomerName,
    record_id: RecordId,
    change: NewVersion,
) -> WrittenResponse:
    """Write a record's next version; 409 if the version named is not the newest.

    A contribution is changed by its author alone.
    """
    question = bearer.writes(
        change.purpose, decided=house.decides_writes, request=request_id
    )
    written = house.intake.update(
        question, customer_id, record_id, change.values, version=change.version
    )
    return WrittenResponse.of(written)


@router.get("/customers/{customer_id}/records", response_model=PageResponse)
def list_records(
    house: TheHouse,
    bearer: Reader,
    *,
    request_id: RequestId,
    customer_id: CustomerName,
    purpose: Purpose,
    collection: Collection,
    after: After,
    wish: Wanted,
    limit: Limit = MAX_PAGE,
) -> Response:
    """List a customer's records of one collection, page by page.

    Filters and a sort work on fields that the caller sees in clear in every record
    that they would compare, or the list is refused (`selection.not_clear`). A page
    looks at `limit` records and gives those that policies and filters let through: it
    may be empty, so read on until `next` is null. 403 only where the policies refuse
    every record of the list. Sorted, a page gives the first `limit` of all that they
    let through, among 1,000 records at most.
    """
    page = house.gate.list_records(
        bearer.asks(purpose, request=request_id),
        customer_id,
        collection,
        wish,
        after=after,
        limit=limit,
    )
    return json_response(paged(page))


@router.get("/customers/{customer_id}/contributions/{record_id}/authorization")
def authorization(
    house: TheHouse,
    bearer: Reader,
    request_id: RequestId,
    customer_id: CustomerName,
    record_id: RecordId,
    purpose: Purpose,
) -> AuthorizationResponse:
    """Tell what the author of a contributed item allows, to who may read the item.

    For a purpose that uses contributions: whether that use is allowed, and until when.
    """
    question = bearer.asks(purpose, request=request_id)
    found = house.gate.read(question, customer_id, record_id)
    subject = house.customers.subject_of(customer_id)
    if subject is None or found.authorization == UgcWord.NONE:
        raise NotFound
    with house.vault_db.read() as session:
        standing = house.authorizations.get(session, subject, record_id)
        word = house.authorizations.word(session, subject, record_id, purpose)
    if not house.purposes.get(purpose).use:
        return AuthorizationResponse.of(standing)
    ends = [each.until for each in standing.licences if each.purpose == purpose]
    return AuthorizationResponse(status=word, until=max(ends, default=None))


@router.post("/find", response_model=PageResponse)
def find(
    house: TheHouse, bearer: Reader, request_id: RequestId, wanted: Find
) -> Response:
    """Find records by an identifier's exact value; of all who share it, 50 at most.

    Where the caller sees the field masked, nobody is found by it, unless the purpose
    has the action `verify`: then it is found, and counts as a verification does.
    """
    question = bearer.asks(wanted.purpose, action="search", request=request_id)
    page = house.gate.find(question, wanted.collection, wanted.field, wanted.value)
    return json_response(paged(page))


@router.post("/customers/{customer_id}/verify")
def verify(
    house: TheHouse,
    bearer: Reader,
    request_id: RequestId,
    customer_id: CustomerName,
    wanted: Verify,
) -> VerifiedResponse:
    """Tell whether a customer's field, which the caller sees masked, holds a value.

    One exact value, in any of its spellings. Refused for a field that is clear
    (`verify.clear`) or not open at all (`verify.dropped`). Answered at most 5 times an
    hour and 20 times a day about a customer, whoever asks, and 30 times an hour to a
    caller (429 `limit.verify`); the customer sees each.
    """
    question = bearer.asks(wanted.purpose, action="verify", request=request_id)
    claim = Claim(wanted.collection, wanted.field, wanted.value)
    verified = house.gate.verify(question, customer_id, claim)
    return VerifiedResponse(
        matches=verified.matches, decision_id=verified.decision_id.hex()
    )


@router.post(
    "/scan",
    response_class=Response,
    responses=text_answer(_END, NDJSON),
    dependencies=scan_turn,
)
def scan(
    house: TheHouse, bearer: Scanner, request_id: RequestId, wanted: Scan
) -> Streamed:
    """Read a whole collection, a line per disclosure; the last line says the end.

    Each caller has one scan at a time (429 otherwise), for five minutes at most. What
    is not taken for half a minute is not sent: read it again. A scan that breaks off
    has a last line `{"error": …}`, where it can still be sent.
    """
    question = bearer.asks(wanted.purpose, request=request_id)
    house.purposes.get(wanted.purpose)
    house.catalog.collection(wanted.collection)
    return Streamed(
        scanned(house.settings, question, wanted.collection),
        erasures=house.erasure.ordered,
        media_type=NDJSON,
    )


@router.post("/aggregate", response_model=NumbersResponse, dependencies=scan_turn)
def aggregate(
    house: TheHouse, bearer: Counter, request_id: RequestId, wanted: Aggregate
) -> Response:
    """Count groups of a collection's records, or sum up a field of theirs.

    Fields have to be clear for the caller in every record that would be counted, or
    the whole is refused (`selection.not_clear`). Groups with fewer persons than the
    purpose asks for are counted in `withheld_groups`, and not shown; so are groups
    that would give them away.
    """
    question = bearer.asks(wanted.purpose, action="aggregate", request=request_id)
    house.purposes.get(wanted.purpose)
    counting = AggregateQuery(
        wanted.group_by, wanted.measure.kind, wanted.measure.field
    )
    check(counting, house.catalog.collection(wanted.collection))
    numbers = aggregated(house.settings, question, wanted.collection, counting)
    return json_response(numbers)
