"""A decision of the past, looked up for whoever answers for the policies.

Nothing of it says whose data it was about: no subject, no record, no name of a caller.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kit.errors import Invalid, NotFound
from kit.ids import parse_id
from pdp.bundle.bundle import Bundle, BundleError, installed
from pdp.review.explain_past import Recalled, recall

if TYPE_CHECKING:
    from server.house.house import House
    from vault.audit.access import Access


@dataclass(frozen=True, slots=True)
class PastDecision:
    """What the access log and the policies of then say of a decision."""

    at: int
    outcome: str
    kind: str
    purpose: str
    action: str
    digest: str
    recalled: Recalled


def past_decision(house: "House", decision_id: str) -> PastDecision:
    """Look a decision up by its id.

    Raises:
        Invalid: that is no decision id, or its policies are not here any more.
        NotFound: the access log knows no such decision.

    """
    events = events_of(house, decision_id)
    at, event = events[0]
    codes = sorted({code for _, it in events for code in it.reasons.split(",") if code})
    recalled = recall(
        bundle_of(house, event.revision),
        kind=event.principal_kind,
        purpose=event.purpose,
        codes=codes,
    )
    return PastDecision(
        at=at,
        outcome=events[-1][1].outcome,
        kind=event.principal_kind,
        purpose=event.purpose,
        action=event.action,
        digest=event.revision,
        recalled=recalled,
    )


def events_of(house: "House", decision_id: str) -> list[tuple[int, "Access"]]:
    """Give what the access log says of a decision, with the times, oldest first.

    Raises:
        Invalid: that is no decision id.
        NotFound: the access log knows no such decision.

    """
    found = parse_id(decision_id)
    if found is None:
        raise Invalid("a decision id is 32 hexadecimal digits", fix="copy it whole")
    events = house.access_log.of_decision(found)
    if not events:
        raise NotFound
    return events


def bundle_of(house: "House", digest: str) -> Bundle:
    """Give the policies that a decision was made by.

    Raises:
        Invalid: they are not here any more.

    """
    if digest == house.bundle.digest:
        return house.bundle
    try:
        return installed(house.home.policies, digest)
    except BundleError as error:
        raise Invalid(
            "the policies of that decision are not installed here any more",
            code=error.code,
            fix=f"restore policies/{digest} from a backup",
        ) from None
