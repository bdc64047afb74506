"""Assignments: which member of staff looks after which customer, until when.

The customer's own chain says who was assigned, by whom; nobody assigns a customer to
themselves.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kit.clock import Clock, from_unix, iso, unix
from kit.db import Database
from kit.errors import NotFound
from ledger import kinds
from vault._internal.care_store import AssignmentRow, SqliteCare
from vault.acts import Acts
from vault.organisation import require_coming, require_other

ASSIGNED: Final = "reach.assigned"
UNASSIGNED: Final = "reach.unassigned"

kinds.declare(ASSIGNED, kinds.EntryType.SUBJECT)
kinds.declare(UNASSIGNED, kinds.EntryType.SUBJECT)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A member of staff who looks after a customer until an instant."""

    staff: str
    until: datetime


class Assignments:
    """The assignments of one installation."""

    def __init__(
        self, *, database: Database, care: SqliteCare, acts: Acts, clock: Clock
    ) -> None:
        self._database = database
        self._care = care
        self._acts = acts
        self._clock = clock

    def assign(self, customer_id: str, *, staff: str, until: datetime, by: str) -> None:
        """Put a customer into a member of staff's care until an instant.

        Raises:
            NotFound: no such customer.
            Invalid: the instant has passed, or nobody is named.
            Refused: they would assign them to themselves.

        """
        require_other(staff, by)
        require_coming(until, self._clock)
        subject = self._acts.subject_of(customer_id)
        facts = {"staff": staff, "until": iso(until)}
        with self._database.write() as session:
            self._care.assign(session, subject, AssignmentRow(staff, unix(until)))
            self._acts.note(session, subject, ASSIGNED, facts, by=by)

    def unassign(self, customer_id: str, *, staff: str, by: str) -> None:
        """Take a customer out of a member of staff's care; it binds the next read.

        Raises:
            NotFound: no such customer, or not in their care.

        """
        subject = self._acts.subject_of(customer_id)
        with self._database.write() as session:
            if not self._care.unassign(session, subject, staff):
                raise NotFound
            self._acts.note(session, subject, UNASSIGNED, {"staff": staff}, by=by)

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
