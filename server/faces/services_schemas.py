"""What services send and get."""

from typing import Annotated

from pydantic import Field

from server.faces.disclosures import (
    DECISION,
    RECORD,
    SHOWN,
    DisclosureShown,
    NotDisclosed,
)
from server.schemas import (
    CustomerId,
    HexId,
    Minor,
    Name,
    Schema,
    Values,
    Version,
    example,
)


class Registration(
    Schema, json_schema_extra=example(customer_id="4711", region="eu", minor="no")
):
    """A customer to be made known; `again` takes back somebody who was erased."""

    customer_id: CustomerId
    region: Name
    minor: Minor = "unknown"
    again: bool = False


class Registered(Schema, json_schema_extra=example(customer_id="4711")):
    """A customer that is known."""

    customer_id: str


class NewRecord(
    Schema,
    json_schema_extra=example(
        collection="profile", values={"name": "Anna", "phone": "+49 151 1234567"}
    ),
):
    """A record to be written."""

    collection: Name
    values: Values


class WrittenShown(
    Schema, json_schema_extra=example(record_id=RECORD, version=1, index=None)
):
    """A record that is on disk; `index` is its place in the ledger, if it has one."""

    record_id: HexId
    version: int
    index: int | None = None


class NewVersion(
    Schema,
    json_schema_extra=example(
        values={"name": "Anna", "phone": "+49 151 7654321"}, version=1
    ),
):
    """A record's next version, and the one that it was made from."""

    values: Values
    version: Version


class Address(Schema, json_schema_extra=example(customer_id="4711", record_id=RECORD)):
    """One record, named by customer and record."""

    customer_id: Annotated[str, Field(max_length=128)]
    record_id: Annotated[str, Field(max_length=32)]


class ReadMany(
    Schema,
    json_schema_extra=example(
        purpose="support.case", items=[{"customer_id": "4711", "record_id": RECORD}]
    ),
):
    """Up to 100 records to be read with one decision."""

    purpose: Name
    items: Annotated[tuple[Address, ...], Field(strict=False, max_length=100)]


class ReadManyAnswer(
    Schema,
    json_schema_extra=example(
        items=[
            SHOWN,
            {
                "error": {
                    "code": "not_found",
                    "detail": "nothing here by that name",
                    "status": 404,
                }
            },
        ],
        decision_id=DECISION,
    ),
):
    """The answers, in the order of the questions."""

    items: list[DisclosureShown | NotDisclosed]
    decision_id: HexId


class Find(
    Schema,
    json_schema_extra=example(
        purpose="support.case",
        collection="profile",
        field="email",
        value="anna@example.org",
    ),
):
    """An identifier's exact value, to find records by."""

    purpose: Name
    collection: Name
    field: Name
    value: Annotated[str, Field(min_length=1, max_length=512)]


class Scan(
    Schema, json_schema_extra=example(purpose="support.case", collection="profile")
):
    """A whole collection, to be read."""

    purpose: Name
    collection: Name
