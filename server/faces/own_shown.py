"""What the domain says of a customer, put into the API's words."""

from collections.abc import Iterable
from typing import Any

from consent.grants import ConsentEvent, Standing
from consent.notices import Notice
from consent.purposes import Purpose
from kit.clock import from_unix
from kit.errors import NotFound, Reason
from pdp.language import Languages, Speaker
from server.faces.customers_schemas import (
    AccessesShown,
    AccessShown,
    ConsentEventShown,
    ConsentHistory,
    ConsentShown,
    ConsentsShown,
    NoticeShown,
    NoticesShown,
)
from vault.access_log import Access
from vault.erasure import ErasureState


def notices_shown(
    found: Iterable[tuple[Purpose, Notice]], languages: Languages
) -> NoticesShown:
    """Show notices, each with what its purpose is called in the notice's language."""
    return NoticesShown(
        items=[
            NoticeShown(
                purpose=purpose.name,
                title=languages.speak([notice.language]).purpose(purpose.name),
                version=notice.version,
                language=notice.language,
                text=notice.text,
            )
            for purpose, notice in found
        ]
    )


def consents_shown(standings: Iterable[Standing]) -> ConsentsShown:
    """Show where each purpose stands."""
    return ConsentsShown(items=[_consent(each) for each in standings])


def standing_shown(standings: Iterable[Standing], purpose: str) -> ConsentShown:
    """Show where one purpose stands.

    Raises:
        NotFound: nothing was ever said about it.

    """
    for each in standings:
        if each.purpose == purpose:
            return _consent(each)
    raise NotFound


def erasure_shown(state: ErasureState) -> dict[str, Any]:
    """Show how far an erasure is: the signed certificate, and what is beside it."""
    return {
        "state": state.step,
        "certificate": state.certificate,
        "provisional": state.standing.provisional,
        "proof": state.standing.proof,
    }


def history_shown(events: Iterable[ConsentEvent]) -> ConsentHistory:
    """Show everything that was said."""
    return ConsentHistory(
        items=[
            ConsentEventShown(
                act=each.act,
                purpose=each.purpose,
                at=each.at,
                until=each.until,
                notice_version=each.notice_version,
                language=each.language,
            )
            for each in events
        ]
    )


def accesses_shown(
    events: Iterable[tuple[int, Access]], speaker: Speaker
) -> AccessesShown:
    """Show who asked for what; fields by name, never what they held."""
    return AccessesShown(items=[_access(at, each, speaker) for at, each in events])


def _consent(standing: Standing) -> ConsentShown:
    event = standing.event
    return ConsentShown(
        purpose=standing.purpose,
        state=standing.state,
        until=event.until,
        notice_version=event.notice_version,
        language=event.language,
        at=event.at,
    )


def _access(at: int, event: Access, speaker: Speaker) -> AccessShown:
    said = (speaker.to_customer(Reason(code)) for code in _names(event.reasons))
    return AccessShown(
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
