"""What the faces' schemas share: strict, frozen, closed, each with an example.

Strict: a number in quotes is no number. Closed: an unknown member is refused, so a
misspelt `untl` can not quietly become a consent without an end. The words here are
the API's; rows and domain values never leave the house by themselves.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from kit.clock import from_unix, iso, parse_iso

SAFE_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader carries exactly (RFC 8785, 3.2.2.3)."""


class Schema(BaseModel):
    """Base of everything that crosses the HTTP edge."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Mirrored(Schema):
    """Base of what is answered by the names that the value itself has."""

    @classmethod
    def of(cls, value: object) -> Self:
        """Take from a value what the members are called after."""
        return cls.model_validate(value, from_attributes=True, strict=False)


def example(**members: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Give a schema its example, for the OpenAPI document and for the tests."""
    return {"examples": [members]}


def declared_names() -> frozenset[str]:
    """Name every member that any schema declares: what a pointer may repeat."""
    return frozenset(name for schema in _all(Schema) for name in schema.model_fields)


def _all(schema: type[Schema]) -> Iterator[type[Schema]]:
    for below in schema.__subclasses__():
        yield below
        yield from _all(below)


def _read_instant(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return parse_iso(value)
    except ValueError:
        raise PydanticCustomError("instant", "no instant") from None


Instant = Annotated[
    datetime,
    BeforeValidator(_read_instant),
    PlainSerializer(iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""RFC 3339, with its offset coming in, in UTC with whole seconds going out."""

UnixInstant = Annotated[
    Instant, BeforeValidator(lambda at: from_unix(at) if isinstance(at, int) else at)
]
"""The same, going out, of a value that holds unix seconds."""

HexId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""An identifier of the house: 32 hexadecimal digits."""

Id = Annotated[
    HexId,
    BeforeValidator(lambda each: each.hex() if isinstance(each, bytes) else each),
]
"""The same, going out, of a value that holds its bytes."""

Doubtful = Annotated[tuple[str, ...], Field(strict=False)]
"""Fields that were kept with an address or number that nobody can have."""

CustomerId = Annotated[
    str,
    Field(pattern=r"^\w[^/\\\x00-\x1f\x7f-\x9f]{0,127}$"),
    WithJsonSchema(
        {
            "type": "string",
            "description": "it begins with a letter, a digit or _, of any script",
            "pattern": r"^[^\x00-/:-@\[-^`{-\x9f][^/\\\x00-\x1f\x7f-\x9f]{0,127}$",
        }
    ),
]
"""The controller's own name for a customer; it goes into paths, so no slash.

Engines do not agree on what \\w is, so the document's pattern does not say it.
"""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,63}$")]
"""A name from the house's own vocabulary: a purpose, a collection, a field."""

Version = Annotated[int, Field(ge=1, le=SAFE_INTEGER)]

Values = Annotated[
    dict[Annotated[str, Field(max_length=64)], JsonValue], Field(max_length=200)
]
"""Field by field; the collection's catalogue entry says what each may hold."""

Minor = Literal["yes", "no", "unknown"]

BirthDate = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", examples=["2012-05-17"]),
]
"""A day of birth, YYYY-MM-DD. It is kept sealed, and decides who is under age."""


class ReasonResponse(Schema):
    """One reason of a refusal; `text` says it in the language that was asked for."""

    code: str
    article: str = ""
    fix: str = ""
    params: dict[str, str | int] | None = None
    text: str | None = None


class FaultResponse(Schema):
    """One thing wrong with what was sent; the pointer is RFC 6901."""

    pointer: str
    message: str


class Problem(
    Schema,
    json_schema_extra=example(
        type="urn:allod:problem:refused",
        title="Refused by policy",
        status=403,
        code="consent.missing",
        detail="the policies refuse this purpose",
        fix="ask the customer for consent to this purpose",
        decision_id="5f1d8c1e2b7a4f0c9d3e6a7b8c9d0e1f",
        reasons=[
            {
                "code": "consent.missing",
                "article": "GDPR 6(1)(a)",
                "fix": "ask the customer for consent to this purpose",
                "text": "There is no consent: ask the customer for consent to this"
                " purpose",
            }
        ],
        text="There is no consent: ask the customer for consent to this purpose",
        request_id="0c6e6b0f8f9b4c1e8a51d2f7c3b4a596",
    ),
):
    """An error, as problem details (RFC 9457); it never repeats what was sent.

    `text` says it in the language that the answer's Content-Language names, to a
    customer so that it can be shown to them. `position` is where to begin anew, for
    whoever followed what changes (410 `changes.resync`).
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    fix: str | None = None
    text: str | None = None
    decision_id: str | None = None
    reasons: list[ReasonResponse] | None = None
    faults: list[FaultResponse] | None = None
    position: str | None = None
    request_id: str | None = None
