"""Tickets for writes: decided on a snapshot, on record, and checked where it counts.

A write goes: fresh snapshot → decision → durable event of the intent → ticket → unit of
work, whose first statements look whether all that was decided on still holds → second
event, which says what came of it. A withdrawal, a restriction or an erasure that is
committed in between makes the ticket void: nothing is written, and the gate is asked
again. It is never called inside a unit of work.

Absent, another's, erased and out of reach look the same here, too: `NotFound`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from kit.clock import Clock, unix
from kit.db import Database, WriteSession, in_write
from kit.errors import AllodError, Conflict
from kit.ids import new_id
from pdp.change.active import active_digest
from pdp.decision.question import Action, Kind, Reach
from vault._internal.classes import Classes, CustomerClass, RecordClass
from vault._internal.ports.people import PeopleStore
from vault._internal.ports.records import ReadContext
from vault._internal.ticket import WriteTicket, issue_ticket
from vault.audit.access_log import AccessLog
from vault.catalog.catalog import CUSTOMER, Catalog
from vault.gate.policies import Policies
from vault.gate.policy_input import registration
from vault.gate.question import NOBODY, Question, asked_of
from vault.orders.order_book import MirrorUnavailable
from vault.writes.weighing import Records, WeighingKey, joined, raise_alarm, weighs
from vault.writes.write_events import Intent, Outcome, Target, came_of, collections_of
from vault.writes.write_verdicts import (
    Weighed,
    WriteVerdict,
    WriteVerdicts,
    require_decided,
)

Done = TypeVar("Done")

TRIES: Final = 3
ABSENT: Final = WriteVerdict((), visible=False)
REGISTRATION: Final = RecordClass(CUSTOMER, ("identity",))


class TicketVoid(Exception):
    """What a ticket was given for is no longer so; nothing was written."""


@dataclass(frozen=True, slots=True)
class _Asking:
    """One question under way: what it is, who judges it, what the SQL is told."""

    intent: Intent
    verdicts: WriteVerdicts
    asked: ReadContext

    def ticket(
        self,
        collection: str,
        persons: Mapping[bytes, int],
        records: Records | None = None,
        unit: str | None = None,
    ) -> WriteTicket:
        """Mint the ticket of what was allowed."""
        return issue_ticket(
            decision_id=self.intent.decision_id,
            question=self.intent.question,
            asked=self.asked,
            revision=self.intent.revision,
            collection=collection,
            people=persons,
            records=records or {},
            unit=unit,
        )


class Tickets:
    """Decides about writes, and gives the tickets without which nothing is written."""

    def __init__(
        self,
        *,
        database: Database,
        people: PeopleStore,
        classes: Classes,
        catalog: Catalog,
        policies: Policies,
        log: AccessLog,
        clock: Clock,
    ) -> None:
        self._database = database
        self._people = people
        self._classes = classes
        self._catalog = catalog
        self._policies = policies
        self._log = log
        self._clock = clock

    def ask_one(self, question: Question, target: Target) -> WriteTicket:
        """Decide about one write.

        Raises:
            NotFound: nobody, or nothing, by that name within the caller's reach.
            Refused: the policy, or what stands in code, says no.
            Invalid: unknown purpose.
            Unavailable: engine or access log cannot answer.

        """
        ticket, (error,) = self.ask(question, [target])
        if error is not None:
            raise error
        return ticket

    def ask(
        self, question: Question, targets: Sequence[Target]
    ) -> tuple[WriteTicket, list[AllodError | None]]:
        """Decide about many writes at once: one ticket, and what keeps each from it.

        Raises:
            Invalid: unknown purpose.
            Unavailable: engine or access log cannot answer, whatever is to be written.

        """
        asking = self._begin(question, asked_of(question, unix(self._clock.now())))
        subjects = sorted({each.subject for each in targets if each.subject})
        persons = self._people.persons(asking.asked, subjects)
        records = self._records(asking.asked, targets)
        verdicts = self._judged(asking, targets, persons, records)
        self._log_now(asking, targets, verdicts)
        allowed = {
            target.subject
            for target, verdict in zip(targets, verdicts, strict=True)
            if verdict.allowed
        }
        ticket = asking.ticket(
            collections_of(targets),
            {each: k for each, k in persons.items() if each in allowed},
            {each: k for each, k in records.items() if each[0] in allowed},
        )
        decision_id = asking.intent.decision_id
        require_decided(verdicts, decision_id)
        return ticket, [verdict.error(decision_id) for verdict in verdicts]

    def ask_about(self, question: Question, subject: bytes | None) -> WriteTicket:
        """Decide about what somebody does by office about a customer, or looks at.

        Whoever arranges who reaches whom is not asked whom they reach: a scope that
        their token carries by name, and the purpose's roles, say that they may.

        Raises:
            NotFound: no such customer.
            Refused: the policy says no.
            Unavailable: engine or access log cannot answer.

        """
        now = unix(self._clock.now())
        asked = ReadContext(question.purpose, now, Reach.IN_SCOPE.value)
        asking = self._begin(question, asked, office=True)
        persons = self._people.persons(asked, [subject or NOBODY])
        targets = [Target(subject, REGISTRATION)]
        verdicts = self._judged(asking, targets, persons, {})
        self._require(asking, targets, verdicts)
        return asking.ticket(CUSTOMER, persons)

    def ask_to_register(
        self, question: Question, wanted: Sequence[tuple[str, str]], unit: str | None
    ) -> tuple[WriteTicket, list[AllodError | None]]:
        """Decide about making people known, each of a region and a minority.

        Gives one ticket, and what keeps each from it: `NotFound` for a unit that is not
        there or not the caller's, or the policies' `Refused`.

        Raises:
            Unavailable: engine or access log cannot answer.

        """
        asking = self._begin(question, asked_of(question, unix(self._clock.now())))
        reach = self._reach_into(asking, unit)
        basis = self._catalog.basis_for(CUSTOMER, question.purpose)
        resources = [registration(reach, *each, basis) for each in wanted]
        said = asking.verdicts.of_resources(resources)
        visible = reach is not Reach.NONE
        verdicts = [WriteVerdict(said[each], visible) for each in resources]
        self._log_now(asking, [Target(None, REGISTRATION)] * len(verdicts), verdicts)
        decision_id = asking.intent.decision_id
        require_decided(verdicts, decision_id)
        into = unit if asking.asked.staff is not None else None
        ticket = asking.ticket(CUSTOMER, {}, unit=into)
        return ticket, [verdict.error(decision_id) for verdict in verdicts]

    def ask_to_correct(
        self,
        question: Question,
        subject: bytes | None,
        corrected: Callable[[CustomerClass], CustomerClass],
        *,
        office: bool,
    ) -> WriteTicket:
        """Decide about correcting what is known of somebody, before and after.

        Words that the policies do not know are there to be corrected: they are not
        weighed. `office` is for whoever is not asked whom they reach (`ask_about`).

        Raises:
            NotFound: no such customer within the caller's reach.
            Refused: the policy says no.
            Unavailable: engine or access log cannot answer.

        """
        question = replace(question, action=Action.WRITE)
        now = unix(self._clock.now())
        office_asks = ReadContext(question.purpose, now, Reach.IN_SCOPE.value)
        asked = office_asks if office else asked_of(question, now)
        asking = self._begin(question, asked, office=True)
        persons = self._people.persons(asked, [subject or NOBODY])
        verdicts = [ABSENT]
        for person in persons.values():
            was = self._classes.unpack_new(person, REGISTRATION, contributed=False)
            becomes = replace(was, customer=corrected(was.customer))
            before, after = asking.verdicts.of([Weighed(was), Weighed(becomes)])
            raise_alarm([after])
            verdicts = [after if before.undecidable else joined([before, after])]
        self._require(asking, [Target(subject, REGISTRATION)], verdicts)
        return asking.ticket(CUSTOMER, persons)

    def check(self, ticket: WriteTicket, session: WriteSession, now: int) -> None:
        """Look, inside a unit of work, whether all that was decided on still holds.

        Raises:
            TicketVoid: it does not; write nothing, and ask again.

        """
        asked = replace(ticket.asked, now=now)
        active = active_digest(session)
        if not ticket.live or active != ticket.revision:
            raise TicketVoid
        if self._people.persons(asked, list(ticket.people), session) != ticket.people:
            raise TicketVoid
        for (subject, wanted), k in ticket.records.items():
            if self._people.record(asked, subject, wanted, session) != k:
                raise TicketVoid
        staff, unit = str(asked.staff), ticket.unit
        if unit is not None and not self._people.holds(staff, unit, now, session):
            raise TicketVoid

    @contextmanager
    def unit_of_work(self, ticket: WriteTicket) -> Iterator[WriteSession]:
        """Open a unit of work whose first statements check the ticket.

        Raises:
            TicketVoid: what it was given for is no longer so.

        """
        with self._database.write() as session:
            self.check(ticket, session, unix(self._clock.now()))
            yield session

    def spend(
        self,
        ask: Callable[[], WriteTicket],
        work: Callable[[WriteTicket], tuple[Done, Sequence[bytes]]],
    ) -> Done:
        """Ask, work, and say what came of it; ask again where the ticket was void.

        `work` gives what it did, and the subjects about whom.

        Raises:
            Conflict: it was void three times.

        """
        for _ in range(TRIES):
            ticket = ask()
            try:
                done, subjects = work(ticket)
            except TicketVoid:
                self.tell(ticket, "failed")
                continue
            except MirrorUnavailable as error:
                self.tell(ticket, "written" if error.in_force else "failed")
                raise
            except BaseException:
                self.tell(ticket, "failed")
                raise
            self.tell(ticket, "written", subjects)
            return done
        raise Conflict(
            "what was decided on has changed while this was to be written",
            code="write.contended",
            fix="send it again in a moment",
        )

    def tell(
        self,
        ticket: WriteTicket,
        outcome: Outcome,
        subjects: Sequence[bytes] | None = None,
    ) -> None:
        """Say in the access log what came of an intent; nobody waits for it."""
        whose = list(ticket.people) if subjects is None else subjects
        for event in came_of(ticket, outcome, whose):
            self._log.note(event)

    def on_record(self, question: Question, subject: bytes) -> None:
        """Put on record, durably, what a person's own right has an operator do.

        It is not decided: no policy stands between people and their rights.

        Raises:
            Unavailable: the access log cannot be written.

        """
        intent = Intent(question, self._policies.current.pdp.revision, new_id())
        target = Target(subject, REGISTRATION)
        verdict = WriteVerdict((), visible=True)
        for event in intent.events([target], [verdict], "intended"):
            self._log.append(event)

    def _begin(
        self, question: Question, asked: ReadContext, *, office: bool = False
    ) -> _Asking:
        if in_write():
            raise RuntimeError("the gate is not called inside a unit of work")
        if not office:
            question = replace(question, action=Action.WRITE)
        verdicts = WriteVerdicts(question, self._policies, self._catalog, office=office)
        return _Asking(Intent(question, verdicts.revision, new_id()), verdicts, asked)

    def _records(self, asked: ReadContext, targets: Sequence[Target]) -> Records:
        return {
            (each.subject, each.record): k
            for each in targets
            if each.subject and each.record
            if (k := self._people.record(asked, each.subject, each.record)) is not None
        }

    def _judged(
        self,
        asking: _Asking,
        targets: Sequence[Target],
        persons: Mapping[bytes, int],
        records: Records,
    ) -> list[WriteVerdict]:
        """Judge each target: its values as a new record, and the record it replaces."""
        keys = [weighs(each, persons, records) for each in targets]
        rows = {key: self._weighed(key) for key in dict.fromkeys(keys) if key}
        distinct = list(dict.fromkeys(each for row in rows.values() for each in row))
        found = dict(zip(distinct, asking.verdicts.of(distinct), strict=True))
        raise_alarm(found.values())
        whole = {key: joined([found[k] for k in row]) for key, row in rows.items()}
        return [ABSENT if key is None else whole[key] for key in keys]

    def _weighed(self, key: WeighingKey) -> tuple[Weighed, ...]:
        new = self._classes.unpack_new(
            key.person, key.known, contributed=key.contributed
        )
        if key.there is None:
            return (Weighed(new),)
        there = self._classes.unpack(key.there)
        return Weighed(new), Weighed(there, changes=True)

    def _reach_into(self, asking: _Asking, unit: str | None) -> Reach:
        asked = asking.asked
        if asking.intent.question.principal.kind is Kind.SERVICE:
            return Reach.IN_SCOPE
        if asked.staff is None or unit is None:
            return Reach.NONE
        held = self._people.holds(asked.staff, unit, asked.now)
        return Reach.IN_SCOPE if held else Reach.NONE

    def _require(
        self,
        asking: _Asking,
        targets: Sequence[Target],
        verdicts: Sequence[WriteVerdict],
    ) -> None:
        self._log_now(asking, targets, verdicts)
        for verdict in verdicts:
            error = verdict.error(asking.intent.decision_id)
            if error is not None:
                raise error

    def _log_now(
        self,
        asking: _Asking,
        targets: Sequence[Target],
        verdicts: Sequence[WriteVerdict],
    ) -> None:
        writes = asking.intent.question.action == Action.WRITE
        outcome = "intended" if writes else "shown"
        waits = [
            self._log.submit(event)
            for event in asking.intent.events(targets, verdicts, outcome)
        ]
        for wait in waits:
            wait.result()
