"""The words of authorization: what an author can say, and where it leads.

Nothing here reads a database or a clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from consent.facts import UgcWord
from consent.terms import Licence
from kit.canonical import canonical
from kit.clock import iso, unix


class UgcAct(StrEnum):
    """What an author can say about an item."""

    LICENSED = "licensed"
    RESTRICTED = "restricted"
    LIFTED = "lifted"
    WITHDRAWN = "withdrawn"


# What is not here is refused. A lifted restriction leads back to what the licences
# say: granted, expired, or unasked when there are none.
TRANSITIONS: Final[Mapping[tuple[UgcWord, UgcAct], UgcWord]] = MappingProxyType(
    {
        (UgcWord.UNASKED, UgcAct.LICENSED): UgcWord.GRANTED,
        (UgcWord.UNASKED, UgcAct.RESTRICTED): UgcWord.RESTRICTED,
        (UgcWord.UNASKED, UgcAct.WITHDRAWN): UgcWord.WITHDRAWN,
        (UgcWord.GRANTED, UgcAct.LICENSED): UgcWord.GRANTED,
        (UgcWord.GRANTED, UgcAct.RESTRICTED): UgcWord.RESTRICTED,
        (UgcWord.GRANTED, UgcAct.WITHDRAWN): UgcWord.WITHDRAWN,
        (UgcWord.EXPIRED, UgcAct.LICENSED): UgcWord.GRANTED,
        (UgcWord.EXPIRED, UgcAct.RESTRICTED): UgcWord.RESTRICTED,
        (UgcWord.EXPIRED, UgcAct.WITHDRAWN): UgcWord.WITHDRAWN,
        (UgcWord.RESTRICTED, UgcAct.LIFTED): UgcWord.GRANTED,
        (UgcWord.RESTRICTED, UgcAct.WITHDRAWN): UgcWord.WITHDRAWN,
        (UgcWord.WITHDRAWN, UgcAct.LICENSED): UgcWord.GRANTED,
    }
)


@dataclass(frozen=True, slots=True)
class UgcEvent:
    """Something an author said about one item, at one instant."""

    subject: bytes = field(repr=False)
    record: bytes = field(repr=False)
    seq: int
    act: UgcAct
    at: datetime
    licence: Licence | None = None

    def content(self) -> bytes:
        """Give the canonical JSON that the ledger's entry commits to."""
        terms = self.licence
        return canonical(
            {
                "v": 1,
                "act": self.act.value,
                "at": iso(self.at),
                "product": terms and terms.product,
                "purpose": terms and terms.purpose,
                "seq": self.seq,
                "since": terms and iso(terms.since),
                "territory": terms and terms.territory,
                "until": terms and iso(terms.until),
            }
        )


@dataclass(frozen=True, slots=True)
class Authorization:
    """Where one item stands: its status, the latest end, and its licences.

    The status is never `none` or `out_of_scope`. Licences that have ended are listed
    too; those of a restricted item are on hold.
    """

    record: bytes = field(repr=False)
    status: UgcWord
    until: datetime | None = None
    licences: tuple[Licence, ...] = ()


def as_ceiling(authorization: Authorization) -> dict[str, object]:
    """Say where an item stands as an order does: so much is allowed at most."""
    return {
        "record": authorization.record.hex(),
        "status": authorization.status.value,
        "licences": [
            [
                *(each.purpose, each.product, each.territory),
                *(unix(each.since), unix(each.until)),
            ]
            for each in authorization.licences
        ],
    }
