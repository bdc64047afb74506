"""What is sent and shown when somebody arranges who reaches whom."""

from typing import Annotated, Self

from pydantic import AliasChoices, Field

from server.http.schemas import HexId, Id, Instant, Mirrored, Name, Schema, example
from vault.organisation.reach import ReachArrangements
from vault.organisation.staff_actions import MAX_REASON

_UNTIL = "2026-11-29T12:00:00Z"
_ID = "7b1f0c52a86f4c8e9d3e6a7b8c9d0e1f"
_WHY = "complaint 2026-118 cannot wait until the colleague is back"

UnitName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
"""The name or the kind of a unit: small letters, digits, points and dashes."""

StaffName = Annotated[str, Field(pattern=r"^[^/\\\x00-\x1f\x7f-\x9f]{1,128}$")]
"""A member of staff, by the name in their tokens."""

Reason = Annotated[str, Field(min_length=1, max_length=MAX_REASON)]
"""Why; it goes into the customer's own chain, sealed, and into their export."""


class Done(Schema, json_schema_extra=example(done=True)):
    """It is done, and on record."""

    done: bool = True


class UnitSet(Schema, json_schema_extra=example(kind="grade", within="campus.north")):
    """What a unit is, and the unit that it is directly in."""

    kind: UnitName
    within: UnitName | None = None


class Until(Schema, json_schema_extra=example(until=_UNTIL)):
    """When something ends by itself."""

    until: Instant


class Because(Schema, json_schema_extra=example(reason=_WHY)):
    """Why something is done."""

    reason: Reason


class GrantAsked(
    Schema,
    json_schema_extra=example(
        staff="kim", purpose="support.case", until=_UNTIL, reason=_WHY
    ),
):
    """A colleague who is to reach a customer for one purpose, for some days."""

    staff: StaffName
    purpose: Name
    until: Instant
    reason: Reason


class HoldAsked(Schema, json_schema_extra=example(record_id=_ID, reason=_WHY)):
    """A record to be held, or all that there is and will be."""

    record_id: HexId | None = None
    reason: Reason


class RestrictionSet(Schema, json_schema_extra=example(restricted=True, reason=_WHY)):
    """Whether what is held about a customer may be used.

    Lifting what the customer restricted needs `told_at`: when they were told of it.
    """

    restricted: bool
    reason: Reason
    told_at: Instant | None = None


class UnitResponse(Mirrored):
    """One unit, and the unit that it is directly in."""

    unit: str = Field(validation_alias=AliasChoices("unit", "name"))
    kind: str
    within: str | None


class PostResponse(Mirrored):
    """One member of staff who holds a unit."""

    staff: str
    unit: str
    until: Instant


class OrganisationResponse(
    Mirrored,
    json_schema_extra=example(
        units=[{"unit": "campus.north", "kind": "campus", "within": None}],
        posts=[{"staff": "kim", "unit": "campus.north", "until": _UNTIL}],
    ),
):
    """The organisation as it stands now."""

    units: list[UnitResponse]
    posts: list[PostResponse]


class AssignmentResponse(Mirrored):
    """One member of staff who looks after the customer."""

    staff: str
    until: Instant


class GrantResponse(
    Mirrored,
    json_schema_extra=example(
        grant_id=_ID, staff="kim", purpose="support.case", until=_UNTIL
    ),
):
    """One time-limited grant that is in force."""

    grant_id: Id
    staff: str
    purpose: str
    until: Instant


class HoldResponse(Mirrored, json_schema_extra=example(hold_id=_ID, record_id=None)):
    """One hold that stands; without a record it is on all that is held."""

    hold_id: Id
    record_id: Id | None = Field(validation_alias=AliasChoices("record_id", "record"))


class ReachResponse(
    Schema,
    json_schema_extra=example(
        state="active",
        units=["grade.7"],
        assignments=[{"staff": "kim", "until": _UNTIL}],
        grants=[],
        holds=[],
    ),
):
    """Who reaches one customer now, and what is held of theirs."""

    state: str
    units: list[str]
    assignments: list[AssignmentResponse]
    grants: list[GrantResponse]
    holds: list[HoldResponse]

    @classmethod
    def of(cls, reach: ReachArrangements, state: str, customer_id: str) -> Self:
        """Show who reaches a customer who is in this state."""
        return cls(
            state=state,
            units=reach.organisation.units_of(customer_id),
            assignments=[
                *map(AssignmentResponse.of, reach.assignments.of(customer_id))
            ],
            grants=[*map(GrantResponse.of, reach.grants.of(customer_id))],
            holds=[*map(HoldResponse.of, reach.holds.of(customer_id))],
        )
