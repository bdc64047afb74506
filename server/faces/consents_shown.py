"""What was said about purposes, and what came of it, put into the API's words."""

from collections.abc import Iterable

from consent.events import ConsentEvent
from consent.notices import Notice
from consent.purposes import Purpose
from consent.standings import Standing
from consent.uses import Use
from kit.errors import Reason
from pdp.bundle.language import Languages, Speaker
from server.faces.consents_schemas import (
    ConsentEventResponse,
    ConsentHistory,
    ConsentResponse,
    ConsentsResponse,
    NoticeResponse,
    NoticesResponse,
    UseResponse,
)
from vault import Catalog


def notices_shown(
    found: Iterable[tuple[Purpose, Notice]], languages: Languages
) -> NoticesResponse:
    """Show notices, each with what its purpose is called in the notice's language."""
    return NoticesResponse(
        items=[
            NoticeResponse(
                purpose=purpose.name,
                title=languages.speak([notice.language]).purpose(purpose.name),
                version=notice.version,
                language=notice.language,
                text=notice.text,
            )
            for purpose, notice in found
        ]
    )


def consents_shown(
    standings: Iterable[Standing], catalog: Catalog, speaker: Speaker
) -> ConsentsResponse:
    """Show where purposes stand."""
    return ConsentsResponse(
        items=[standing_shown(each, catalog, speaker) for each in standings]
    )


def standing_shown(
    standing: Standing, catalog: Catalog, speaker: Speaker
) -> ConsentResponse:
    """Show where one purpose stands, and what it is used on."""
    event = standing.event
    return ConsentResponse(
        purpose=standing.purpose,
        title=speaker.purpose(standing.purpose),
        state=standing.state,
        article=standing.article,
        until=event.until if event else None,
        notice_version=event.notice_version if event else None,
        language=event.language if event else None,
        at=event.at if event else None,
        uses=[_use(each, catalog, speaker) for each in standing.uses],
    )


def history_shown(events: Iterable[ConsentEvent]) -> ConsentHistory:
    """Show everything that was said."""
    return ConsentHistory(
        items=[
            ConsentEventResponse(
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


def _use(use: Use, catalog: Catalog, speaker: Speaker) -> UseResponse:
    return UseResponse(
        collection=use.collection,
        title=catalog.title_of(use.collection, [speaker.tag]),
        basis=use.basis,
        stop=use.stop,
        stopped=use.stopped,
        code=use.code,
        article=use.article,
        text=speaker.to_customer(Reason(use.code, use.article)),
    )
