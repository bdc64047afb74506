"""Who restricts the use of an account, and on which grounds, as their acts say.

Two may: the customer, for a ground of GDPR 18(1), and staff, for a reason of theirs.
Each lifts what is their own; while either stands, the account is restricted. It is told
from the acts, in no order: what ends a customer's restriction names the acts that it
ends, and staff set and lift theirs in turn.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from kit.clock import parse_iso
from ledger.formats import entry_kinds
from ledger.formats.order_kinds import StoreName, declare_order, narrows, undoes
from vault.organisation.staff_actions import Act

SET: Final = "restriction.set"
LIFTED: Final = "restriction.lifted"
CLAIMED: Final = "restriction.claimed"
RELEASED: Final = "restriction.released"
ACTIVE: Final = "active"
RESTRICTED: Final = "restricted"

for _kind in (SET, LIFTED, CLAIMED, RELEASED):
    entry_kinds.declare(_kind, entry_kinds.EntryType.SUBJECT)
    declare_order(_kind, StoreName.DATA, sealed=True)
narrows(SET, SET)
narrows(CLAIMED, CLAIMED)
undoes(LIFTED, LIFTED)
undoes(RELEASED, RELEASED)


class RestrictionGround(StrEnum):
    """On what a customer has the use of their data restricted (GDPR 18(1))."""

    ACCURACY = "accuracy"
    UNLAWFUL = "unlawful"
    CLAIMS = "claims"
    OBJECTION = "objection"


ARTICLES: Final[Mapping[RestrictionGround, str]] = MappingProxyType(
    {
        RestrictionGround.ACCURACY: "GDPR 18(1)(a); PIPL 44, 46",
        RestrictionGround.UNLAWFUL: "GDPR 18(1)(b); PIPL 44, 47",
        RestrictionGround.CLAIMS: "GDPR 18(1)(c); PIPL 44",
        RestrictionGround.OBJECTION: "GDPR 18(1)(d); PIPL 44",
    }
)


@dataclass(frozen=True, slots=True)
class RestrictionClaim:
    """One ground on which the customer restricts, since when, and its act."""

    act_id: bytes
    ground: RestrictionGround
    since: datetime


@dataclass(frozen=True, slots=True)
class Restriction:
    """What restricts an account now; `released`: the customer's own once ended."""

    by_staff: bool
    claims: tuple[RestrictionClaim, ...]
    released: bool = False

    @property
    def stands(self) -> bool:
        """Whether the account is restricted by anybody."""
        return self.by_staff or bool(self.claims)

    def claim_on(self, ground: RestrictionGround) -> RestrictionClaim | None:
        """Find the customer's claim on a ground."""
        return next((each for each in self.claims if each.ground is ground), None)


def restriction_of(acts: Iterable[Act], state: str) -> Restriction:
    """Tell what restricts an account, from all acts about it and its state.

    One that is restricted, though no act says by whom, counts as restricted by staff.
    """
    said = [each.document() for each in acts]
    of = {kind: [e for e in said if e["kind"] == kind] for kind in (SET, LIFTED)}
    ended = {n for each in said if each["kind"] == RELEASED for n in each["claims"]}
    claims = tuple(
        RestrictionClaim(
            bytes.fromhex(each["act_id"]),
            RestrictionGround(each["ground"]),
            parse_iso(each["at"]),
        )
        for each in said
        if each["kind"] == CLAIMED and each["act_id"] not in ended
    )
    by_staff = len(of[SET]) > len(of[LIFTED])
    unsaid = state == RESTRICTED and not claims
    return Restriction(by_staff or unsaid, claims, released=bool(ended))
