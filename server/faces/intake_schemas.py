"""What is sent and answered where many are written or registered in one call."""

from typing import Annotated, Literal

from pydantic import Field

from server.faces.disclosures import RECORD
from server.faces.reach_schemas import UnitName
from server.http.schemas import (
    SAFE_INTEGER,
    BirthDate,
    Doubtful,
    HexId,
    Minor,
    Name,
    Problem,
    Schema,
    Values,
    Version,
    example,
)
from vault.intake.lots import MOST_ITEMS

_BOUGHT = {"date": "2026-11-22", "quantity": 1, "amount": 9.5}
_FAULTY = {
    "type": "urn:allod:problem:invalid",
    "title": "Invalid",
    "status": 422,
    "code": "record.invalid",
    "detail": "the record is not what its collection allows",
    "fix": "see collection purchase in the catalogue",
    "faults": [{"pointer": "/amount", "message": "write a number"}],
}
Few = Annotated[str, Field(max_length=128)]


class RecordOfMany(
    Schema,
    json_schema_extra=example(
        customer_id="4711", collection="purchase", values=_BOUGHT
    ),
):
    """One record of many; over `version` of `record_id`, if one is to be replaced."""

    customer_id: Few
    collection: Name
    values: Values
    record_id: Annotated[str, Field(max_length=32)] | None = None
    version: Version | None = None


class ManyRecords(
    Schema,
    json_schema_extra=example(
        purpose="intake.order",
        items=[{"customer_id": "4711", "collection": "purchase", "values": _BOUGHT}],
    ),
):
    """Up to 1,000 records to be written for one purpose.

    Each is the write of the call's Idempotency-Key and its number. A longer list is
    sent in several calls under one key, where `first` is the number of a call's first.
    """

    purpose: Name | None = None
    first: Annotated[int, Field(ge=0, le=SAFE_INTEGER - MOST_ITEMS)] = 0
    items: Annotated[
        tuple[RecordOfMany, ...], Field(strict=False, max_length=MOST_ITEMS)
    ]


class RecordOutcome(
    Schema,
    json_schema_extra=example(
        outcome="created", record_id=RECORD, version=1, index=None
    ),
):
    """What became of one record: `error` says why it was refused.

    `index` is the place in the ledger of a contribution. `doubtful` names fields with
    an e-mail address or telephone number that nobody can have as it is written: it is
    kept.
    """

    outcome: Literal["created", "replaced", "there_already", "refused"]
    record_id: HexId | None = None
    version: int | None = None
    index: int | None = None
    doubtful: Doubtful = ()
    error: Problem | None = None


class RecordOutcomes(
    Schema,
    json_schema_extra=example(
        items=[
            {"outcome": "created", "record_id": RECORD, "version": 1, "index": None},
            {"outcome": "refused", "error": _FAULTY},
        ]
    ),
):
    """The outcomes, in the order of the records."""

    items: list[RecordOutcome]


class CustomerOfMany(
    Schema, json_schema_extra=example(customer_id="4711", region="eu", minor="no")
):
    """One customer of many who are to be made known."""

    customer_id: Few
    region: Annotated[str, Field(max_length=64)]
    minor: Minor = "unknown"
    birth_date: BirthDate | None = None


class ManyCustomers(
    Schema,
    json_schema_extra=example(
        purpose="service.registration",
        items=[{"customer_id": "4711", "region": "eu", "minor": "no"}],
    ),
):
    """Up to 1,000 customers to be made known, by staff into a unit that they hold."""

    purpose: Name | None = None
    unit: UnitName | None = None
    items: Annotated[
        tuple[CustomerOfMany, ...], Field(strict=False, max_length=MOST_ITEMS)
    ]


class CustomerOutcome(Schema, json_schema_extra=example(outcome="created")):
    """What became of one customer: `error` says why they were refused."""

    outcome: Literal["created", "there_already", "refused"]
    error: Problem | None = None


class CustomerOutcomes(
    Schema,
    json_schema_extra=example(
        items=[{"outcome": "created"}, {"outcome": "there_already"}]
    ),
):
    """The outcomes, in the order of the customers."""

    items: list[CustomerOutcome]
