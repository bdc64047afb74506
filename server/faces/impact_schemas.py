"""What a comparison of policies shows: numbers of records, and words for them."""

from typing import Literal, Self

from pydantic import Field

from pdp.change.impact import Impact, Shift
from pdp.change.widening import Widening, Widenings
from server.http.schemas import Mirrored, Schema, example

_OLD = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_NEW = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"


class PurposeTotalResponse(Mirrored):
    """Of one purpose's records, those that anybody would gain or lose."""

    purpose: str
    records: int = Field(ge=0)
    gained: int = Field(ge=0)
    lost: int = Field(ge=0)


class CallersResponse(Mirrored):
    """Some who would see a difference alike, and on how many records."""

    records: int = Field(ge=0)
    kinds: list[str]
    actions: list[str]
    reaches: list[str]
    regions: list[str]
    assurances: list[int]


class ShiftResponse(Schema):
    """One difference for one role.

    `what` is `records`, `groups` or a data class; its masks are `before` and `after`.
    """

    purpose: str
    role: str
    what: str
    before: str
    after: str
    effect: Literal["gain", "loss"]
    records: int = Field(ge=0)
    by: list[CallersResponse]

    @classmethod
    def of(cls, shift: Shift) -> Self:
        """Show a difference."""
        return cls(
            purpose=shift.purpose,
            role=shift.role,
            what=shift.what,
            before=shift.before,
            after=shift.after,
            effect="gain" if shift.gain else "loss",
            records=shift.records,
            by=[*map(CallersResponse.of, shift.by)],
        )


class OpenedQuestionResponse(Schema):
    """A question to which more would be shown, as JSON, and both answers."""

    question: str
    before: str
    after: str

    @classmethod
    def of(cls, found: Widening) -> Self:
        """Show a question that is answered otherwise."""
        return cls(question=found.asked.text, before=found.before, after=found.after)


class ImpactResponse(
    Schema,
    json_schema_extra=example(
        old=_OLD,
        new=_NEW,
        classes=1437,
        widens=False,
        totals=[
            {"purpose": "marketing.email", "records": 20000, "gained": 0, "lost": 12431}
        ],
        shifts=[
            {
                "purpose": "support.case",
                "role": "support",
                "what": "contact",
                "before": "clear",
                "after": "last4",
                "effect": "loss",
                "records": 8210,
                "by": [
                    {
                        "records": 8210,
                        "kinds": ["service", "staff"],
                        "actions": ["read", "search"],
                        "reaches": ["in_scope"],
                        "regions": ["eu", "uk"],
                        "assurances": [1, 3],
                    }
                ],
            }
        ],
        opened=[],
        questions=5000,
        cells=[],
        lines=["marketing.email: -12,431 records"],
    ),
):
    """What other policies would change; `lines` says it in words.

    `cells` are the tables' cells that open something on the face of it, `opened` the
    first few of the generated `questions` to which more would be shown. None is asked
    of an empty vault: there `widens` is what the cells say, and a proposal asks them.
    """

    old: str
    new: str
    classes: int = Field(ge=0)
    widens: bool
    totals: list[PurposeTotalResponse]
    shifts: list[ShiftResponse]
    opened: list[OpenedQuestionResponse]
    questions: int = Field(ge=0)
    cells: list[str]
    lines: list[str]

    @classmethod
    def of(cls, found: Impact, opened: Widenings) -> Self:
        """Show what was compared, and what it opens."""
        return cls(
            old=found.old,
            new=found.new,
            classes=found.classes,
            widens=opened.widens,
            totals=[*map(PurposeTotalResponse.of, found.totals)],
            shifts=[*map(ShiftResponse.of, found.shifts)],
            opened=[*map(OpenedQuestionResponse.of, opened.generated)],
            questions=opened.asked,
            cells=[*opened.words],
            lines=[*found.lines(), *opened.lines()],
        )
