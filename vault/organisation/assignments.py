"""Assignments: which member of staff looks after which customer, until when.

The customer's own chain says who was assigned, by whom; nobody assigns a customer to
themselves.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kit.clock import Clock, from_unix, iso, unix
from kit.errors import NotFound
from ledger.formats import entry_kinds
from ledger.formats.order_kinds import StoreName, declare_order, narrows
from ledger.ports import Ordering
from vault._internal.ports.organisation import AssignmentRow, CareStore
from vault.gate.question import Question
from vault.organisation.organisation import require_coming, require_other
from vault.organisation.staff_actions import Acting, Acts

ASSIGNED: Final = "reach.assigned"
UNASSIGNED: Final = "reach.unassigned"

entry_kinds.declare(ASSIGNED, entry_kinds.EntryType.SUBJECT)
entry_kinds.declare(UNASSIGNED, entry_kinds.EntryType.SUBJECT)
for _order in (ASSIGNED, UNASSIGNED):
    declare_order(_order, StoreName.DATA, sealed=True)
narrows(UNASSIGNED, UNASSIGNED)
# Assigning opens, but for a sooner end than the one before it shortens.
narrows(ASSIGNED, ASSIGNED)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A member of staff who looks after a customer until an instant."""

    staff: str
    until: datetime


class Assignments:
    """The assignments of one installation."""

    def __init__(
        self, *, care: CareStore, acts: Acts, orders: Ordering, clock: Clock
    ) -> None:
        self._care = care
        self._acts = acts
        self._orders = orders
        self._clock = clock

    def assign(
        self, question: Question, customer_id: str, *, staff: str, until: datetime
    ) -> None:
        """Put a customer into a member of staff's care until an instant.

        Raises:
            NotFound: no such customer.
            Invalid: the instant has passed, or nobody is named.
            Refused: they would assign them to themselves.

        """
        by = question.principal.name
        require_other(staff, by)
        require_coming(until, self._clock)
        facts = {"staff": staff, "until": iso(until)}
        row = AssignmentRow(staff, unix(until))

        def work(acting: Acting) -> None:
            before = self._care.assigned_until(*acting, staff)
            self._care.assign(*acting, row)
            self._acts.note(*acting, ASSIGNED, facts, by=by)
            if before is not None and row.until < before:
                session, subject = acting
                ceiling = {"staff": staff, "until": row.until}
                self._orders.add(session, ASSIGNED, ceiling, subject=subject)
            elif row.until == before:
                self._orders.confirm(acting.session)

        self._acts.about(question, customer_id, work)

    def unassign(self, question: Question, customer_id: str, *, staff: str) -> None:
        """Take a customer out of a member of staff's care; it binds the next read.

        Raises:
            NotFound: no such customer, or not in their care.

        """
        facts = {"staff": staff}

        def work(acting: Acting) -> None:
            self._orders.confirm(acting.session)
            if not self._care.unassign(*acting, staff):
                raise NotFound
            self._acts.note(*acting, UNASSIGNED, facts, by=question.principal.name)
            self._orders.add(acting.session, UNASSIGNED, facts, subject=acting.subject)

        self._acts.about(question, customer_id, work)

    def of(self, customer_id: str) -> tuple[Assignment, ...]:
        """List who looks after a customer now.

        Raises:
            NotFound: no such customer.

        """
        subject, now = self._acts.subject_of(customer_id), unix(self._clock.now())
        return tuple(
            Assignment(row.staff, from_unix(row.until))
            for row in self._care.assignments(subject, now)
        )
