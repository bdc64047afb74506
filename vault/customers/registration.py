"""Registration: making people known, by leave of the gate.

It is decided as a write on collection `customer`: services reach everybody whom they
may make known, a member of staff registers into a unit that they hold, and reaches
whoever is placed there. Keys and the customer id come first (identity store), then the
subject: a crash in between leaves a key that leads nowhere, and the id is found again.

Who was erased comes back by an act of its own, with a reason, which is stamped as the
first entry of the new subject's chain.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from kit.db import WriteSession
from kit.errors import AllodError, Conflict, Fault, Invalid, NotFound, Refused
from ledger.formats import entry_kinds
from ledger.formats.order_kinds import neither
from pdp.decision.question import Kind
from vault._internal.admission import Alike, RegisteredSubject
from vault._internal.classes import CustomerClass
from vault._internal.customer_registry import Register
from vault._internal.identifiers import customer_name, require_new
from vault._internal.ports.organisation import UnitStore
from vault._internal.ports.people import PeopleStore
from vault._internal.ports.subjects import SubjectStore
from vault._internal.ticket import WriteTicket
from vault.customers.births import Births
from vault.gate.question import Question
from vault.gate.vocabulary import Vocabulary
from vault.intake.lots import lots
from vault.organisation.organisation import PLACED
from vault.organisation.staff_actions import Acts, require_reason
from vault.writes.in_use import InUse
from vault.writes.tickets import Tickets

READMITTED: Final = "customer.readmitted"

entry_kinds.declare(READMITTED, entry_kinds.EntryType.SUBJECT)
# Coming back is permitted, like a grant: it may be lost with a copy.
neither(READMITTED)


class NewCustomer(NamedTuple):
    """Who is to be made known, and how.

    `minor` is what is stated; with a birth date it follows from that
    (`vault.customers.births`). `unit` is where a member of staff registers them;
    `readmit` is the reason for which somebody who was erased comes back.
    """

    customer_id: str
    region: str
    minor: str = "unknown"
    unit: str | None = None
    readmit: str | None = None
    birth_date: str | None = None


class Registrar:
    """Makes customers known."""

    def __init__(
        self,
        *,
        tickets: Tickets,
        in_use: InUse,
        subjects: SubjectStore,
        people: PeopleStore,
        register: Register,
        org: UnitStore,
        acts: Acts,
        words: Vocabulary,
        births: Births,
    ) -> None:
        self._tickets = tickets
        self._in_use = in_use
        self._subjects = subjects
        self._people = people
        self._register = register
        self._org = org
        self._acts = acts
        self._words = words
        self._births = births

    def register(self, question: Question, new: NewCustomer) -> bool:
        """Make a customer known: subject, key, row. False if they were known already.

        Raises:
            Invalid: nobody can have this id, the policies do not know the region,
                nobody alive was born on that day, a member of staff names no unit, or
                there is no reason.
            NotFound: the unit is not there, or not the caller's.
            Refused: the policy says no.
            Conflict: `customer.unavailable`: the id is in use beyond the caller's
                reach, or was erased and `readmit` does not say why it comes back.
            TooMany: the caller was told so too often.

        """
        self._check(question, new)
        self._in_use.require_few(question.principal)

        def work(ticket: WriteTicket) -> tuple[bool, list[bytes]]:
            with self._tickets.unit_of_work(ticket) as session:
                if self._nowhere(session, new):
                    raise NotFound
                registered = self._admitted(session, ticket, new)
                if registered.created:
                    self._settle(session, question, new, registered)
                else:
                    self._add(session, registered.subject, new)
            return registered.created, [registered.subject]

        return self._tickets.spend(lambda: self._ask(question, new), work)

    def known(self, customer_ids: Iterable[str]) -> dict[str, bytes]:
        """Give the subjects of those of some customers who are known."""
        found = self._register.resolve_many(set(customer_ids))
        there = self._subjects.known(found.values())
        return {name: each for name, each in found.items() if each in there}

    def register_many(
        self,
        question: Question,
        news: Iterable[NewCustomer],
        *,
        told: Callable[[WriteSession, int], None] = lambda *_: None,
    ) -> dict[str, bytes | AllodError]:
        """Make many known, for a service; gives each subject, or why there is none.

        Who is known already is not registered again, and nothing is asked for them.
        `told` runs in the same unit of work, and is told how many are new.

        Raises:
            Invalid: nobody alive was born on one of those days.
            Refused: the policy says no, about one of them at least.
            Unavailable: engine or access log cannot answer.

        """
        wanted = {each.customer_id: each for each in news}
        found = self.known(wanted)
        missing = {name: new for name, new in wanted.items() if name not in found}
        if not missing:
            return {**found}

        def work(
            ticket: WriteTicket,
        ) -> tuple[dict[str, bytes | AllodError], list[bytes]]:
            with self._tickets.unit_of_work(ticket) as session:
                outcome = self._register.register_many(missing)
                pairs = [(n, s) for n, s in outcome.items() if isinstance(s, bytes)]
                added = [self._add(session, s, missing[n]) for n, s in pairs]
                told(session, sum(added))
            return outcome, [subject for _, subject in pairs]

        def ask() -> WriteTicket:
            return self._ask(question, *missing.values())

        return {**found} | self._tickets.spend(ask, work)

    def register_each(
        self, question: Question, wanted: Sequence[NewCustomer]
    ) -> list[bool | AllodError]:
        """Make many known, in lots, all into the unit of the first if staff do it.

        Tells of each, in its place, whether they are new, or what keeps them out, as
        `register` would. None of them comes back from an erasure: that is done one by
        one, with a reason.

        Raises:
            TooMany: the caller was told too often that an id is in use.
            Unavailable: engine or access log cannot answer; nobody after is registered.

        """
        self._in_use.require_few(question.principal)
        return [
            outcome
            for lot in lots(wanted, lambda each: each.customer_id)
            for outcome in self._register_lot(question, lot)
        ]

    def _register_lot(
        self, question: Question, lot: Sequence[NewCustomer]
    ) -> list[bool | AllodError]:
        faults = [self._fault(question, new) for new in lot]
        fit = [new for new, fault in zip(lot, faults, strict=True) if fault is None]
        outcomes = iter(self._register_fit(question, fit) if fit else [])
        return [next(outcomes) if fault is None else fault for fault in faults]

    def _register_fit(
        self, question: Question, lot: Sequence[NewCustomer]
    ) -> list[bool | AllodError]:
        kept_out: list[AllodError | None] = []

        def ask() -> WriteTicket:
            kinds = [(each.region, self._minor(each)) for each in lot]
            ticket, errors = self._tickets.ask_to_register(question, kinds, lot[0].unit)
            kept_out[:] = errors
            return ticket

        def work(ticket: WriteTicket) -> tuple[list[bool | AllodError], list[bytes]]:
            pairs = list(zip(lot, kept_out, strict=True))
            allowed = [new for new, error in pairs if error is None]
            subjects: list[bytes] = []
            done: list[bool | AllodError] = []
            if allowed:
                with self._tickets.unit_of_work(ticket) as session:
                    done = self._made_known(session, ticket, allowed, subjects)
            said = iter(done)
            outcome = [next(said) if error is None else error for _, error in pairs]
            return outcome, subjects

        return self._tickets.spend(ask, work)

    def _made_known(
        self,
        session: WriteSession,
        ticket: WriteTicket,
        wanted: Sequence[NewCustomer],
        subjects: list[bytes],
    ) -> list[bool | AllodError]:
        """Register as many at a time as may turn out to be in use; gives whose it is.

        Whoever was told so too often is told nothing about the rest.
        """
        if self._nowhere(session, wanted[0]):
            return [NotFound() for _ in wanted]
        outcome: list[bool | AllodError] = []
        while len(outcome) < len(wanted):
            full = self._in_use.too_many(ticket.question.principal)
            if full is not None:
                return outcome + [full] * (len(wanted) - len(outcome))
            few = self._in_use.left(ticket.question.principal)
            some = wanted[len(outcome) : len(outcome) + few]
            ids = [each.customer_id for each in some]
            before = self._register.resolve_many(ids)
            made = self._register.register_many(ids)
            for new in some:
                found = made[new.customer_id]
                # An id may stand here twice, in one spelling or in two.
                fresh = new.customer_id not in before and found not in subjects
                said = self._answered(session, ticket, new, found, fresh=fresh)
                outcome.append(said)
                if isinstance(found, bytes) and isinstance(said, bool):
                    subjects.append(found)
        return outcome

    def _answered(
        self,
        session: WriteSession,
        ticket: WriteTicket,
        new: NewCustomer,
        found: bytes | AllodError,
        *,
        fresh: bool,
    ) -> bool | AllodError:
        if isinstance(found, Alike):
            return self._alike(session, ticket, found)
        if isinstance(
            found, AllodError
        ):  # `fence.erased`: what is no id never comes here
            return self._in_use.answer(ticket, None)
        if fresh:
            registered = RegisteredSubject(found, created=True)
            self._settle(session, ticket.question, new, registered)
            return True
        if not self._people.reached(session, ticket.asked, found):
            return self._in_use.answer(ticket, found)
        self._add(session, found, new)
        return False

    def _fault(self, question: Question, new: NewCustomer) -> AllodError | None:
        try:
            self._check(question, new)
        except AllodError as error:
            return error
        return None

    def _check(self, question: Question, new: NewCustomer) -> None:
        require_new(customer_name(new.customer_id))
        self._words.require_region(new.region)
        self._births.said(new.birth_date, new.minor)
        if new.readmit is not None:
            require_reason(new.readmit)
        if question.principal.kind is Kind.STAFF and new.unit is None:
            raise Invalid(
                "a member of staff registers into a unit",
                faults=(Fault("/unit", "is required for staff"),),
                fix="name a unit that you hold",
            )

    def _ask(self, question: Question, *news: NewCustomer) -> WriteTicket:
        kinds = sorted({(each.region, self._minor(each)) for each in news})
        unit = news[0].unit
        ticket, errors = self._tickets.ask_to_register(question, kinds, unit)
        for error in errors:
            if error is not None:
                raise error
        return ticket

    def _minor(self, new: NewCustomer) -> str:
        return self._births.minor(new.region, new.minor, new.birth_date)

    def _admitted(
        self, session: WriteSession, ticket: WriteTicket, new: NewCustomer
    ) -> RegisteredSubject:
        again = new.readmit is not None
        try:
            registered = self._register.register(new.customer_id, again=again)
        except Refused:
            raise self._in_use.answer(ticket, None) from None
        except Alike as alike:
            raise self._alike(session, ticket, alike) from None
        subject = registered.subject
        if not registered.created and not self._people.reached(
            session, ticket.asked, subject
        ):
            raise self._in_use.answer(ticket, subject)
        return registered

    def _alike(
        self, session: WriteSession, ticket: WriteTicket, alike: Alike
    ) -> Conflict:
        if self._people.reached(session, ticket.asked, alike.holder):
            return alike
        return self._in_use.answer(ticket, alike.holder)

    def _settle(
        self,
        session: WriteSession,
        question: Question,
        new: NewCustomer,
        registered: RegisteredSubject,
    ) -> None:
        subject, by = registered.subject, question.principal.name
        self._add(session, subject, new)
        if registered.lifted:
            facts = {"reason": require_reason(new.readmit or "")}
            self._acts.note(session, subject, READMITTED, facts, by=by)
        if new.unit is not None:
            self._org.place(session, subject, new.unit)
            self._acts.note(session, subject, PLACED, {"unit": new.unit}, by=by)

    def _nowhere(self, session: WriteSession, new: NewCustomer) -> bool:
        """Tell whether the unit is not there; asked before the id is taken for it."""
        return new.unit is not None and self._org.unit(session, new.unit) is None

    def _add(self, session: WriteSession, subject: bytes, new: NewCustomer) -> bool:
        """Keep who is new; one that is known already stays as they are: False."""
        known = CustomerClass(new.region, "active", self._minor(new))
        birth = self._births.said(new.birth_date, new.minor)
        added = self._subjects.add(session, subject, known)
        if added and birth is not None:
            self._births.put(session, subject, birth)
        return added
