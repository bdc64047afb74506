"""Following what changes: for services that keep what they were shown, and drop it.

Persons and records have handles of the service's own here, under which nobody else
knows them, and no other name: so an erasure can still be told of when the name is gone.
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field, JsonValue
from starlette.responses import Response

from kit.clock import from_unix, iso
from pdp.decision.question import Kind
from server.auth.principals import Bearer, Scope
from server.faces.dependencies import (
    MAX_PAGE,
    Collection,
    Limit,
    Purpose,
    RequestId,
    TheHouse,
)
from server.faces.disclosures import (
    DECISION,
    RECORD,
    AuthorizationResponse,
    disclosed,
    json_response,
)
from server.http.admission import Door
from server.http.schemas import HexId, Instant, Schema, example
from server.http.strict_json import StrictRoute
from vault import Change, Changes, Disclosure
from vault.gate.positions import MAX_POSITION

PERSON = "0d9f3c1b7a5e48d2b6c4f1e2a3958d70"
POSITION = "kT3vQ2m9"
_SHOWN: dict[str, Any] = {
    "person": PERSON,
    "record": RECORD,
    "what": "shown",
    "at": "2027-03-01T09:30:00Z",
    "shown": {
        "version": 2,
        "values": {"name": "Anna", "phone": "********4567"},
        "masks": {"phone": "last4"},
        "omitted": ["health_note"],
        "authorization": None,
    },
}

router = APIRouter(prefix="/v1", tags=["services"], route_class=StrictRoute)

Follower = Annotated[Bearer, Depends(Door(Kind.SERVICE, scope=Scope.RECORDS_SCAN))]
After = Annotated[
    str,
    Query(max_length=MAX_POSITION, description="`position` of the page before"),
]
Whole = Annotated[
    bool, Query(description="without `after`: begin with everything there is")
]


class ShownResponse(Schema, json_schema_extra={"examples": [_SHOWN["shown"]]}):
    """A record as it may be shown now; its members are those of a disclosure."""

    version: int
    values: dict[str, JsonValue]
    masks: dict[str, str]
    omitted: list[str]
    authorization: AuthorizationResponse | None


class RecordChangeResponse(Schema, json_schema_extra={"examples": [_SHOWN]}):
    """What became of a record, or of a person.

    `shown`: keep `shown` as what the record is now. `gone`: drop what you keep of the
    record. `erased`: drop all that you keep of the person; there is no `record` then.
    """

    person: HexId
    record: HexId | None
    what: Literal["shown", "gone", "erased"]
    at: Instant
    shown: ShownResponse | None


class RecordChangesResponse(
    Schema,
    json_schema_extra=example(
        items=[_SHOWN], position=POSITION, more=False, decision_id=DECISION
    ),
):
    """Some changes, and the position behind them; with `more`, ask again at once."""

    items: list[RecordChangeResponse]
    position: Annotated[str, Field(max_length=MAX_POSITION)]
    more: bool
    decision_id: HexId


@router.get("/changes", response_model=RecordChangesResponse)
def changes(
    house: TheHouse,
    bearer: Follower,
    *,
    request_id: RequestId,
    purpose: Purpose,
    collection: Collection,
    after: After = "",
    whole: Whole = False,
    limit: Limit = MAX_PAGE,
) -> Response:
    """Tell what changed in a collection since a position, as it may be shown now.

    Without `after` it gives the position to begin with. Keep each position together
    with what came before it. A record that may not be shown any more is `gone`, for
    whatever reason; of one that could not be shown nothing is said. 410
    `changes.resync` where it is not known what came after a position: after a restore,
    under other policies, another catalogue, another token, or after 30 days. Then drop
    what you kept, and go on from the `position` in that answer.
    """
    found = house.gate.follow(
        bearer.asks(purpose, request=request_id),
        collection,
        after or None,
        whole=whole,
        limit=limit,
    )
    return json_response(_followed(found))


def _followed(found: Changes) -> dict[str, Any]:
    return {
        "items": [_changed(each) for each in found.items],
        "position": found.position,
        "more": found.more,
        "decision_id": found.decision_id.hex(),
    }


def _changed(each: Change) -> dict[str, Any]:
    return {
        "person": each.person,
        "record": each.record,
        "what": each.what,
        "at": iso(from_unix(each.minute * 60)),
        "shown": None if each.disclosure is None else _shown(each.disclosure),
    }


def _shown(disclosure: Disclosure) -> dict[str, Any]:
    # Those alone: customer and record have other names here.
    words = disclosed(disclosure)
    return {name: words[name] for name in ShownResponse.model_fields}
