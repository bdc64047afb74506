"""Restriction of processing: what is held is kept, and not used (GDPR 18, PIPL 44).

It is a state of the customer, which every decision sees: one row changes, however much
is held. The customer themselves, and purposes that the tables leave open, go on. What
the customer restricted, they lift; staff lift it only once the customer was told, and
the act says when (GDPR 18(3)).
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from kit.clock import Clock, iso
from kit.db import WriteSession
from kit.errors import Conflict, Fault, Gone, Invalid, NotFound
from ledger.ports import Ordering
from vault._internal.ports.subjects import SubjectStore
from vault.gate.question import Question
from vault.organisation.restricted import (
    ACTIVE,
    CLAIMED,
    LIFTED,
    RELEASED,
    RESTRICTED,
    SET,
    Restriction,
    RestrictionGround,
    restriction_of,
)
from vault.organisation.staff_actions import Acting, Acts, require_reason

CUSTOMER: Final = "customer"


class Restrictions:
    """Restricts the accounts of one installation, and opens them again."""

    def __init__(
        self, *, subjects: SubjectStore, acts: Acts, orders: Ordering, clock: Clock
    ) -> None:
        self._subjects = subjects
        self._acts = acts
        self._orders = orders
        self._clock = clock

    def of(self, subject: bytes, session: WriteSession | None = None) -> Restriction:
        """Tell what restricts an account; inside a unit of work, if given.

        Raises:
            NotFound: no such customer.
            Gone: they are being erased.

        """
        known = self._subjects.class_of(subject, session)
        if known is None:
            raise NotFound
        if known.state not in {ACTIVE, RESTRICTED}:
            raise Gone("this customer is being erased")
        return restriction_of(self._acts.of(subject, session), known.state)

    def claim(
        self,
        session: WriteSession,
        subject: bytes,
        ground: RestrictionGround,
        *,
        by: str = CUSTOMER,
    ) -> Restriction:
        """Restrict an account as its customer wants; it binds the next read.

        Saying it again on the same ground changes nothing, and waits for the order.

        Raises:
            NotFound: no such customer.
            Gone: they are being erased.

        """
        self._orders.confirm(session)
        if self.of(subject, session).claim_on(ground) is None:
            facts = {"ground": ground.value}
            act_id = self._acts.note(session, subject, CLAIMED, facts, by=by)
            ceiling = {"claim": act_id.hex(), **facts}
            self._orders.add(session, CLAIMED, ceiling, subject=subject)
            self.reconcile(session, subject)
        return self.of(subject, session)

    def release(
        self, session: WriteSession, subject: bytes, *, by: str = CUSTOMER
    ) -> Restriction:
        """End what the customer restricted; what staff restricted stays so.

        Raises:
            NotFound: no such customer.
            Conflict: they never restricted anything (`restriction.none`).

        """
        self._orders.confirm(session)
        standing = self.of(subject, session)
        if not standing.claims and not standing.released:
            raise Conflict("there is no such restriction", code="restriction.none")
        if standing.claims:
            self._end_claims(Acting(session, subject), standing, {}, by=by)
            self.reconcile(session, subject)
        return self.of(subject, session)

    def restrict(self, question: Question, customer_id: str, *, reason: str) -> None:
        """Keep what is held about a customer from use; it binds the next read.

        Raises:
            NotFound: no such customer.
            Refused: the policy says no.
            Invalid: there is no reason.
            Conflict: staff restricted them already.

        """
        facts = {"reason": require_reason(reason)}

        def work(acting: Acting) -> None:
            self._orders.confirm(acting.session)
            if self.of(acting.subject, acting.session).by_staff:
                raise _unchanged(RESTRICTED)
            self._note(acting, SET, facts, by=question.principal.name)
            self.reconcile(*acting)

        self._acts.about(question, customer_id, work)

    def lift(
        self,
        question: Question,
        customer_id: str,
        *,
        reason: str,
        told_at: datetime | None = None,
    ) -> None:
        """Let what is held about a customer be used again.

        What the customer restricted is lifted once they were told, `told_at`
        (GDPR 18(3)); without it, only what staff restricted is.

        Raises:
            NotFound: no such customer.
            Refused: the policy says no.
            Invalid: there is no reason, or they were told before they restricted it,
                or are yet to be told.
            Conflict: they are not restricted, or by themselves alone.

        """
        facts = {"reason": require_reason(reason)}

        def work(acting: Acting) -> None:
            self._orders.confirm(acting.session)
            standing = self.of(acting.subject, acting.session)
            by = question.principal.name
            self._require_liftable(standing, told_at)
            if standing.by_staff:
                self._note(acting, LIFTED, facts, by=by)
            if standing.claims and told_at is not None:
                told = {**facts, "told_at": iso(told_at)}
                self._end_claims(acting, standing, told, by=by)
            self.reconcile(*acting)

        self._acts.about(question, customer_id, work)

    def reconcile(self, session: WriteSession, subject: bytes) -> None:
        """Bring the account's state to what its acts say."""
        known = self._subjects.class_of(subject, session)
        # An account under erasure is neither: it stays as it is.
        if known is None or known.state not in {ACTIVE, RESTRICTED}:
            return
        stands = restriction_of(self._acts.of(subject, session), ACTIVE).stands
        known = replace(known, state=RESTRICTED if stands else ACTIVE)
        self._subjects.set_class(session, subject, known)

    def _require_liftable(self, standing: Restriction, told: datetime | None) -> None:
        if not standing.stands:
            raise _unchanged(ACTIVE)
        if told is None:
            if not standing.by_staff:
                raise Conflict(
                    "the customer restricted this, and has to be told before",
                    code="restriction.customers",
                    fix="tell them, then lift it with the instant of that",
                )
            return
        since = max((each.since for each in standing.claims), default=told)
        if not since <= told <= self._clock.now():
            fault = Fault("/told_at", "after they restricted it, and not in the future")
            raise Invalid("the customer was not told in time", faults=(fault,))

    def _end_claims(
        self, acting: Acting, standing: Restriction, facts: dict[str, Any], *, by: str
    ) -> None:
        ended = {"claims": [each.act_id.hex() for each in standing.claims]}
        self._acts.note(*acting, RELEASED, {**facts, **ended}, by=by)
        self._orders.add(acting.session, RELEASED, ended, subject=acting.subject)

    def _note(
        self, acting: Acting, kind: str, facts: dict[str, Any], *, by: str
    ) -> None:
        self._acts.note(*acting, kind, facts, by=by)
        self._orders.add(acting.session, kind, {}, subject=acting.subject)


def _unchanged(state: str) -> Conflict:
    return Conflict(f"the account is {state} already", code="state.unchanged")
