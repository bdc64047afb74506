"""Give consent, take it back, object, take that back; and the history of all four.

What a person says becomes an event that is never rewritten, stamped in the ledger in
the same unit of work, and a fact that the gate reads. Withdrawing asks for less than
granting (GDPR Art. 7(3)): no notice, and a purpose that has since left the policy
tables can still be withdrawn from. Saying again what is already so adds no event, so
that a retried call is harmless.

What rests on consent is denied until granted. A no stops what it can: it is recorded
as a withdrawal where that is enough, and as an objection (Art. 21) where some use of
the purpose heeds nothing else; where neither ends any use, nothing is recorded, and
the answer says why (`consent.uses`). An objection outweighs a withdrawal; a later
grant, being a fresh and explicit act, ends it, unless it holds off uses that the grant
is not about. Whether the subject exists is for the caller to know: here it is a number.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import func
from sqlmodel import col, select

from consent._rows import ConsentEventRow, ConsentFactRow
from consent.events import STATE_AFTER, ConsentAct, ConsentEvent, Recorded, event_of
from consent.facts import ConsentWord, consent_word
from consent.notices import Notices
from consent.purposes import CurrentPurposes, Purpose
from consent.standings import ConsentStatus, standing_of
from consent.uses import (
    Bound,
    Stop,
    stops_of,
    why_not,
)
from kit.clock import Clock, unix
from kit.db import ReadSession, WriteSession, write_and_look
from kit.errors import Conflict, Fault, Invalid
from ledger.formats.order_kinds import StoreName, declare_order, narrows, undoes
from ledger.ports import Ordering, Stamp

KIND: Final = "consent"
OTHER_BASIS: Final = "consent.other_basis"
WITHDRAWN: Final = "consent.withdrawn"
OBJECTED: Final = "consent.objected"
OBJECTION_WITHDRAWN: Final = "consent.objection_withdrawn"
SHORTENED: Final = "consent.shortened"

for _order in (WITHDRAWN, OBJECTED, OBJECTION_WITHDRAWN, SHORTENED):
    declare_order(_order, StoreName.DATA, sealed=True)
narrows("consent:withdrawn", WITHDRAWN)
narrows("consent:objected", OBJECTED)
undoes("consent:objection_withdrawn", OBJECTION_WITHDRAWN)
# Giving consent opens, but for a sooner end than the one before it shortens.
narrows("consent:granted", SHORTENED)


class Grants:
    """The consents of all subjects."""

    def __init__(
        self,
        purposes: CurrentPurposes,
        notices: Notices,
        stamp: Stamp,
        orders: Ordering,
        clock: Clock,
        bound: Bound,
    ) -> None:
        self._bound = bound
        self._purposes = purposes
        self._notices = notices
        self._stamp = stamp
        self._orders = orders
        self._clock = clock

    def grant(
        self,
        session: WriteSession,
        subject: bytes,
        purpose: str,
        *,
        notice_version: int,
        language: str,
        until: datetime | None = None,
    ) -> Recorded[ConsentEvent]:
        """Record that a person, shown this notice, consents; `until` is exclusive.

        Raises:
            Invalid: unknown purpose, one that does not rest on consent, a notice
                that was never published, or an end that is not in the future.
            Conflict: the notice is not the current one, or an objection holds off
                what does not rest on consent.

        """
        fact = session.get(ConsentFactRow, (subject, purpose))
        self._require_consent(subject, self._purposes().get(purpose), fact)
        notice = self._notices.shown(
            session, purpose, version=notice_version, language=language
        )
        now, end = self._now(), None if until is None else unix(until)
        if end is not None and end <= now:
            raise Invalid(
                "the consent would have ended before it began",
                faults=(Fault("/until", "give an instant in the future"),),
            )
        if fact is not None and self.shortens(fact, end):
            ceiling = {"purpose": purpose, "until": end}
            self._orders.add(session, SHORTENED, ceiling, subject=subject)
        said = self.say(
            session,
            ConsentEventRow(
                subject=subject,
                seq=0,
                act=ConsentAct.GRANTED.value,
                purpose=purpose,
                notice_version=notice.version,
                language=notice.language,
                notice_digest=notice.digest,
                until=end,
                at=now,
            ),
        )
        if said.index is None and end is not None:
            self._orders.confirm(session)
        return said

    def withdraw(
        self, session: WriteSession, subject: bytes, purpose: str
    ) -> Recorded[ConsentEvent]:
        """Record that a person says no: whatever of the purpose can be stopped, is.

        Raises:
            Invalid: the purpose is unknown, and nothing was ever said about it; or no
                word of the person's ends any use of it.

        """
        fact = session.get(ConsentFactRow, (subject, purpose))
        act = self._no(session, subject, purpose, fact)
        if fact is not None and fact.state == ConsentWord.OBJECTED.code:
            self._orders.confirm(session)
            return Recorded(self._event(session, fact), None)
        return self._ordered(session, self.plain(act, subject, purpose))

    def object_(
        self, session: WriteSession, subject: bytes, purpose: str
    ) -> Recorded[ConsentEvent]:
        """Record that a person objects to a purpose (GDPR Art. 21).

        What rests on consent alone is not objected to but withdrawn from: then that is
        what is recorded.

        Raises:
            Invalid: unknown purpose, or one that rests on grounds to which nobody can
                object.

        """
        known = self._purposes().get(purpose)
        stops = stops_of(known, self._bound(subject, purpose))
        if Stop.WITHDRAWAL in stops and not _is_objectionable(known, stops):
            return self.withdraw(session, subject, purpose)
        if not _is_objectionable(known, stops):
            detail = "this purpose rests on a ground that cannot be objected to"
            code = "consent.no_objection"
            raise why_not(known, self._bound(subject, purpose), detail, code=code)
        return self._ordered(session, self.plain(ConsentAct.OBJECTED, subject, purpose))

    def end_objection(
        self, session: WriteSession, subject: bytes, purpose: str
    ) -> Recorded[ConsentEvent]:
        """Record that a person takes an objection back; it gives no consent.

        Raises:
            Conflict: there is none, or a grant ended it.

        """
        fact = session.get(ConsentFactRow, (subject, purpose))
        act = ConsentAct.OBJECTION_WITHDRAWN
        last = None if fact is None else self._event(session, fact).act
        if last not in {ConsentAct.OBJECTED, act}:
            raise Conflict("there is no objection to this", code="objection.none")
        return self._ordered(session, self.plain(act, subject, purpose))

    def state(
        self, session: ReadSession | WriteSession, subject: bytes, purpose: str
    ) -> ConsentWord:
        """Tell where a purpose stands now; unknown when nothing was ever said."""
        fact = session.get(ConsentFactRow, (subject, purpose))
        return ConsentWord.UNKNOWN if fact is None else self._word(fact)

    def standings(
        self, session: ReadSession | WriteSession, subject: bytes
    ) -> tuple[ConsentStatus, ...]:
        """List where each purpose stands that the person said anything about."""
        rows = session.exec(
            select(ConsentFactRow)
            .where(col(ConsentFactRow.subject) == subject)
            .order_by(col(ConsentFactRow.purpose))
        )
        return tuple(self._standing(session, row) for row in rows)

    def standing(
        self, session: ReadSession | WriteSession, subject: bytes, purpose: str
    ) -> ConsentStatus:
        """Tell where one purpose stands."""
        fact = session.get(ConsentFactRow, (subject, purpose))
        return (
            self._unsaid(subject, purpose)
            if fact is None
            else self._standing(session, fact)
        )

    def everything(
        self, session: ReadSession | WriteSession, subject: bytes
    ) -> tuple[ConsentStatus, ...]:
        """List where each purpose stands, those too that nothing was said about."""
        said = {each.purpose: each for each in self.standings(session, subject)}
        unsaid = self._purposes().names - said.keys()
        said |= {name: self._unsaid(subject, name) for name in unsaid}
        return tuple(said[name] for name in sorted(said))

    def history(
        self, session: ReadSession | WriteSession, subject: bytes
    ) -> tuple[ConsentEvent, ...]:
        """List everything the person ever said, in the order they said it."""
        rows = session.exec(
            select(ConsentEventRow)
            .where(col(ConsentEventRow.subject) == subject)
            .order_by(col(ConsentEventRow.seq))
        )
        return tuple(event_of(row) for row in rows)

    def _now(self) -> int:
        return unix(self._clock.now())

    def _no(
        self,
        session: WriteSession,
        subject: bytes,
        purpose: str,
        fact: ConsentFactRow | None,
    ) -> ConsentAct:
        """Tell as what a no is to be recorded."""
        known = self._purposes().by_name.get(purpose)
        if known is None and fact is not None:
            return ConsentAct.WITHDRAWN  # it has left the tables: nothing is used
        known = self._purposes().get(purpose)
        stops = stops_of(known, self._bound(subject, purpose))
        if Stop.OBJECTION in stops:
            return ConsentAct.OBJECTED
        # Consent that was given is taken back whatever the ground is now; said again,
        # it waits for its order.
        last = None if fact is None else self._event(session, fact).act
        consented = last in {ConsentAct.GRANTED, ConsentAct.WITHDRAWN}
        if Stop.WITHDRAWAL in stops or consented:
            return ConsentAct.WITHDRAWN
        detail = "neither a withdrawal nor an objection ends this: it rests on neither"
        bound = self._bound(subject, purpose)
        raise why_not(known, bound, detail, code=OTHER_BASIS)

    def _require_consent(
        self, subject: bytes, purpose: Purpose, fact: ConsentFactRow | None
    ) -> None:
        stops = stops_of(purpose, self._bound(subject, purpose.name))
        if Stop.WITHDRAWAL not in stops:
            detail, code = (
                "this purpose does not rest on consent",
                "consent.other_basis",
            )
            raise why_not(
                purpose, self._bound(subject, purpose.name), detail, code=code
            )
        objected = fact is not None and fact.state == ConsentWord.OBJECTED.code
        if objected and Stop.OBJECTION in stops:
            raise Conflict(
                "an objection holds off what does not rest on consent here",
                code="consent.objected",
                fix="take the objection back first, and then consent",
            )

    def _standing(
        self, session: ReadSession | WriteSession, fact: ConsentFactRow
    ) -> ConsentStatus:
        said = self._word(fact), self._event(session, fact)
        return self._stands(fact.subject, fact.purpose, said)

    def _unsaid(self, subject: bytes, purpose: str) -> ConsentStatus:
        return self._stands(subject, purpose, (ConsentWord.UNKNOWN, None))

    def _stands(
        self,
        subject: bytes,
        purpose: str,
        said: tuple[ConsentWord, ConsentEvent | None],
    ) -> ConsentStatus:
        known = self._purposes().by_name.get(purpose)
        return standing_of(purpose, known, self._bound(subject, purpose), said)

    def _ordered(
        self, session: WriteSession, row: ConsentEventRow
    ) -> Recorded[ConsentEvent]:
        said = self.say(session, row)
        if said.index is None:
            self._orders.confirm(session)
        else:
            kind, ceiling = f"{KIND}.{said.event.act}", {"purpose": said.event.purpose}
            self._orders.add(session, kind, ceiling, subject=said.event.subject)
        return said

    def shortens(self, fact: ConsentFactRow, until: int | None) -> bool:
        """Tell whether an end comes before that of a consent that stands."""
        if self._word(fact) is not ConsentWord.GRANTED or until is None:
            return False
        return fact.until is None or until < fact.until

    def _word(self, fact: ConsentFactRow) -> ConsentWord:
        return consent_word(fact.state, fact.until, self._now())

    def plain(self, act: ConsentAct, subject: bytes, purpose: str) -> ConsentEventRow:
        """Make the row of an event that needs no notice, not numbered yet."""
        return ConsentEventRow(
            subject=subject, seq=0, act=act.value, purpose=purpose, at=self._now()
        )

    def _event(
        self, session: ReadSession | WriteSession, fact: ConsentFactRow
    ) -> ConsentEvent:
        row = session.get_one(ConsentEventRow, (fact.subject, fact.seq))
        return event_of(row)

    def say(
        self, session: WriteSession, row: ConsentEventRow
    ) -> Recorded[ConsentEvent]:
        """Record and stamp an event, unless it is so already; leaves no order."""
        fact = session.get(ConsentFactRow, (row.subject, row.purpose))
        if fact is not None and self._says(session, fact, row):
            return Recorded(self._event(session, fact), None)
        row.seq = _last(session, row.subject) + 1
        session.add(row)
        said = session.merge(
            ConsentFactRow(
                subject=row.subject,
                purpose=row.purpose,
                state=STATE_AFTER[ConsentAct(row.act)].code,
                until=row.until,
                seq=row.seq,
            )
        )
        write_and_look(session, said)
        event = event_of(row)
        index = self._stamp(
            session,
            subject=row.subject,
            kind=KIND,
            content=event.content(),
            record=None,
        )
        return Recorded(event, index)

    def _says(
        self, session: WriteSession, fact: ConsentFactRow, row: ConsentEventRow
    ) -> bool:
        """Tell whether the fact, as it stands now, says what the new event would."""
        last = session.get_one(ConsentEventRow, (fact.subject, fact.seq))
        same = (last.act, last.until, last.notice_digest, last.language) == (
            row.act,
            row.until,
            row.notice_digest,
            row.language,
        )
        return same and self._word(fact) is not ConsentWord.EXPIRED


def _is_objectionable(purpose: Purpose, stops: frozenset[Stop]) -> bool:
    return Stop.OBJECTION in stops or (purpose.direct_marketing and bool(stops))


def _last(session: WriteSession, subject: bytes) -> int:
    newest = select(func.max(ConsentEventRow.seq)).where(
        col(ConsentEventRow.subject) == subject
    )
    return session.exec(newest).one() or 0
