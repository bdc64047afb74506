"""What the domain says of a customer, put into the API's words."""

from collections.abc import Iterable
from typing import Any

from kit.clock import from_unix
from kit.errors import Reason
from pdp.bundle.language import Speaker
from server.faces.customers_schemas import (
    AccessesResponse,
    AccessResponse,
)
from vault.audit.access_log import Access
from vault.erasure.erasure import ErasureState


def erasure_shown(state: ErasureState) -> dict[str, Any]:
    """Show how far an erasure is: the signed certificate, and what is beside it."""
    return {
        "state": state.step,
        "certificate": state.certificate,
        "provisional": state.standing.provisional,
        "proof": state.standing.proof,
    }


def accesses_shown(
    events: Iterable[tuple[int, Access]], speaker: Speaker
) -> AccessesResponse:
    """Show who asked for what; fields by name, never what they held."""
    return AccessesResponse(items=[_access(at, each, speaker) for at, each in events])


def _access(at: int, event: Access, speaker: Speaker) -> AccessResponse:
    said = (speaker.to_customer(Reason(code)) for code in _names(event.reasons))
    return AccessResponse(
        at=from_unix(at),
        principal_kind=event.principal_kind,
        principal=event.principal,
        purpose=event.purpose,
        title=speaker.purpose(event.purpose),
        action=event.action,
        outcome=event.outcome,
        collection=event.collection,
        fields=_names(event.fields),
        reasons=_names(event.reasons),
        texts=[*filter(None, said)],
        decision_id=event.decision.hex(),
    )


def _names(joined: str) -> list[str]:
    return joined.split(",") if joined else []
