"""Many at once: a thousand records, or a thousand customers, in one call.

Each item is answered in its place, as the call for one would answer it. The work is
committed in lots (`vault.intake.lots`); where engine or log fail, the rest is not
written, the call is answered 503, and the same call again finds what is there and
finishes it.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from kit.errors import AllodError, Fault, Invalid
from kit.ids import parse_id
from server.auth.principals import Bearer, Scope
from server.faces.data_plane import doubts
from server.faces.dependencies import IdempotencyKey, RequestId, TheHouse
from server.faces.disclosures import json_response
from server.faces.intake_schemas import (
    CustomerOutcomes,
    ManyCustomers,
    ManyRecords,
    RecordOfMany,
    RecordOutcomes,
)
from server.http.admission import service, turn
from server.http.errors import problem
from server.http.languages import Say, saying
from server.http.strict_json import StrictRoute
from server.http.turns import Work
from vault import Item, NewCustomer, Wanted, WriteResult

NOTHING = b""


class LongRoute(StrictRoute):
    """Reads a body that holds a thousand items of a hundred members."""

    most_elements = 100_000


router = APIRouter(prefix="/v1", tags=["services"], route_class=LongRoute)

Writer = Annotated[Bearer, Depends(service(Scope.RECORDS_WRITE))]
Registrar = Annotated[Bearer, Depends(service(Scope.CUSTOMERS_REGISTER))]
batch_turn = [Depends(turn(Work.BATCH))]


@router.post("/records", response_model=RecordOutcomes, dependencies=batch_turn)
def write_many(
    house: TheHouse,
    bearer: Writer,
    request_id: RequestId,
    request: Request,
    idempotency_key: IdempotencyKey,
    many: ManyRecords,
) -> Response:
    """Write up to 1,000 records of any customers, each answered in its place.

    An item that is refused keeps no other out; but where one carries an identifier of
    somebody who was erased, no item of that customer is written. Sent again with the
    same Idempotency-Key, what was written is `there_already`, and the rest is written.
    503 where the policies or the log give no answer: what was committed before stays,
    and the same call again finishes the rest. A body that is not of this shape is 422
    as a whole, before anything is done.
    """
    question = bearer.writes(
        many.purpose, decided=house.decides_writes, request=request_id
    )
    _require_whole(many)
    wanted = [
        _wanted(each, bearer.item_of_many(each.collection, each.values, place))
        for at, each in enumerate(many.items)
        for place in [(idempotency_key, many.first + at)]
    ]
    outcomes = house.intake.put_many(question, wanted)
    say = saying(request.scope)
    return json_response({"items": [_written(each, say) for each in outcomes]})


@router.post("/registrations", response_model=CustomerOutcomes, dependencies=batch_turn)
def register_many(
    house: TheHouse,
    bearer: Registrar,
    request_id: RequestId,
    request: Request,
    many: ManyCustomers,
) -> Response:
    """Make up to 1,000 customers known, each answered in its place.

    Who is known already and within reach is `there_already`. Sent again by a service,
    it finishes what a fault cut short: to staff, an id that was taken by then is
    `customer.unavailable`. Who was erased comes back one by one, with a reason.
    """
    question = bearer.writes(
        many.purpose, decided=house.decides_writes, request=request_id
    )
    wanted = [
        NewCustomer(
            each.customer_id,
            each.region,
            each.minor,
            unit=many.unit,
            birth_date=each.birth_date,
        )
        for each in many.items
    ]
    outcomes = house.registration.register_each(question, wanted)
    say = saying(request.scope)
    return json_response({"items": [_registered(each, say) for each in outcomes]})


def _require_whole(many: ManyRecords) -> None:
    """Check that what is to be replaced is named with the version that was read."""
    faults = tuple(
        Fault(f"/items/{at}/version", "name record_id and version, or neither")
        for at, each in enumerate(many.items)
        if (each.record_id is None) != (each.version is None)
    )
    if faults:
        raise Invalid("the request is not what the schema allows", faults=faults[:100])


def _wanted(each: RecordOfMany, item: Item) -> Wanted:
    if each.record_id is None:
        return Wanted(each.customer_id, item)
    record = parse_id(each.record_id) or NOTHING
    return Wanted(each.customer_id, item, record, each.version or 0)


def _written(outcome: WriteResult | AllodError, say: Say) -> dict[str, Any]:
    if isinstance(outcome, AllodError):
        return _refused(outcome, say)
    return {
        "outcome": outcome.outcome,
        "record_id": outcome.record.hex(),
        "version": outcome.version,
        "index": outcome.index,
        **doubts(outcome),
    }


def _registered(outcome: bool | AllodError, say: Say) -> dict[str, Any]:  # noqa: FBT001 - one of many outcomes
    if isinstance(outcome, AllodError):
        return _refused(outcome, say)
    return {"outcome": "created" if outcome else "there_already"}


def _refused(error: AllodError, say: Say) -> dict[str, Any]:
    document = problem(error, "", say).model_dump(exclude_none=True)
    document.pop("request_id", None)
    return {"outcome": "refused", "error": document}
