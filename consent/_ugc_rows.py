"""The rows of one contributed item: read, written, and turned into values."""

from collections.abc import Sequence

from sqlalchemy import delete, func
from sqlmodel import col, select

from consent._rows import LicenceRow, UgcEventRow, UgcRow
from consent.authorization import UgcAct, UgcEvent
from consent.facts import UgcWord
from consent.terms import Licence
from kit.clock import from_unix, unix
from kit.db import ReadSession, WriteSession, write_and_look
from kit.errors import IntegrityFault


def says(session: WriteSession, row: UgcEventRow, status: UgcWord, act: UgcAct) -> bool:
    """Tell whether the item stands already where the new event would put it."""
    if act is not UgcAct.LICENSED:
        return status.value == act.value
    key = (row.subject, row.record, row.purpose, row.product, row.territory)
    kept = session.get(LicenceRow, key)
    same = kept is not None and (kept.since, kept.until) == (row.since, row.until)
    return same and status is UgcWord.GRANTED


def shortens(session: WriteSession, row: UgcEventRow) -> bool:
    """Tell whether a licence begins later or ends sooner than the same one before."""
    key = (row.subject, row.record, row.purpose, row.product, row.territory)
    kept = session.get(LicenceRow, key)
    if kept is None or row.since is None or row.until is None:
        return False
    return row.since > kept.since or row.until < kept.until


def settle(session: WriteSession, row: UgcEventRow, status: UgcWord) -> None:
    """Bring the item's row, and its licences, to where the event leads.

    Raises:
        IntegrityFault: licences that the event withdraws are still there.

    """
    if status is UgcWord.WITHDRAWN:
        gone = delete(LicenceRow).where(
            col(LicenceRow.subject) == row.subject,
            col(LicenceRow.record) == row.record,
        )
        session.execute(gone)
    licences = licence_rows(session, row.subject, row.record)
    if status is UgcWord.WITHDRAWN and licences:
        raise IntegrityFault("licences that were withdrawn are still there")
    if status is UgcWord.GRANTED and not licences:
        session.delete(session.get_one(UgcRow, (row.subject, row.record)))
        session.flush()
    else:
        settled = session.merge(
            UgcRow(
                subject=row.subject,
                record=row.record,
                status=status.code,
                until=max((licence.until for licence in licences), default=None),
            )
        )
        write_and_look(session, settled)


def licence_rows(
    session: ReadSession | WriteSession, subject: bytes, record: bytes
) -> Sequence[LicenceRow]:
    """List an item's licences, those that have ended too."""
    keys = (LicenceRow.purpose, LicenceRow.product, LicenceRow.territory)
    return session.exec(
        select(LicenceRow)
        .where(col(LicenceRow.subject) == subject)
        .where(col(LicenceRow.record) == record)
        .order_by(*map(col, keys))
    ).all()


def last_seq(session: WriteSession, row: UgcEventRow) -> int:
    """Give the number of the item's last event; 0 before the first."""
    newest = (
        select(func.max(UgcEventRow.seq))
        .where(col(UgcEventRow.subject) == row.subject)
        .where(col(UgcEventRow.record) == row.record)
    )
    return session.exec(newest).one() or 0


def latest_like(session: WriteSession, row: UgcEventRow) -> UgcEventRow:
    """Give the last event that said the same as `row`."""
    same = {
        UgcEventRow.subject: row.subject,
        UgcEventRow.record: row.record,
        UgcEventRow.act: row.act,
        UgcEventRow.purpose: row.purpose,
        UgcEventRow.product: row.product,
        UgcEventRow.territory: row.territory,
    }
    wanted = select(UgcEventRow).where(*(col(c) == v for c, v in same.items()))
    return session.exec(wanted.order_by(col(UgcEventRow.seq).desc()).limit(1)).one()


def event_row(
    subject: bytes, record: bytes, act: UgcAct, at: int, licence: Licence | None = None
) -> UgcEventRow:
    """Make the row of an event that is not numbered yet."""
    row = UgcEventRow(subject=subject, record=record, seq=0, act=act.value, at=at)
    if licence is not None:
        row.purpose = licence.purpose
        row.product, row.territory = licence.product, licence.territory
        row.since, row.until = unix(licence.since), unix(licence.until)
    return row


def licence_row(row: UgcEventRow, licence: Licence) -> LicenceRow:
    """Make the row of the licence that an event gives."""
    return LicenceRow(
        subject=row.subject,
        record=row.record,
        purpose=licence.purpose,
        product=licence.product,
        territory=licence.territory,
        since=unix(licence.since),
        until=unix(licence.until),
    )


def as_licence(row: LicenceRow) -> Licence:
    """Turn a row of a licence into the licence."""
    return _licence((row.purpose, row.product, row.territory), (row.since, row.until))


def as_event(row: UgcEventRow) -> UgcEvent:
    """Turn a row of an event into the event."""
    codes = tuple(filter(None, (row.purpose, row.product, row.territory)))
    span = tuple(at for at in (row.since, row.until) if at is not None)
    return UgcEvent(
        subject=row.subject,
        record=row.record,
        seq=row.seq,
        act=UgcAct(row.act),
        at=from_unix(row.at),
        licence=_licence(codes, span) if codes else None,
    )


def _licence(codes: tuple[str, ...], span: tuple[int, ...]) -> Licence:
    purpose, product, territory = codes
    since, until = map(from_unix, span)
    return Licence(purpose, product, territory, since, until)
