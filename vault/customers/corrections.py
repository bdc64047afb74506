"""Correcting what a customer was registered with: region, minority, date of birth.

These words are weighed in every decision about the person, so a correction is a write
that the gate decides on twice: as things stand, and as they would stand. A word that
the policies do not know stands in nobody's way here: it is what is corrected.

With a birth date, whether they are under age follows from it
(`vault.customers.births`), by the law of the region that they are corrected to.

It is declared as narrowing, and so leaves an order, whatever it comes to: of a person
who is elsewhere now, as of a change of the policies, nobody can say that more may be
done with their data, or less.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from kit.db import WriteSession
from kit.errors import Fault, Invalid, NotFound
from ledger.formats import entry_kinds
from ledger.formats.order_kinds import StoreName, declare_order, narrows
from ledger.ports import Ordering, Replayer, required
from vault._internal.classes import CustomerClass
from vault._internal.customer_registry import Register
from vault._internal.ports.subjects import SubjectStore
from vault._internal.ticket import WriteTicket
from vault.customers.births import Birth, Births, read_birth
from vault.gate.question import Question
from vault.gate.vocabulary import Vocabulary
from vault.orders.ceilings import BY, REASON
from vault.organisation.staff_actions import Acts, require_reason
from vault.writes.tickets import Tickets, TicketVoid

CORRECTED: Final = "customer.corrected"

entry_kinds.declare(CORRECTED, entry_kinds.EntryType.SUBJECT)
declare_order(CORRECTED, StoreName.DATA, sealed=True)
narrows(CORRECTED, CORRECTED)


@dataclass(frozen=True, slots=True)
class Correction:
    """What a registration is to say from now on; None stays as it is."""

    region: str | None = None
    minor: str | None = None
    birth_date: str | None = None


class Corrections:
    """Corrects registrations."""

    def __init__(
        self,
        *,
        tickets: Tickets,
        subjects: SubjectStore,
        register: Register,
        acts: Acts,
        orders: Ordering,
        words: Vocabulary,
        births: Births,
    ) -> None:
        self._tickets = tickets
        self._subjects = subjects
        self._register = register
        self._acts = acts
        self._orders = orders
        self._words = words
        self._births = births

    def correct(
        self,
        question: Question,
        customer_id: str,
        correction: Correction,
        *,
        reason: str,
        office: bool = False,
    ) -> CustomerClass:
        """Correct region, minority or date of birth; it binds the next read.

        `office` is for whoever looks after accounts by office, and is not asked whom
        they reach. What is so already is not corrected again.

        Raises:
            Invalid: nothing is to be corrected, the policies do not know the region,
                nobody alive was born on that day, or there is no reason.
            NotFound: no such customer within the caller's reach.
            Refused: the policy says no.
            Unavailable: engine or access log cannot answer.

        """
        self._require(correction)
        reason, by = require_reason(reason), question.principal.name
        subject = self._register.resolve(customer_id)

        kept: Birth | None = None

        def ask() -> WriteTicket:
            nonlocal kept
            kept = None if subject is None else self._kept(subject)

            def becomes(known: CustomerClass) -> CustomerClass:
                return self._becomes(correction, known, kept)[0]

            return self._tickets.ask_to_correct(
                question, subject, becomes, office=office
            )

        def work(ticket: WriteTicket) -> tuple[CustomerClass, list[bytes]]:
            with self._tickets.unit_of_work(ticket) as session:
                (whose,) = ticket.people
                self._orders.confirm(session)
                if self._kept(whose, session) != kept:
                    raise TicketVoid
                becomes = self._correct(session, whose, correction, reason, by)
            return becomes, [whose]

        return self._tickets.spend(ask, work)

    def _correct(
        self,
        session: WriteSession,
        subject: bytes,
        correction: Correction,
        reason: str,
        by: str,
    ) -> CustomerClass:
        known = self._subjects.class_of(subject, session)
        if known is None:
            raise NotFound
        kept = self._kept(subject, session)
        becomes, birth = self._becomes(correction, known, kept)
        if (becomes, birth) != (known, kept):
            facts = facts_of(known, becomes, reason)
            if birth is not None:
                facts |= {"birth_date": birth.day.isoformat()}
                self._births.put(session, subject, birth)
            self._acts.note(session, subject, CORRECTED, facts, by=by)
            self._subjects.set_class(session, subject, becomes)
            result = ordered(becomes, birth)
            self._orders.add(session, CORRECTED, result, subject=subject)
        return becomes

    def _kept(
        self, subject: bytes, session: WriteSession | None = None
    ) -> Birth | None:
        """Give what is kept of a birth; what does not open is there to be corrected."""
        if not self._births.readable(subject):
            return None
        return self._births.of(subject, session)

    def _becomes(
        self, correction: Correction, known: CustomerClass, kept: Birth | None
    ) -> tuple[CustomerClass, Birth | None]:
        """Say what is known of a customer once it is corrected."""
        region = correction.region or known.region
        stated = correction.minor or (kept.stated if kept else known.minor)
        birth = self._births.said(correction.birth_date, stated)
        if birth is None and kept is not None:
            birth = replace(kept, stated=stated)
        minor = stated if birth is None else self._births.word(region, birth)
        return replace(known, region=region, minor=minor), birth

    def replayers(self) -> dict[str, Replayer]:
        """Give what brings such an order back, after a restore."""
        return {CORRECTED: self._corrected_again}

    def _corrected_again(
        self, session: WriteSession, subject: bytes | None, result: Mapping[str, Any]
    ) -> None:
        subject = required(subject)
        known = self._subjects.class_of(subject, session)
        if known is None or known.state == "erased":
            return
        if "birth" in result:
            self._births.put(session, subject, read_birth(result["birth"]))
        becomes = replace(known, region=result["region"], minor=result["minor"])
        if becomes != known:
            facts = facts_of(known, becomes, REASON)
            self._acts.note(session, subject, CORRECTED, facts, by=BY)
            self._subjects.set_class(session, subject, becomes)

    def _require(self, correction: Correction) -> None:
        if correction.region is not None:
            self._words.require_region(correction.region)
        if correction.birth_date is not None:
            self._births.day(correction.birth_date)
        if correction == Correction():
            raise Invalid(
                "nothing is to be corrected",
                faults=(Fault("", "name a region, a date of birth, or a minority"),),
            )


def facts_of(
    known: CustomerClass, becomes: CustomerClass, reason: str
) -> dict[str, Any]:
    """Say in an act what somebody is registered with now, what before, and why."""
    was = {"region": known.region, "minor": known.minor}
    words = {"region": becomes.region, "minor": becomes.minor}
    return {**words, "was": was, "reason": reason}


def ordered(becomes: CustomerClass, birth: Birth | None) -> dict[str, Any]:
    """Say in an order what has to hold again after a restore."""
    words = {"region": becomes.region, "minor": becomes.minor}
    return words if birth is None else {**words, "birth": birth.document()}
