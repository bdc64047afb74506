"""What is said of own data that was put right: who is told, what it does not mean."""

from typing import Final

from kit.clock import parse_iso
from server.faces.customers_schemas import (
    CorrectedShown,
    KeptShown,
    RecipientShown,
    RemovalShown,
)
from vault.rectification import Corrected
from vault.removal import Removal

KEPT: Final = (
    KeptShown(
        what="your own chain of entries, which holds nothing of the item but hidden"
        " commitments to it, and proves your other entries",
        article="GDPR 5(2), 17(3)(b)",
    ),
    KeptShown(
        what="that an item was removed, so that a repeated write does not bring it"
        " back",
        article="GDPR 17(1), 25(1)",
    ),
    KeptShown(
        what="copies of the store from before, sealed under your key: they can be"
        " opened until that key is renewed, which is not scheduled",
        article="GDPR 17(1), 32(1)(c)",
    ),
)


def removal_shown(removal: Removal) -> RemovalShown:
    """Put a removal into the API's words."""
    return RemovalShown(
        record_id=removal.record.hex(),
        state="removed" if removal.settled else "waiting",
        removed_at=removal.at,
        kept=[*KEPT],
    )


def corrected_shown(corrected: Corrected) -> CorrectedShown:
    """Put a correction into the API's words."""
    return CorrectedShown(
        record_id=corrected.written.record.hex(),
        version=corrected.written.version,
        recipients=[
            RecipientShown(
                name=each["name"],
                purpose=each["purpose"],
                last=parse_iso(each["last"]),
            )
            for each in corrected.recipients
        ],
    )
