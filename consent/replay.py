"""The facts once more, from the history alone: what the gate reads must follow.

The gate reads facts; people said events. Whoever flips a fact in the database grants
a consent that nobody gave, and no proof of the ledger falls with it. So the facts are
made again from the events, and what differs is named; that the events are those that
were stamped is for the ledger's openings to show (`vault.checks.rowcheck`).
"""

import hashlib
from collections.abc import Iterable, Iterator

from sqlmodel import and_, col, or_, select

from consent._rows import (
    ConsentEventRow,
    ConsentFactRow,
    LicenceRow,
    NoticeRow,
    UgcEventRow,
    UgcRow,
)
from consent._ugc_rows import as_event
from consent.authorization import UgcAct, UgcEvent
from consent.events import STATE_AFTER, ConsentEvent, event_of
from consent.facts import UgcWord
from kit.clock import unix
from kit.db import ReadSession

Item = tuple[int, int | None]
Use = tuple[bytes, str, str, str]
Term = tuple[int, int]


def consent_events(session: ReadSession, subject: bytes) -> tuple[ConsentEvent, ...]:
    """List what a person said about purposes, oldest first."""
    rows = session.exec(
        select(ConsentEventRow)
        .where(col(ConsentEventRow.subject) == subject)
        .order_by(col(ConsentEventRow.seq))
    )
    return tuple(event_of(row) for row in rows)


def ugc_events(session: ReadSession, subject: bytes) -> tuple[UgcEvent, ...]:
    """List what an author said about their items, item by item, oldest first."""
    rows = session.exec(
        select(UgcEventRow)
        .where(col(UgcEventRow.subject) == subject)
        .order_by(col(UgcEventRow.record), col(UgcEventRow.seq))
    )
    return tuple(as_event(row) for row in rows)


def faults(session: ReadSession, subject: bytes) -> Iterator[str]:
    """Name each sort of fact that a subject's history does not bear out."""
    if _facts(session, subject) != _replayed(consent_events(session, subject)):
        yield "a consent fact does not follow from what was said"
    said = ugc_events(session, subject)
    if _items(session, subject) != _settled(said):
        yield "an authorization does not follow from what was said"
    if _licences(session, subject) != _allowed(said):
        yield "a licence does not follow from what was said"


def notice_faults(session: ReadSession) -> Iterator[str]:
    """Name each sort of notice that is not the text that people were shown.

    What somebody said was stamped with the digest of its notice.
    """
    notices = session.exec(select(NoticeRow))
    if any(hashlib.sha256(row.text.encode()).digest() != row.digest for row in notices):
        yield "a notice is another text than its digest says"
    shown = and_(
        col(NoticeRow.purpose) == col(ConsentEventRow.purpose),
        col(NoticeRow.version) == col(ConsentEventRow.notice_version),
        col(NoticeRow.language) == col(ConsentEventRow.language),
    )
    other = or_(
        col(NoticeRow.digest).is_(None),
        col(NoticeRow.digest) != col(ConsentEventRow.notice_digest),
    )
    astray = (
        select(ConsentEventRow.seq)
        .join(NoticeRow, shown, isouter=True)
        .where(col(ConsentEventRow.notice_digest).is_not(None))
        .where(other)
    )
    if session.exec(astray).first() is not None:
        yield "a notice that somebody was shown is gone, or another"


def _facts(session: ReadSession, subject: bytes) -> dict[str, tuple[int, ...]]:
    rows = session.exec(
        select(ConsentFactRow).where(col(ConsentFactRow.subject) == subject)
    )
    return {row.purpose: (row.state, row.until or 0, row.seq) for row in rows}


def _replayed(events: tuple[ConsentEvent, ...]) -> dict[str, tuple[int, ...]]:
    return {
        event.purpose: (
            STATE_AFTER[event.act].code,
            unix(event.until) if event.until else 0,
            event.seq,
        )
        for event in events
    }


def _items(session: ReadSession, subject: bytes) -> dict[bytes, Item]:
    rows = session.exec(select(UgcRow).where(col(UgcRow.subject) == subject))
    return {row.record: (row.status, row.until) for row in rows}


def _licences(session: ReadSession, subject: bytes) -> dict[Use, Term]:
    rows = session.exec(select(LicenceRow).where(col(LicenceRow.subject) == subject))
    return {
        (row.record, row.purpose, row.product, row.territory): (row.since, row.until)
        for row in rows
    }


def _allowed(events: Iterable[UgcEvent]) -> dict[Use, Term]:
    """Make the licences again; a withdrawal ends all of its item's."""
    allowed: dict[Use, Term] = {}
    for event in events:
        if event.licence is not None:
            terms = event.licence
            use = event.record, terms.purpose, terms.product, terms.territory
            allowed[use] = unix(terms.since), unix(terms.until)
        if event.act is UgcAct.WITHDRAWN:
            ended = [use for use in allowed if use[0] == event.record]
            for use in ended:
                del allowed[use]
    return allowed


def _settled(events: tuple[UgcEvent, ...]) -> dict[bytes, Item]:
    items: dict[bytes, Item] = {}
    ends: dict[bytes, dict[tuple[str, str, str], int]] = {}
    for event in events:
        known = ends.setdefault(event.record, {})
        if event.licence is not None:
            terms = event.licence
            known[terms.purpose, terms.product, terms.territory] = unix(terms.until)
        if event.act is UgcAct.WITHDRAWN:
            known.clear()
        status = _status(event.act, granted=bool(known))
        if status is None:
            items.pop(event.record, None)
        else:
            items[event.record] = (status.code, max(known.values(), default=None))
    return items


def _status(act: UgcAct, *, granted: bool) -> UgcWord | None:
    match act:
        case UgcAct.LICENSED:
            return UgcWord.GRANTED
        case UgcAct.LIFTED:
            return UgcWord.GRANTED if granted else None
        case UgcAct.RESTRICTED:
            return UgcWord.RESTRICTED
        case UgcAct.WITHDRAWN:
            return UgcWord.WITHDRAWN
