"""Restriction of processing: what is held is kept, and not used (GDPR 18, PIPL 47).

It is a state of the customer, which every decision sees: one row changes, however much
is held. The customer themselves, and purposes that the tables leave open, go on.
"""

from dataclasses import replace
from typing import Final

from kit.db import Database
from kit.errors import Conflict, NotFound
from ledger import kinds
from vault._internal.subjects import SqliteSubjects
from vault.acts import Acts, require_reason

SET: Final = "restriction.set"
LIFTED: Final = "restriction.lifted"
ACTIVE: Final = "active"
RESTRICTED: Final = "restricted"

kinds.declare(SET, kinds.EntryType.SUBJECT)
kinds.declare(LIFTED, kinds.EntryType.SUBJECT)


class Restrictions:
    """Restricts the accounts of one installation, and opens them again."""

    def __init__(
        self, *, database: Database, subjects: SqliteSubjects, acts: Acts
    ) -> None:
        self._database = database
        self._subjects = subjects
        self._acts = acts

    def restrict(self, customer_id: str, *, reason: str, by: str) -> None:
        """Keep what is held about a customer from use; it binds the next read.

        Raises:
            NotFound: no such customer.
            Invalid: there is no reason.
            Conflict: they are restricted already.

        """
        self._turn(customer_id, RESTRICTED, SET, reason, by)

    def lift(self, customer_id: str, *, reason: str, by: str) -> None:
        """Let what is held about a customer be used again.

        The customer is told before (GDPR 18(3)): that is the caller's to do.

        Raises:
            NotFound: no such customer.
            Invalid: there is no reason.
            Conflict: they are not restricted.

        """
        self._turn(customer_id, ACTIVE, LIFTED, reason, by)

    def _turn(
        self, customer_id: str, state: str, kind: str, reason: str, by: str
    ) -> None:
        facts = {"reason": require_reason(reason)}
        subject = self._acts.subject_of(customer_id)
        with self._database.write() as session:
            known = self._subjects.class_of(subject, session)
            if known is None:
                raise NotFound
            if known.state == state:
                raise Conflict(
                    f"the account is {state} already", code="state.unchanged"
                )
            self._acts.note(session, subject, kind, facts, by=by)
            known = replace(known, state=state)
            self._subjects.set_class(session, subject, known)
