"""Disclosures and errors as the API shows them: the schema, and the quick way there.

The hot routes write their answers as plain JSON, without building a schema's object
per record (that costs more than opening the record); a test holds the two equal.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import orjson
from pydantic import Field, JsonValue
from starlette.responses import Response

from kit.errors import AllodError
from server.http.errors import problem
from server.http.languages import Say, unsaid
from server.http.schemas import (
    HexId,
    Instant,
    Mirrored,
    ReasonResponse,
    Schema,
    example,
)
from vault.gate.aggregates import AggregateResult
from vault.gate.disclosure import Disclosure, Page

RECORD = "b3f0c2a45d6e4f788190a1b2c3d4e5f6"
DECISION = "5f1d8c1e2b7a4f0c9d3e6a7b8c9d0e1f"
SHOWN: dict[str, Any] = {
    "customer_id": "4711",
    "record_id": RECORD,
    "version": 1,
    "collection": "profile",
    "values": {"name": "Anna", "phone": "********4567"},
    "masks": {"phone": "last4"},
    "omitted": ["health_note"],
    "undeclared": {},
    "authorization": None,
    "decision_id": DECISION,
}


class AuthorizationResponse(
    Mirrored,
    json_schema_extra=example(status="granted", until="2027-12-01T00:00:00Z"),
):
    """What the author of a contributed item allows; unasked means nothing."""

    status: str
    until: Instant | None = None


class DisclosureResponse(Schema, json_schema_extra={"examples": [SHOWN]}):
    """One record, as one decision lets this caller see it.

    `masks` names the fields that are not shown in clear; `omitted` those that are not
    shown at all. `undeclared` is given to the customer alone: fields of their record
    that the catalogue no longer declares, and that are still held.
    """

    customer_id: str
    record_id: HexId
    version: int
    collection: str
    values: dict[str, JsonValue]
    masks: dict[str, str]
    omitted: list[str]
    undeclared: dict[str, JsonValue]
    authorization: AuthorizationResponse | None
    decision_id: HexId


class PageResponse(
    Schema,
    json_schema_extra=example(
        items=[SHOWN],
        withheld=2,
        damaged=0,
        undecided=0,
        decision_id=DECISION,
        next=RECORD,
    ),
):
    """Some disclosures, how many records were withheld, and where to read on.

    `damaged` counts records that are not as they were sealed: nothing of them is given.
    `undecided` counts those among the withheld that have a word which the policies do
    not know, as a region that is in no table. `decision_id` is empty where there was no
    record to decide about.
    """

    items: list[DisclosureResponse]
    withheld: int
    damaged: int
    undecided: int
    decision_id: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")]
    next: str | None


class ErrorResponse(Schema):
    """Why one item of several was not disclosed."""

    code: str
    detail: str
    status: int
    text: str | None = None
    reasons: list[ReasonResponse] | None = None


class NotDisclosed(
    Schema,
    json_schema_extra=example(
        error={"code": "not_found", "detail": "not found"} | {"status": 404}
    ),
):
    """One item of several that was not disclosed."""

    error: ErrorResponse


def disclosed(disclosure: Disclosure) -> dict[str, Any]:
    """Put a disclosure into the API's words, as plain JSON."""
    status = disclosure.authorization
    return {
        "customer_id": disclosure.customer_id,
        "record_id": disclosure.record.hex(),
        "version": disclosure.version,
        "collection": disclosure.collection,
        "values": disclosure.values,
        "masks": disclosure.masks,
        "omitted": disclosure.omitted,
        "undeclared": disclosure.undeclared,
        "authorization": None if status == "none" else {"status": status},
        "decision_id": disclosure.decision_id.hex(),
    }


def paged(page: Page) -> dict[str, Any]:
    """Put a page of disclosures into the API's words, as plain JSON."""
    return {
        "items": [disclosed(each) for each in page.items],
        "withheld": page.withheld,
        "damaged": page.damaged,
        "undecided": page.undecided,
        "decision_id": page.decision_id.hex(),
        "next": None if page.following is None else page.following.hex(),
    }


def numbered(numbers: AggregateResult) -> dict[str, Any]:
    """Put numbers about groups into the API's words, as plain JSON."""
    return {
        "groups": [{"key": each.key, "value": each.value} for each in numbers.groups],
        "withheld_groups": numbers.withheld_groups,
        "damaged": numbers.damaged,
        "undecided": numbers.undecided,
        "decision_id": numbers.decision_id.hex(),
    }


def answered(answer: Disclosure | AllodError, say: Say = unsaid) -> dict[str, Any]:
    """Put one of several answers into the API's words, as plain JSON."""
    if isinstance(answer, Disclosure):
        return disclosed(answer)
    document = problem(answer, "", say)
    shown = {"code", "detail", "status", "text", "reasons"}
    return {"error": document.model_dump(include=shown, exclude_none=True)}


def json_response(
    content: Mapping[str, Any] | Sequence[Any], status: int = 200
) -> Response:
    """Write plain JSON, the quick way."""
    return Response(_dump(content), status_code=status, media_type="application/json")


def json_line(content: Mapping[str, Any]) -> bytes:
    """Write one line of JSON Lines."""
    return _dump(content) + b"\n"


def _dump(content: Any) -> bytes:  # noqa: ANN401 - any JSON value
    return orjson.dumps(content, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):  # a read-only view of one
        return dict(value)
    raise TypeError(type(value).__name__)
