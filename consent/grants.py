"""Give consent, take it back, object; and the history of all three.

What a person says becomes an event that is never rewritten, stamped in the ledger in
the same unit of work, and a fact that the gate reads. Withdrawing asks for less than
granting (GDPR Art. 7(3)): no notice, and a purpose that has since left the policy
tables can still be withdrawn from. Saying again what is already so adds no event, so
that a retried call is harmless.

Every purpose is denied until granted. An objection (Art. 21) outweighs a withdrawal;
a later grant, being a fresh and explicit act, ends it. Whether the subject exists is
for the caller to know: here it is a number.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import func
from sqlmodel import col, select

from consent._rows import ConsentEventRow, ConsentFactRow
from consent.facts import ConsentWord, consent_word
from consent.notices import Notices
from consent.purposes import CurrentPurposes, Purpose
from consent.said import Said
from kit.canonical import canonical
from kit.clock import Clock, from_unix, iso, unix
from kit.db import ReadSession, WriteSession, write_and_look
from kit.errors import Fault, Invalid
from ledger.order_kinds import Store, declare_order, narrows
from ledger.ordering import Ordering
from ledger.stamp import Stamp

KIND: Final = "consent"
WITHDRAWN: Final = "consent.withdrawn"
OBJECTED: Final = "consent.objected"
SHORTENED: Final = "consent.shortened"

for _order in (WITHDRAWN, OBJECTED, SHORTENED):
    declare_order(_order, Store.DATA, sealed=True)
narrows("consent:withdrawn", WITHDRAWN)
narrows("consent:objected", OBJECTED)
# Giving consent opens, but for a sooner end than the one before it shortens.
narrows("consent:granted", SHORTENED)


class ConsentAct(StrEnum):
    """What a person can say about a purpose."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    OBJECTED = "objected"


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """Something a person said about one purpose, at one instant."""

    subject: bytes = field(repr=False)
    seq: int
    act: ConsentAct
    purpose: str
    at: datetime
    notice_version: int | None = None
    language: str | None = None
    notice_digest: bytes | None = None
    until: datetime | None = None

    def content(self) -> bytes:
        """Give the canonical JSON that the ledger's entry commits to."""
        return canonical(
            {
                "v": 1,
                "act": self.act.value,
                "at": iso(self.at),
                "language": self.language,
                "notice_sha256": self.notice_digest and self.notice_digest.hex(),
                "notice_version": self.notice_version,
                "purpose": self.purpose,
                "seq": self.seq,
                "until": self.until and iso(self.until),
            }
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one purpose stands for one person, and the event that put it there."""

    purpose: str
    state: ConsentWord
    event: ConsentEvent


class Grants:
    """The consents of all subjects."""

    def __init__(
        self,
        purposes: CurrentPurposes,
        notices: Notices,
        stamp: Stamp,
        orders: Ordering,
        clock: Clock,
    ) -> None:
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
    ) -> Said[ConsentEvent]:
        """Record that a person, shown this notice, consents; `until` is exclusive.

        Raises:
            Invalid: unknown purpose, one that does not rest on consent, a notice
                that was never published, or an end that is not in the future.
            Conflict: the notice is not the current one.

        """
        _require_consent(self._purposes().get(purpose))
        notice = self._notices.shown(
            session, purpose, version=notice_version, language=language
        )
        now, end = self._now(), None if until is None else unix(until)
        if end is not None and end <= now:
            raise Invalid(
                "the consent would have ended before it began",
                faults=(Fault("/until", "give an instant in the future"),),
            )
        fact = session.get(ConsentFactRow, (subject, purpose))
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
    ) -> Said[ConsentEvent]:
        """Record that a person does not, or no longer, consent.

        Raises:
            Invalid: the purpose is unknown or does not rest on consent, and nothing
                was ever said about it.

        """
        fact = session.get(ConsentFactRow, (subject, purpose))
        if fact is None:
            _require_consent(self._purposes().get(purpose))
        elif fact.state == ConsentWord.OBJECTED.code:
            self._orders.confirm(session)
            return Said(self._event(session, fact), None)
        said = self.say(session, self.plain(ConsentAct.WITHDRAWN, subject, purpose))
        return self._ordered(session, WITHDRAWN, said)

    def object_(
        self, session: WriteSession, subject: bytes, purpose: str
    ) -> Said[ConsentEvent]:
        """Record that a person objects to a purpose (GDPR Art. 21).

        Raises:
            Invalid: unknown purpose, or one that rests on a ground to which nobody
                can object.

        """
        if not self._purposes().get(purpose).open_to_objection:
            raise Invalid(
                "this purpose rests on a ground that cannot be objected to",
                code="consent.no_objection",
                fix="see the purpose's article; erasure may be what is wanted",
            )
        said = self.say(session, self.plain(ConsentAct.OBJECTED, subject, purpose))
        return self._ordered(session, OBJECTED, said)

    def state(
        self, session: ReadSession | WriteSession, subject: bytes, purpose: str
    ) -> ConsentWord:
        """Tell where a purpose stands now; unknown when nothing was ever said."""
        fact = session.get(ConsentFactRow, (subject, purpose))
        return ConsentWord.UNKNOWN if fact is None else self._word(fact)

    def standings(
        self, session: ReadSession | WriteSession, subject: bytes
    ) -> tuple[Standing, ...]:
        """List where each purpose stands that the person said anything about."""
        rows = session.exec(
            select(ConsentFactRow)
            .where(col(ConsentFactRow.subject) == subject)
            .order_by(col(ConsentFactRow.purpose))
        )
        return tuple(
            Standing(row.purpose, self._word(row), self._event(session, row))
            for row in rows
        )

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

    def _ordered(
        self, session: WriteSession, kind: str, said: Said[ConsentEvent]
    ) -> Said[ConsentEvent]:
        if said.index is None:
            self._orders.confirm(session)
        else:
            event = said.event
            ceiling = {"purpose": event.purpose}
            self._orders.add(session, kind, ceiling, subject=event.subject)
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

    def say(self, session: WriteSession, row: ConsentEventRow) -> Said[ConsentEvent]:
        """Record and stamp an event, unless it is so already; leaves no order."""
        fact = session.get(ConsentFactRow, (row.subject, row.purpose))
        if fact is not None and self._says(session, fact, row):
            return Said(self._event(session, fact), None)
        row.seq = _last(session, row.subject) + 1
        session.add(row)
        said = session.merge(
            ConsentFactRow(
                subject=row.subject,
                purpose=row.purpose,
                state=ConsentWord(row.act).code,
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
        return Said(event, index)

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


def _require_consent(purpose: Purpose) -> None:
    if not purpose.by_consent:
        raise Invalid(
            "this purpose does not rest on consent",
            code="consent.other_basis",
            fix="do not ask for consent where another ground applies",
        )


def _last(session: WriteSession, subject: bytes) -> int:
    newest = select(func.max(ConsentEventRow.seq)).where(
        col(ConsentEventRow.subject) == subject
    )
    return session.exec(newest).one() or 0


def event_of(row: ConsentEventRow) -> ConsentEvent:
    """Turn an event's row into the event."""
    return ConsentEvent(
        subject=row.subject,
        seq=row.seq,
        act=ConsentAct(row.act),
        purpose=row.purpose,
        at=from_unix(row.at),
        notice_version=row.notice_version,
        language=row.language,
        notice_digest=row.notice_digest,
        until=None if row.until is None else from_unix(row.until),
    )
