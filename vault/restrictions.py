"""Restriction of processing: what is held is kept, and not used (GDPR 18, PIPL 47).

It is a state of the customer, which every decision sees: one row changes, however much
is held. The customer themselves, and purposes that the tables leave open, go on.
"""

from dataclasses import replace
from typing import Final, NamedTuple

from kit.errors import Conflict, NotFound
from ledger import kinds
from ledger.order_kinds import Store, declare_order, narrows, undoes
from ledger.ordering import Ordering
from vault._internal.subjects import SqliteSubjects
from vault.acts import Acting, Acts, require_reason
from vault.question import Question

SET: Final = "restriction.set"
LIFTED: Final = "restriction.lifted"
ACTIVE: Final = "active"
RESTRICTED: Final = "restricted"

kinds.declare(SET, kinds.EntryType.SUBJECT)
kinds.declare(LIFTED, kinds.EntryType.SUBJECT)
for _order in (SET, LIFTED):
    declare_order(_order, Store.DATA, sealed=True)
narrows(SET, SET)
undoes(LIFTED, LIFTED)


class _Turn(NamedTuple):
    """What an account becomes, and which kind of act makes it so."""

    state: str
    kind: str


class Restrictions:
    """Restricts the accounts of one installation, and opens them again."""

    def __init__(
        self, *, subjects: SqliteSubjects, acts: Acts, orders: Ordering
    ) -> None:
        self._subjects = subjects
        self._acts = acts
        self._orders = orders

    def restrict(self, question: Question, customer_id: str, *, reason: str) -> None:
        """Keep what is held about a customer from use; it binds the next read.

        Raises:
            NotFound: no such customer.
            Refused: the policy says no.
            Invalid: there is no reason.
            Conflict: they are restricted already.

        """
        self._turn(question, customer_id, _Turn(RESTRICTED, SET), reason)

    def lift(self, question: Question, customer_id: str, *, reason: str) -> None:
        """Let what is held about a customer be used again.

        The customer is told before (GDPR 18(3)): that is the caller's to do.

        Raises:
            NotFound: no such customer.
            Refused: the policy says no.
            Invalid: there is no reason.
            Conflict: they are not restricted.

        """
        self._turn(question, customer_id, _Turn(ACTIVE, LIFTED), reason)

    def _turn(
        self, question: Question, customer_id: str, turn: _Turn, reason: str
    ) -> None:
        facts = {"reason": require_reason(reason)}

        def work(acting: Acting) -> None:
            self._orders.confirm(acting.session)
            known = self._subjects.class_of(acting.subject, acting.session)
            if known is None:
                raise NotFound
            if known.state == turn.state:
                raise Conflict(
                    f"the account is {turn.state} already", code="state.unchanged"
                )
            self._acts.note(*acting, turn.kind, facts, by=question.principal.name)
            known = replace(known, state=turn.state)
            self._subjects.set_class(*acting, known)
            self._orders.add(acting.session, turn.kind, {}, subject=acting.subject)

        self._acts.about(question, customer_id, work)
