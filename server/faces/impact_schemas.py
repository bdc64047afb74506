"""What a comparison of policies shows: numbers of records, and words for them."""

from typing import Literal

from pydantic import Field

from server.http.schemas import Schema, example

_OLD = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_NEW = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"


class PurposeTotalResponse(Schema):
    """Of one purpose's records, those that anybody would gain or lose."""

    purpose: str
    records: int = Field(ge=0)
    gained: int = Field(ge=0)
    lost: int = Field(ge=0)


class CallersResponse(Schema):
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


class OpenedQuestionResponse(Schema):
    """A question to which more would be shown, as JSON, and both answers."""

    question: str
    before: str
    after: str


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
