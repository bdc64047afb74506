"""What is said of own data that was put right: who is told, what it does not mean."""

from typing import Final

from kit.clock import parse_iso
from kit.errors import Reason
from pdp.review.letter import SEPARATOR, law_of, own_parts
from server.faces.customers_schemas import (
    CorrectedResponse,
    KeptResponse,
    RecipientResponse,
    RemovalResponse,
)
from server.house.house import House
from server.http.languages import Say, unsaid
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


def removal_shown(removal: Removal, law: str, say: Say = unsaid) -> RemovalResponse:
    """Put a removal into the API's words, and what stays into the customer's."""
    return RemovalResponse(
        record_id=removal.record.hex(),
        state="removed" if removal.settled else "waiting",
        removed_at=removal.at,
        kept=[
            KeptResponse(
                what=say(each) or each.fix,
                article=SEPARATOR.join(own_parts(each.article, law)) or each.article,
            )
            for each in KEPT
        ],
    )


def own_law(house: House, subject: bytes) -> str:
    """Name the law of the region that a customer is in, as the policies know it."""
    region = house.customers.standing(subject).region
    return law_of(house.bundle.tables, region)


def corrected_shown(corrected: Corrected) -> CorrectedResponse:
    """Put a correction into the API's words."""
    return CorrectedResponse(
        record_id=corrected.written.record.hex(),
        version=corrected.written.version,
        recipients=[
            RecipientResponse(
                name=each["name"],
                purpose=each["purpose"],
                last=parse_iso(each["last"]),
            )
            for each in corrected.recipients
        ],
        doubtful=corrected.written.doubtful,
    )
