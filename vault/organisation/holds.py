"""Legal holds: what is evidence is neither changed nor erased until they are lifted.

A hold is on one record, or on all that is held about a customer, what comes in later
included. Several may stand on one record, which is free when the last is lifted. While
one stands, an erasure of the customer is refused whole (GDPR 17(3)(e)); and where an
erasure was ordered first, a hold comes too late and is refused: the two are decided
under one lock, so that neither is ever half done.
"""

from dataclasses import dataclass
from typing import Final

from kit.db import WriteSession
from kit.errors import Conflict, NotFound, Reason, Refused
from kit.ids import new_id
from ledger.formats import entry_kinds
from ledger.formats.order_kinds import StoreName, declare_order, narrows, undoes
from ledger.ports import Ordering
from vault._internal.ports.orders import OrderStore
from vault._internal.ports.organisation import CareStore, HoldRow
from vault.gate.question import Question
from vault.organisation.staff_actions import Acting, Acts, require_reason

SET: Final = "hold.set"
LIFTED: Final = "hold.lifted"
ERASURE_HELD: Final = Reason(
    "hold.erasure",
    "GDPR 17(3)(e); PIPL 47(2)",
    "wait until the hold is lifted, and order the erasure again; whoever answers for"
    " privacy can say why it stands",
)

entry_kinds.declare(SET, entry_kinds.EntryType.SUBJECT)
entry_kinds.declare(LIFTED, entry_kinds.EntryType.SUBJECT)
for _order in (SET, LIFTED):
    declare_order(_order, StoreName.DATA, sealed=True)
narrows(SET, SET)
undoes(LIFTED, LIFTED)


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold on one record, or (None) on all that is held about a customer."""

    hold_id: bytes
    record: bytes | None


class Holds:
    """The legal holds of one installation."""

    def __init__(
        self,
        *,
        care: CareStore,
        erasures: OrderStore,
        acts: Acts,
        orders: Ordering,
    ) -> None:
        self._care = care
        self._erasures = erasures
        self._acts = acts
        self._orders = orders

    def set(
        self,
        question: Question,
        customer_id: str,
        *,
        reason: str,
        record: bytes | None = None,
    ) -> Hold:
        """Hold a record of a customer, or all that is held about them.

        Raises:
            NotFound: no such customer, or no such record of theirs.
            Invalid: there is no reason.
            Conflict: an erasure of this customer was ordered before.

        """
        facts = {"reason": require_reason(reason)}
        row = HoldRow(new_id(), record)

        def work(acting: Acting) -> None:
            self._require_standing(*acting)
            if record and not self._care.has_record(*acting, record):
                raise NotFound
            self._acts.note(
                *(*acting, SET, facts),
                by=question.principal.name,
                act_id=row.hold_id,
                record=record,
            )
            self._care.hold(*acting, row)
            self._care.mark(*acting)
            held = {"hold": row.hold_id.hex(), "record": record and record.hex()}
            self._orders.add(acting.session, SET, held, subject=acting.subject)

        self._acts.about(question, customer_id, work)
        return Hold(*row)

    def lift(
        self, question: Question, customer_id: str, hold_id: bytes, *, reason: str
    ) -> None:
        """Lift a hold; records are free on which no other one stands.

        Whoever had no answer (503) says it again: what was lifted before stays so.

        Raises:
            NotFound: no such customer, or no such hold.
            Invalid: there is no reason.

        """
        facts = {"hold_id": hold_id.hex(), "reason": require_reason(reason)}

        def work(acting: Acting) -> None:
            self._orders.confirm(acting.session)
            if not self._care.lift(*acting, hold_id):
                self._require_lifted(acting, hold_id)
                return
            self._care.mark(*acting)
            self._acts.note(*acting, LIFTED, facts, by=question.principal.name)
            lifted = {"hold": hold_id.hex()}
            self._orders.add(acting.session, LIFTED, lifted, subject=acting.subject)

        self._acts.about(question, customer_id, work)

    def of(self, customer_id: str) -> tuple[Hold, ...]:
        """List the holds that stand.

        Raises:
            NotFound: no such customer.

        """
        subject = self._acts.subject_of(customer_id)
        return tuple(Hold(*row) for row in self._care.holds(subject))

    def _require_lifted(self, acting: Acting, hold_id: bytes) -> None:
        """Tell a hold that was lifted before from one that there never was."""
        acts = self._acts.of(acting.subject, acting.session)
        lifted = [each.document() for each in acts if each.kind == LIFTED]
        if hold_id.hex() not in {each.get("hold_id") for each in lifted}:
            raise NotFound

    def _require_standing(self, session: WriteSession, subject: bytes) -> None:
        if self._erasures.of_subject(session, subject) is not None:
            raise Conflict(
                "an erasure of this customer was ordered before",
                code="hold.too_late",
                fix="see how far it is: the erasure's id and secret are the customer's",
            )


def require_unheld(care: CareStore, session: WriteSession, subject: bytes) -> None:
    """Check, under the write lock, that nothing about a subject is held.

    Raises:
        Refused: something is (`hold.erasure`).

    """
    if care.is_held(session, subject):
        raise Refused(
            "a legal hold keeps data of this customer", reasons=(ERASURE_HELD,)
        )
