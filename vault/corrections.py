"""Correcting what a customer was registered with: the region, and whether under age.

These words are weighed in every decision about the person, so a correction is a write
that the gate decides on twice: as things stand, and as they would stand. A word that
the policies do not know stands in nobody's way here: it is what is corrected.

It is declared as narrowing, and so leaves an order, whatever it comes to: of a person
who is elsewhere now, as of a change of the policies, nobody can say that more may be
done with their data, or less.
"""

from dataclasses import dataclass, replace
from typing import Final

from kit.db import WriteSession
from kit.errors import Fault, Invalid, NotFound
from ledger import kinds
from ledger.order_kinds import Store, declare_order, narrows
from ledger.ordering import Ordering
from vault._internal.classes import CustomerClass
from vault._internal.register import Register
from vault._internal.subjects import SqliteSubjects
from vault._internal.ticket import WriteTicket
from vault.acts import Acts, require_reason
from vault.question import Question
from vault.tickets import Tickets
from vault.vocabulary import Vocabulary

CORRECTED: Final = "customer.corrected"

kinds.declare(CORRECTED, kinds.EntryType.SUBJECT)
declare_order(CORRECTED, Store.DATA, sealed=True)
narrows(CORRECTED, CORRECTED)


@dataclass(frozen=True, slots=True)
class Correction:
    """What a registration is to say from now on; None stays as it is."""

    region: str | None = None
    minor: str | None = None

    def of(self, known: CustomerClass) -> CustomerClass:
        """Give what is known of a customer once it is corrected."""
        return replace(
            known,
            region=self.region or known.region,
            minor=self.minor or known.minor,
        )


class Corrections:
    """Corrects registrations."""

    def __init__(
        self,
        *,
        tickets: Tickets,
        subjects: SqliteSubjects,
        register: Register,
        acts: Acts,
        orders: Ordering,
        words: Vocabulary,
    ) -> None:
        self._tickets = tickets
        self._subjects = subjects
        self._register = register
        self._acts = acts
        self._orders = orders
        self._words = words

    def correct(
        self,
        question: Question,
        customer_id: str,
        correction: Correction,
        *,
        reason: str,
        office: bool = False,
    ) -> CustomerClass:
        """Correct a customer's region or minority; it binds the next read.

        `office` is for whoever looks after accounts by office, and is not asked whom
        they reach. What is so already is not corrected again.

        Raises:
            Invalid: nothing is to be corrected, the policies do not know the region,
                or there is no reason.
            NotFound: no such customer within the caller's reach.
            Refused: the policy says no.
            Unavailable: engine or access log cannot answer.

        """
        self._require(correction)
        reason, by = require_reason(reason), question.principal.name
        subject = self._register.resolve(customer_id)

        def ask() -> WriteTicket:
            return self._tickets.ask_to_correct(
                question, subject, correction.of, office=office
            )

        def work(ticket: WriteTicket) -> tuple[CustomerClass, list[bytes]]:
            with self._tickets.unit_of_work(ticket) as session:
                (whose,) = ticket.people
                self._orders.confirm(session)
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
        becomes = correction.of(known)
        if becomes != known:
            words = {"region": becomes.region, "minor": becomes.minor}
            was = {"region": known.region, "minor": known.minor}
            facts = {**words, "was": was, "reason": reason}
            self._acts.note(session, subject, CORRECTED, facts, by=by)
            self._subjects.set_class(session, subject, becomes)
            self._orders.add(session, CORRECTED, words, subject=subject)
        return becomes

    def _require(self, correction: Correction) -> None:
        if correction.region is not None:
            self._words.require_region(correction.region)
        if correction == Correction():
            raise Invalid(
                "nothing is to be corrected",
                faults=(Fault("", "name a region, or whether they are under age"),),
            )
