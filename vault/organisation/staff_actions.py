"""Acts: what members of staff did about a customer, by whom, and why.

Each is stamped into the customer's own chain, in the transaction of what it did. The
text that was stamped is kept, sealed under the customer's key: so they find it in
their export with its proof, and nobody finds it after their erasure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, TypeVar

from kit.canonical import canonical, parse
from kit.clock import Clock, iso
from kit.db import WriteSession
from kit.errors import Fault, Invalid, NotFound
from kit.ids import new_id
from ledger.ports import Stamp
from pdp.decision.question import Action
from vault._internal.customer_registry import Register
from vault._internal.envelope import Envelope
from vault._internal.keyring import Keyring
from vault._internal.ports.organisation import CareStore
from vault._internal.ticket import WriteTicket
from vault.gate.question import Question
from vault.writes.tickets import Tickets

Done = TypeVar("Done")

MAX_REASON: Final = 500

_ENVELOPE: Final = Envelope("act", schema="1")
_VERSION: Final = 1


class Acting(NamedTuple):
    """An act under way: the unit of work that does it, and about whom."""

    session: WriteSession
    subject: bytes


@dataclass(frozen=True, slots=True)
class Act:
    """One act as it was stamped; `content` is the very text."""

    act_id: bytes
    kind: str
    record: bytes | None
    content: bytes

    def document(self) -> dict[str, Any]:
        """Give what was stamped: what, when, by whom, about what, why."""
        found: dict[str, Any] = parse(self.content)
        return found


class Acts:
    """Stamps acts about customers, and finds them again."""

    def __init__(
        self,
        *,
        care: CareStore,
        register: Register,
        keyring: Keyring,
        stamp: Stamp,
        tickets: Tickets,
        clock: Clock,
    ) -> None:
        self._care = care
        self._register = register
        self._keyring = keyring
        self._stamp = stamp
        self._tickets = tickets
        self._clock = clock

    def about(
        self, question: Question, customer_id: str, work: Callable[[Acting], Done]
    ) -> Done:
        """Do something about a customer, by leave of the gate, in one unit of work.

        Raises:
            NotFound: no such customer.
            Refused: the policy says no.
            Unavailable: engine or access log cannot answer.

        """
        subject = self._register.resolve(customer_id)
        question = replace(question, action=Action.WRITE)

        def done(ticket: WriteTicket) -> tuple[Done, list[bytes]]:
            with self._tickets.unit_of_work(ticket) as session:
                (whose,) = ticket.people
                return work(Acting(session, whose)), [whose]

        return self._tickets.spend(
            lambda: self._tickets.ask_about(question, subject), done
        )

    def resolve(self, question: Question, customer_id: str) -> bytes:
        """Find a customer whose arrangements are to be looked at; it is on record.

        Raises:
            NotFound: no such customer.
            Refused: the policy says no.
            Unavailable: engine or access log cannot answer.

        """
        subject = self._register.resolve(customer_id)
        ticket = self._tickets.ask_about(replace(question, action=Action.READ), subject)
        (whose,) = ticket.people
        return whose

    def subject_of(self, customer_id: str) -> bytes:
        """Find whom an act is about.

        Raises:
            NotFound: no such customer.

        """
        subject = self._register.resolve(customer_id)
        if subject is None:
            raise NotFound
        return subject

    def note(
        self,
        session: WriteSession,
        subject: bytes,
        kind: str,
        facts: Mapping[str, Any],
        *,
        by: str,
        act_id: bytes | None = None,
        record: bytes | None = None,
    ) -> bytes:
        """Stamp and keep an act in the caller's unit of work; gives its id.

        Raises:
            NotFound: the subject is not there, or has been erased.

        """
        act_id = act_id or new_id()
        said = {
            "v": 1,
            "act_id": act_id.hex(),
            "kind": kind,
            "at": iso(self._clock.now()),
            "by": by,
            "record_id": None if record is None else record.hex(),
            **facts,
        }
        content = canonical(said)
        self._stamp(session, subject=subject, kind=kind, content=content, record=record)
        keys = self._keyring.main(subject)
        sealed = _ENVELOPE.seal(keys, act_id, _VERSION, content)
        self._care.keep_act(session, subject, act_id, sealed)
        return act_id

    def of(
        self, subject: bytes, session: WriteSession | None = None
    ) -> tuple[Act, ...]:
        """Give everything that was done about a customer, the oldest first.

        Inside a unit of work, if given.
        """
        kept = self._care.acts(subject, session)
        if not kept:
            return ()
        keys = self._keyring.main(subject)
        opened = [
            _read(act_id, _ENVELOPE.open(keys, act_id, _VERSION, sealed))
            for act_id, sealed in kept
        ]
        return tuple(sorted(opened, key=_moment))


def require_reason(reason: str) -> str:
    """Check that there is a reason, and give it without the blanks around it.

    Raises:
        Invalid: it is empty, or longer than 500 characters.

    """
    reason = reason.strip()
    if not 0 < len(reason) <= MAX_REASON:
        fault = Fault("/reason", f"between 1 and {MAX_REASON} characters")
        raise Invalid(
            "this needs a reason", faults=(fault,), fix="say why, in a sentence"
        )
    return reason


def _read(act_id: bytes, content: bytes) -> Act:
    said = parse(content)
    record = said["record_id"]
    return Act(
        act_id=act_id,
        kind=said["kind"],
        record=None if record is None else bytes.fromhex(record),
        content=content,
    )


def _moment(act: Act) -> tuple[str, bytes]:
    return act.document()["at"], act.act_id
