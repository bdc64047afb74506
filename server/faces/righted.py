"""What is said of own data that was put right: who is told, what it does not mean."""

from collections.abc import Mapping
from typing import Final, Literal, Self

from kit.clock import parse_iso
from kit.errors import Reason
from pdp.review.letter import SEPARATOR, law_of, own_parts
from server.faces.disclosures import RECORD
from server.house.house import House
from server.http.languages import Say, unsaid
from server.http.schemas import Doubtful, HexId, Instant, Schema, example
from vault.intake.rectification import Corrected
from vault.intake.removal import Removal

KEPT: Final = (
    Reason(
        "removal.chain",
        "GDPR 5(2), 17(3)(b); PIPL 9, 47(2)",
        "your own chain of entries, which holds nothing of the item but hidden"
        " commitments to it, and proves your other entries",
    ),
    Reason(
        "removal.remembered",
        "GDPR 17(1), 25(1); PIPL 47(1), 51",
        "that an item was removed, so that a repeated write does not bring it back",
    ),
    Reason(
        "removal.copies",
        "GDPR 17(1), 32(1)(c); PIPL 47(2), 51",
        "copies of the store from before, sealed under your key: they can be opened"
        " until that key is renewed, which is not scheduled",
    ),
)
"""What a removal leaves; in these words where the policies in force have no text."""


class RecipientResponse(Schema):
    """Somebody who was given data: for what, and when last."""

    name: str
    purpose: str
    last: Instant

    @classmethod
    def of(cls, told: Mapping[str, str]) -> Self:
        """Show a recipient."""
        last = parse_iso(told["last"])
        return cls(name=told["name"], purpose=told["purpose"], last=last)


class CorrectedResponse(
    Schema,
    json_schema_extra=example(
        record_id=RECORD,
        version=2,
        recipients=[
            {
                "name": "helpdesk",
                "purpose": "support.case",
                "last": "2026-12-01T00:00:00Z",
            }
        ],
    ),
):
    """A record's new version; who was given data before is to be told (GDPR 19).

    `doubtful` names fields with an e-mail address or telephone number that nobody can
    have as it is written: it is kept, and compared as it is.
    """

    record_id: HexId
    version: int
    recipients: list[RecipientResponse]
    doubtful: Doubtful = ()

    @classmethod
    def of(cls, corrected: Corrected) -> Self:
        """Show a correction."""
        return cls(
            record_id=corrected.written.record.hex(),
            version=corrected.written.version,
            recipients=[*map(RecipientResponse.of, corrected.recipients)],
            doubtful=corrected.written.doubtful,
        )


class KeptResponse(Schema):
    """Something that a removal leaves, and the article that lets it."""

    what: str
    article: str

    @classmethod
    def of(cls, kept: Reason, law: str, say: Say) -> Self:
        """Show what stays in the customer's words, by the articles of their law."""
        article = SEPARATOR.join(own_parts(kept.article, law)) or kept.article
        return cls(what=say(kept) or kept.fix, article=article)


class RemovalResponse(
    Schema,
    json_schema_extra=example(
        record_id=RECORD,
        state="removed",
        removed_at="2026-12-01T00:00:00Z",
        finality="not_scheduled",
        kept=[{"what": "…", "article": "GDPR 5(2)"}],
    ),
):
    """An item that is removed from the live store, and what that does not mean.

    `waiting`: nobody is given it any more, but its sealed bytes stand in a log of the
    store that a reader keeps open; it goes on by itself. It is erased, in every copy,
    only with a renewal of your key; `finality` says that none is scheduled.
    """

    record_id: HexId
    state: Literal["removed", "waiting"]
    removed_at: Instant
    finality: Literal["not_scheduled"] = "not_scheduled"
    kept: list[KeptResponse]

    @classmethod
    def of(cls, removal: Removal, law: str, say: Say = unsaid) -> Self:
        """Show a removal."""
        return cls(
            record_id=removal.record.hex(),
            state="removed" if removal.settled else "waiting",
            removed_at=removal.at,
            kept=[KeptResponse.of(each, law, say) for each in KEPT],
        )


def own_law(house: House, subject: bytes) -> str:
    """Name the law of the region that a customer is in, as the policies know it."""
    region = house.customers.standing(subject).region
    return law_of(house.bundle.tables, region)
