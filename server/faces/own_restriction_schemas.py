"""What customers send and are shown when the use of their data is restricted."""

from typing import Literal, Self

from kit.errors import Reason
from pdp.bundle.language import Speaker
from server.http.schemas import Instant, Schema, example
from vault.organisation.restricted import ARTICLES, Restriction, RestrictionClaim

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

    @classmethod
    def of(cls, claim: RestrictionClaim) -> Self:
        """Show a ground."""
        return cls(
            ground=claim.ground, since=claim.since, article=ARTICLES[claim.ground]
        )


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

    @classmethod
    def of(cls, found: Restriction, speaker: Speaker) -> Self:
        """Show a restriction, in a customer's words."""
        said = speaker.to_customer(Reason("state.restricted")) if found.stands else ""
        return cls(
            restricted=found.stands,
            by_staff=found.by_staff,
            grounds=[*map(RestrictionGroundResponse.of, found.claims)],
            text=said,
        )
