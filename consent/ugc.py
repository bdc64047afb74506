"""What the author of a contributed item allows: its authorization status.

Nothing is allowed until the author licenses it. Statuses and the acts that lead from
one to the next stand in `consent.authorization`; `expired` is reached by time alone,
to the second, with nobody writing anything. `restricted` puts every use on hold and
keeps the licences; `withdrawn` ends them, so that a later one revives none of the old.

Events are never rewritten and each is stamped in the ledger in the same unit of work.
Saying again what is already so adds no event. That the record is the subject's own
is for the caller to know; that it is there still is looked at under the write lock,
or what is said while it is removed would outlive it.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from sqlmodel import col, select

from consent._rows import UgcEventRow, UgcRow
from consent._ugc_rows import (
    as_event,
    as_licence,
    event_row,
    last_seq,
    latest_like,
    licence_row,
    licence_rows,
    says,
    settle,
    shortens,
)
from consent.authorization import (
    TRANSITIONS,
    Authorization,
    UgcAct,
    UgcEvent,
    as_ceiling,
)
from consent.events import Recorded
from consent.facts import UgcWord, status_word, ugc_word
from consent.purposes import CurrentPurposes
from consent.terms import REMEDIES, Licence, parse_terms
from kit.clock import Clock, from_unix, unix
from kit.db import ReadSession, WriteSession
from kit.errors import Conflict, Fault, Invalid, NotFound
from ledger.formats.order_kinds import StoreName, declare_order, narrows, undoes
from ledger.ports import Ordering, Stamp

KIND: Final = "authorization"
NARROWED: Final = "authorization.narrowed"
LIFTED: Final = "authorization.lifted"

for _order in (NARROWED, LIFTED):
    declare_order(_order, StoreName.DATA, sealed=True)
narrows("authorization:restricted", NARROWED)
narrows("authorization:withdrawn", NARROWED)
undoes("authorization:lifted", LIFTED)
# A licence opens, but for one that shortens the same one given before.
narrows("authorization:licensed", NARROWED)


IsThere: TypeAlias = Callable[[WriteSession, bytes, bytes], bool]
"""Tells whether a subject has a record, in the unit of work that speaks of it."""


class Authorizations:
    """The authorizations of all contributed items."""

    def __init__(
        self,
        purposes: CurrentPurposes,
        stamp: Stamp,
        orders: Ordering,
        is_there: IsThere,
        clock: Clock,
    ) -> None:
        self._purposes = purposes
        self._stamp = stamp
        self._orders = orders
        self._is_there = is_there
        self._clock = clock

    def license(
        self,
        session: WriteSession,
        subject: bytes,
        record: bytes,
        terms: Mapping[str, object],
    ) -> Recorded[UgcEvent]:
        """Record that the author allows one use, on these terms (`consent.terms`).

        The same use, product and territory given again replaces the earlier dates.

        Raises:
            NotFound: the item is not there any more.
            Invalid: the terms are vague, incomplete or over already, or their
                purpose is unknown or no use of contributions.
            Conflict: the item is restricted; lift that first.

        """
        licence, now = parse_terms(terms), self._now()
        if not self._purposes().get(licence.purpose).use:
            raise _unfit("purpose", "ugc.not_a_use", REMEDIES["purpose"])
        if unix(licence.until) <= now:
            raise _unfit("until", "ugc.terms", "give a date in the future")
        self._require_there(session, subject, record)
        row = event_row(subject, record, UgcAct.LICENSED, now, licence)
        narrower = shortens(session, row)
        said = self.say(session, row, licence)
        return self._ordered(session, NARROWED if narrower else None, said)

    def restrict(
        self, session: WriteSession, subject: bytes, record: bytes
    ) -> Recorded[UgcEvent]:
        """Record that the author puts every use on hold.

        Raises:
            NotFound: the item is not there any more.
            Conflict: the author has withdrawn the item.

        """
        said = self._plain(session, subject, record, UgcAct.RESTRICTED)
        return self._ordered(session, NARROWED, said)

    def lift(
        self, session: WriteSession, subject: bytes, record: bytes
    ) -> Recorded[UgcEvent]:
        """Record that the author ends the hold; the licences apply again.

        Raises:
            NotFound: the item is not there any more.
            Conflict: the item is not restricted.

        """
        self._orders.confirm(session)  # said again after a 503, it is refused
        said = self._plain(session, subject, record, UgcAct.LIFTED)
        return self._ordered(session, LIFTED, said)

    def withdraw(
        self, session: WriteSession, subject: bytes, record: bytes
    ) -> Recorded[UgcEvent]:
        """Record that the author allows nothing any more; it binds at once.

        Raises:
            NotFound: the item is not there any more, nor anything that was allowed.

        """
        said = self._plain(session, subject, record, UgcAct.WITHDRAWN)
        return self._ordered(session, NARROWED, said)

    def get(
        self, session: ReadSession | WriteSession, subject: bytes, record: bytes
    ) -> Authorization:
        """Give where one item stands now; unasked when nothing was ever said."""
        row = session.get(UgcRow, (subject, record))
        if row is None:
            return Authorization(record, UgcWord.UNASKED)
        return Authorization(
            record=record,
            status=status_word(row.status, row.until, self._now()),
            until=None if row.until is None else from_unix(row.until),
            licences=tuple(map(as_licence, licence_rows(session, subject, record))),
        )

    def all_of(
        self, session: ReadSession | WriteSession, subject: bytes
    ) -> tuple[Authorization, ...]:
        """List where each item stands that the author said anything about."""
        records = session.exec(
            select(UgcRow.record)
            .where(col(UgcRow.subject) == subject)
            .order_by(col(UgcRow.record))
        ).all()
        return tuple(self.get(session, subject, record) for record in records)

    def word(
        self,
        session: ReadSession | WriteSession,
        subject: bytes,
        record: bytes,
        purpose: str,
    ) -> UgcWord:
        """Say what the gate will be told of one contributed item and one purpose."""
        authorization = self.get(session, subject, record)
        spans = [
            (unix(licence.since), unix(licence.until))
            for licence in authorization.licences
            if licence.purpose == purpose
        ]
        return ugc_word(authorization.status, spans, self._now())

    def history(
        self,
        session: ReadSession | WriteSession,
        subject: bytes,
        record: bytes | None = None,
    ) -> tuple[UgcEvent, ...]:
        """List what the author ever said, by item and in the order they said it."""
        events = select(UgcEventRow).where(col(UgcEventRow.subject) == subject)
        if record is not None:
            events = events.where(col(UgcEventRow.record) == record)
        order = (col(UgcEventRow.record), col(UgcEventRow.seq))
        return tuple(map(as_event, session.exec(events.order_by(*order))))

    def _now(self) -> int:
        return unix(self._clock.now())

    def _require_there(
        self, session: WriteSession, subject: bytes, record: bytes
    ) -> None:
        if not self._is_there(session, subject, record):
            raise NotFound

    def _plain(
        self, session: WriteSession, subject: bytes, record: bytes, act: UgcAct
    ) -> Recorded[UgcEvent]:
        self._require_there(session, subject, record)
        return self.say(session, event_row(subject, record, act, self._now()), None)

    def _ordered(
        self, session: WriteSession, kind: str | None, said: Recorded[UgcEvent]
    ) -> Recorded[UgcEvent]:
        """Leave an order of where the item stands now, if that is less than before."""
        event = said.event
        if said.index is None:
            self._orders.confirm(session)
        elif kind is not None:
            ceiling = as_ceiling(self.get(session, event.subject, event.record))
            self._orders.add(session, kind, ceiling, subject=event.subject)
        return said

    def say(
        self, session: WriteSession, row: UgcEventRow, licence: Licence | None
    ) -> Recorded[UgcEvent]:
        """Record and stamp an event, unless it is so already; leaves no order.

        Raises:
            Conflict: the item does not stand where this could follow.

        """
        act = UgcAct(row.act)
        status = self._status(session, row)
        if says(session, row, status, act):
            return Recorded(as_event(latest_like(session, row)), None)
        target = TRANSITIONS.get((status, act))
        if target is None:
            raise Conflict(
                f"an item that is {status} cannot be {act}",
                code="ugc.transition",
                fix="lift the restriction first, or license the item anew",
            )
        row.seq = last_seq(session, row) + 1
        session.add(row)
        if licence is not None:
            session.merge(licence_row(row, licence))
        session.flush()
        settle(session, row, target)
        return self._stamped(session, as_event(row))

    def _status(self, session: WriteSession, row: UgcEventRow) -> UgcWord:
        return self.get(session, row.subject, row.record).status

    def _stamped(self, session: WriteSession, event: UgcEvent) -> Recorded[UgcEvent]:
        index = self._stamp(
            session,
            subject=event.subject,
            kind=KIND,
            content=event.content(),
            record=event.record,
        )
        return Recorded(event, index)


def _unfit(name: str, code: str, remedy: str) -> Invalid:
    faults = (Fault(f"/{name}", remedy),)
    return Invalid("the licence is not fit", code=code, faults=faults, fix=remedy)
