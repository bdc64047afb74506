"""What services send and get."""

from typing import Annotated, Literal

from pydantic import AliasChoices, Field, JsonValue

from server.faces.disclosures import (
    DECISION,
    RECORD,
    SHOWN,
    DisclosureResponse,
    NotDisclosed,
)
from server.faces.reach_schemas import Reason, UnitName
from server.http.schemas import (
    BirthDate,
    CustomerId,
    Doubtful,
    HexId,
    Id,
    Minor,
    Mirrored,
    Name,
    Schema,
    Values,
    Version,
    example,
)


class Registration(
    Schema,
    json_schema_extra=example(
        customer_id="4711", region="eu", minor="no", purpose="service.registration"
    ),
):
    """A customer to be made known, by staff into a unit that they hold.

    With a birth date whether they are under age follows from that, by the law of their
    region; who is stated to be, is.
    `again` takes back somebody who was erased, for a reason, which they are shown.
    """

    customer_id: CustomerId
    region: Name
    minor: Minor = "unknown"
    birth_date: BirthDate | None = None
    purpose: Name | None = None
    unit: UnitName | None = None
    again: bool = False
    reason: Reason | None = None


class Registered(Schema, json_schema_extra=example(customer_id="4711")):
    """A customer that is known."""

    customer_id: str


class RegistrationChange(
    Schema,
    json_schema_extra=example(
        minor="no", reason="she came of age", purpose="service.registration"
    ),
):
    """What a registration is to say from now on, why, and what for.

    What is left out stays as it is. Who has a birth date is under age by that, by the
    law of their region; who is stated to be, is. `minor: unknown` takes back what was
    stated, and lets the date decide.
    """

    region: Name | None = None
    minor: Minor | None = None
    birth_date: BirthDate | None = None
    reason: Reason
    purpose: Name | None = None


class RegistrationResponse(
    Mirrored, json_schema_extra=example(customer_id="4711", region="eu", minor="no")
):
    """What a customer is registered with."""

    customer_id: str
    region: str
    minor: str


class RosterResponse(
    Schema,
    json_schema_extra=example(
        items=[{"customer_id": "4711", "region": "eu", "minor": "no"}],
        withheld=2,
        decision_id=DECISION,
        next=None,
    ),
):
    """Some customers, how many within reach were withheld, and where to read on."""

    items: list[RegistrationResponse]
    withheld: int
    decision_id: HexId
    next: str | None


class NewRecord(
    Schema,
    json_schema_extra=example(
        collection="profile",
        values={"name": "Anna", "phone": "+49 151 1234567"},
        purpose="support.case",
    ),
):
    """A record to be written, and what for."""

    collection: Name
    values: Values
    purpose: Name | None = None


class WrittenResponse(
    Mirrored, json_schema_extra=example(record_id=RECORD, version=1, index=None)
):
    """A record that is on disk; `index` is its place in the ledger, if it has one.

    `doubtful` names fields with an e-mail address or telephone number that nobody can
    have as it is written: it is kept, and compared as it is.
    """

    record_id: Id = Field(validation_alias=AliasChoices("record_id", "record"))
    version: int
    index: int | None = None
    doubtful: Doubtful = ()


class NewVersion(
    Schema,
    json_schema_extra=example(
        values={"name": "Anna", "phone": "+49 151 7654321"},
        version=1,
        purpose="support.case",
    ),
):
    """A record's next version, the one that it was made from, and what for."""

    values: Values
    version: Version
    purpose: Name | None = None


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
                    "detail": "not found",
                    "status": 404,
                }
            },
        ],
        decision_id=DECISION,
    ),
):
    """The answers, in the order of the questions."""

    items: list[DisclosureResponse | NotDisclosed]
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


class Verify(
    Schema,
    json_schema_extra=example(
        purpose="support.case",
        collection="profile",
        field="phone",
        value="+49 151 1234567",
    ),
):
    """What a caller says that a field of a customer holds."""

    purpose: Name
    collection: Name
    field: Name
    value: Annotated[str, Field(min_length=1, max_length=256)]


class VerifiedResponse(
    Schema, json_schema_extra=example(matches=True, decision_id=DECISION)
):
    """Whether that is what is held."""

    matches: bool
    decision_id: HexId


class Scan(
    Schema, json_schema_extra=example(purpose="support.case", collection="profile")
):
    """A whole collection, to be read."""

    purpose: Name
    collection: Name


class Measured(Schema, json_schema_extra=example(kind="sum", field="amount")):
    """What is said of each group; a sum and a mean are of a field."""

    kind: Literal["count", "sum", "mean"]
    field: Name | None = None


class Aggregate(
    Schema,
    json_schema_extra=example(
        purpose="analytics.aggregate",
        collection="purchase",
        group_by=["currency"],
        measure={"kind": "sum", "field": "amount"},
    ),
):
    """What is to be counted of a collection, in groups of equal values."""

    purpose: Name
    collection: Name
    group_by: Annotated[tuple[Name, ...], Field(strict=False, max_length=3)] = ()
    measure: Measured


class GroupResponse(
    Schema, json_schema_extra=example(key={"currency": "EUR"}, value=40120.5)
):
    """A group, by what its records have in common, and its number.

    The key holds null for a field that the records lack.
    """

    key: dict[str, JsonValue]
    value: int | float | None


class NumbersResponse(
    Schema,
    json_schema_extra=example(
        groups=[{"key": {"currency": "EUR"}, "value": 40120.5}],
        withheld_groups=2,
        damaged=0,
        undecided=0,
        decision_id=DECISION,
    ),
):
    """The groups that may be shown, and how many may not.

    `damaged` counts records that are not as they were sealed, `undecided` those with a
    word that the policies do not know; both are in no group.
    """

    groups: list[GroupResponse]
    withheld_groups: int
    damaged: int
    undecided: int
    decision_id: HexId
