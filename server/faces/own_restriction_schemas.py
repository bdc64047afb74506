"""What customers send and are shown when the use of their data is restricted."""

from typing import Literal

from server.http.schemas import Instant, Schema, example

GroundName = Literal["accuracy", "unlawful", "claims", "objection"]
"""GDPR 18(1)(a) to (d): contested accuracy, unlawful processing, legal claims of the
customer's own, an objection that is still to be looked at."""


class RestrictionAsked(Schema, json_schema_extra=example(ground="accuracy")):
    """On which ground the use of the customer's data is to be restricted."""

    ground: GroundName


class RestrictionGroundResponse(Schema):
    """A ground on which the customer restricts, since when, and its article."""

    ground: str
    since: Instant
    article: str


class RestrictionResponse(
    Schema,
    json_schema_extra=example(
        restricted=True,
        by_staff=False,
        grounds=[
            {
                "ground": "accuracy",
                "since": "2026-11-22T12:00:00Z",
                "article": "GDPR 18(1)(a); PIPL 44, 46",
            }
        ],
        text="The use of your data is restricted, so it is kept and not used.",
    ),
):
    """Whether the use of the customer's data is restricted, by whom, and since when."""

    restricted: bool
    by_staff: bool
    grounds: list[RestrictionGroundResponse]
    text: str
