"""Erasure that stays done: one order, six steps, each safe to repeat.

    ordered       the order is a row, and about to be durable in the mirror
    tombstoned    from this commit on, no read succeeds
    fenced        keys and the link to the customer are gone, the fence up
    unkeyed       what their records were found by is gone as well
    purged        ciphertext, openings and every derived row are gone
    stamped       the ledger says that an erasure was done
    certified     a signed certificate says what was done, and no more

The order holds what only the key can tell, gathered before the first destructive step,
so that resuming never needs it. Any worker may take an order on, and two may try at
once: what a step does and that it is done are one unit of work, which only one can
commit. After each destructive step, and once more before the certificate, what should
be gone is looked for; what is found fails the step, with an alarm. The counts are those
of rows that were there and are no more. From `fenced` on nothing can be read by any
path and nobody found, and getting there takes the same moment however much is held. An
erasure that a crash interrupted goes on where it stood, at the next start; after a
restore of an older copy, `vault.erasure.erasure_replay` takes it up again.

Where a legal hold stands, nothing is ordered at all (vault/organisation/holds.py).

GDPR 17 (erasure), 19 (recipients are told), 5(2) (the proof that it was done).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from typing import Any, Final

from kit import telemetry
from kit.canonical import canonical
from kit.clock import Clock, iso, unix
from kit.db import Database
from kit.errors import AllodError, Conflict, IntegrityFault, NotFound, Unavailable
from kit.storage import in_words
from ledger.formats.certificate import PROOF, make_certificate, receipt_of
from ledger.formats.entries import ErasureOpening, erasure_entry
from ledger.formats.order_kinds import StoreName, declare_order, narrows
from ledger.log import Log
from ledger.receipting import QuorumStatus
from vault._internal.classes import CustomerClass
from vault._internal.customer_registry import Register
from vault._internal.ports.identity import Held
from vault._internal.ports.orders import ErasureOrder, OrderMoved, OrderStore
from vault._internal.ports.organisation import CareStore
from vault._internal.ports.subjects import SubjectStore
from vault.erasure.certificate_facts import (
    CertificateFacts,
    destroyed,
    statement,
)
from vault.erasure.erasure_order import begun_at, ceiling, placed, ref_of
from vault.erasure.erasure_ticket import Ticket, hashed
from vault.erasure.purging import Purging
from vault.erasure.unkeying import Unkeying
from vault.orders.order_book import MirrorUnavailable, OrderBook
from vault.organisation.holds import require_unheld

ORDERED: Final = "ordered"
TOMBSTONED: Final = "tombstoned"
FENCED: Final = "fenced"
UNKEYED: Final = "unkeyed"
PURGED: Final = "purged"
STAMPED: Final = "stamped"
CERTIFIED: Final = "certified"
WAITS: Final = "an erasure has to wait"
"""The event of the alarm that a step of an erasure waits for a reader."""

ERASED: Final = "erasure"

declare_order(ERASED, StoreName.DATA, StoreName.IDENTITY, sealed=False)
narrows(ERASED, ERASED)


@dataclass(frozen=True, slots=True)
class ErasureState:
    """How far an erasure is, and its certificate once there is one.

    The certificate's bytes never change; what witnesses added later is beside it.
    """

    order_id: bytes
    step: str
    certificate: Mapping[str, Any] | None
    standing: QuorumStatus
    """Provisional until certificate and quorum are there; beside it, the proof."""


class Erasure:
    """Erases whole accounts."""

    def __init__(
        self,
        *,
        database: Database,
        orders: OrderStore,
        book: OrderBook,
        care: CareStore,
        subjects: SubjectStore,
        register: Register,
        gathering: CertificateFacts,
        log: Log,
        purging: Purging,
        clock: Clock,
        suppression: timedelta,
    ) -> None:
        self._database = database
        self._orders = orders
        self._book = book
        self._care = care
        self._subjects = subjects
        self._register = register
        self._unkeying = Unkeying(register)
        self._gathering = gathering
        self._log = log
        self._purging = purging
        self._clock = clock
        self._suppression = suppression
        self._steps: dict[str, Callable[[ErasureOrder], ErasureOrder]] = {
            ORDERED: self._tombstone,
            TOMBSTONED: self._fence,
            FENCED: self._unkey,
            UNKEYED: self._purge,
            PURGED: self._stamp,
            STAMPED: self._certify,
        }

    def erase(self, subject: bytes, ticket: Ticket | None = None) -> Ticket:
        """Erase all that is held about a customer, to the certificate.

        `order` and `carry_out` in one; raises what they raise.
        """
        ticket = ticket or Ticket.draw()
        self.order(subject, ticket)
        self.carry_out(ticket)
        return ticket

    def order(self, subject: bytes, ticket: Ticket) -> None:
        """Order an erasure, durably; nothing is destroyed yet.

        The same ticket again for the same customer changes nothing.

        Raises:
            NotFound: there is no such customer any more.
            Refused: a legal hold keeps something of theirs; nothing was done.
            Conflict: an erasure with another ticket is under way, or this one is
                somebody else's.
            MirrorUnavailable: it is ordered; the mirror does not know of it yet, and
                until it does nothing is erased.

        """
        known = self._orders.find(ticket.order_id)
        try:
            if known is None:
                self._order(subject, ticket)
            elif known.subject != subject:
                raise Conflict("this secret was used before", fix="draw another one")
            else:
                self._book.send()
        except MirrorUnavailable as error:
            raise MirrorUnavailable(
                "the erasure is ordered; it begins once the mirror can be written, and"
                " until then nothing is erased",
                fix=error.fix,
            ) from None

    def carry_out(self, ticket: Ticket) -> None:
        """Do what was ordered, step by step.

        Where a step has to wait (a long scan keeps the write-ahead log open, a disk is
        full), the order stands and `resume` finishes it; its state tells how far it is.

        Raises:
            IntegrityFault: something that was deleted is still there.

        """
        try:
            self.drive(self._orders.get(ticket.order_id))
        except (Unavailable, OSError) as error:
            # Ordered is ordered: it goes on by itself, and the secret tells when.
            known = error if isinstance(error, Unavailable) else in_words(error)
            if known is None:
                raise
            telemetry.alarm(WAITS, code=known.reason_code)

    def resume(self) -> int:
        """Finish every erasure that was interrupted; tells how many there were.

        One that has to wait holds no other: each is gone on with.

        Raises:
            AllodError: one of them cannot go on; the others did all the same.

        """
        unfinished, failed = self._orders.unfinished(), None
        for order in unfinished:
            try:
                self.drive(order)
            except AllodError as error:
                failed = failed or error
        if failed is not None:
            raise failed
        return len(unfinished)

    def ordered(self) -> int:
        """Count the erasures that were ever ordered."""
        return self._orders.count()

    def state(self, order_id: bytes, secret: str) -> ErasureState:
        """Tell how far an erasure is, to whoever has the secret given with it.

        Raises:
            NotFound: no such erasure, or another secret: one answer for both.

        """
        order = self._orders.find(order_id)
        known = b"" if order is None else order.secret_hash
        if not compare_digest(known, hashed(secret)) or order is None:
            raise NotFound
        return self._state(order)

    def certificate(self, order_id: bytes) -> Mapping[str, Any]:
        """Give an erasure's certificate and its proof, to an auditor who knows its id.

        Raises:
            NotFound: no such erasure, or it has no certificate yet.

        """
        order = self._orders.find(order_id)
        state = None if order is None else self._state(order)
        if state is None or state.certificate is None:
            raise NotFound
        return {**state.certificate, PROOF: state.standing.proof}

    def _state(self, order: ErasureOrder) -> ErasureState:
        if order.certificate is None:
            waiting = QuorumStatus(provisional=True)
            return ErasureState(order.order_id, order.step, None, waiting)
        signed = json.loads(order.certificate)
        standing = self._log.standing(receipt_of(signed["document"]).note)
        return ErasureState(order.order_id, order.step, signed, standing)

    def drive(self, order: ErasureOrder) -> None:
        """Take an order through all the steps that it has not taken yet."""
        while order.step != CERTIFIED:
            try:
                order = self._steps[order.step](order)
            # Another worker took this step first: go on from where that left it.
            except OrderMoved:
                order = self._orders.get(order.order_id)
            except IntegrityFault as error:
                code = error.reason_code
                telemetry.alarm("an erasure failed", code=code, step=order.step)
                raise

    def all(self) -> list[ErasureState]:
        """List every erasure that was ordered, for an operator."""
        return [self._state(each) for each in self._orders.all()]

    def _order(self, subject: bytes, ticket: Ticket) -> None:
        held = self._subjects.said_of(subject)
        if held is None or held.state == "erased":
            raise NotFound
        until = unix(self._clock.now() + self._suppression)
        begun = begun_at(self._clock.now(), ticket.order_id, until)
        # Before the unit of work: it reads the identity store, and opens keys.
        document = begun | self._gathering.with_key(subject)
        with self._database.write() as session:
            # Again, and under the lock: what was seen before it may have changed.
            known = self._subjects.said_of(subject, session)
            if known is None or known.state == "erased":
                raise NotFound
            require_unheld(self._care, session, subject)
            earlier = self._orders.of_subject(session, subject)
            if earlier is None:
                result = ceiling(ticket.order_id, until, ticket.secret_hash)
                ref = self._book.add(session, ERASED, result, subject=subject)
                order = ErasureOrder(
                    *(ticket.order_id, subject, ORDERED, ticket.secret_hash),
                    *(placed(document, ref), None),
                )
                self._orders.add(session, order)
            elif earlier.order_id != ticket.order_id:
                raise Conflict("an erasure of this account is under way")

    def _tombstone(self, order: ErasureOrder) -> ErasureOrder:
        # The mirror first: an order that only the database held would be lost with it.
        self._book.send()
        with self._database.write() as session:
            known = self._subjects.said_of(order.subject, session)
            if known is not None:
                erased = CustomerClass(known.region, "erased", known.minor)
                self._subjects.set_class(session, order.subject, erased)
                if self._subjects.class_of(order.subject, session) != erased:
                    raise IntegrityFault("a subject could not be marked as erased")
            return self._orders.advance(session, order, TOMBSTONED, order.document)

    def _fence(self, order: ErasureOrder) -> ErasureOrder:
        # Another store, so another commit: a crash before the step is noted repeats it,
        # and what it then finds already gone is what went (`destroyed`).
        held = self.unlink_again(order)
        document = json.loads(order.document)
        document |= destroyed(document, held)
        with self._database.write() as session:
            return self._orders.advance(session, order, FENCED, canonical(document))

    def _unkey(self, order: ErasureOrder) -> ErasureOrder:
        named = self._unkeying.let_go(order)
        document = json.loads(order.document)
        if named is not None:
            document["identifiers"] = named
        document["live_erased_at"] = iso(self._clock.now())
        with self._database.write() as session:
            return self._orders.advance(session, order, UNKEYED, canonical(document))

    def _before(self, order: ErasureOrder) -> list[ErasureOrder]:
        """Give the erasures that were ordered before this, and are not fenced yet."""
        earlier = [
            each
            for each in self._orders.unfinished()
            if each.step in {ORDERED, TOMBSTONED}
            and ref_of(each).number < ref_of(order).number
        ]
        return sorted(earlier, key=lambda each: ref_of(each).number)

    def unlink_again(self, order: ErasureOrder) -> Held:
        """Destroy keys and customer id, after all whose order came before.

        Raises:
            IntegrityFault: something is still there, or the fence is not.
            Unavailable: a reader keeps the log, in which the keys still stand.

        """
        for each in self._before(order):
            self._unkeying.unlink(each)
        return self._unkeying.unlink(order)

    def unkey_again(self, order: ErasureOrder) -> None:
        """Destroy all that leads to a subject; raises what `unlink_again` raises."""
        self.unlink_again(order)
        self._unkeying.let_go(order)
        self._unkeying.settle(order)

    def _purge(self, order: ErasureOrder) -> ErasureOrder:
        # Only now: until the order says how many identifiers went, their row does.
        self._unkeying.settle(order)
        document = json.loads(order.document)
        with self._database.write() as session:
            document["erased"] = self._purging.purge(session, order.subject)
            return self._orders.advance(session, order, PURGED, canonical(document))

    def _stamp(self, order: ErasureOrder) -> ErasureOrder:
        # What was purged still stands in the write-ahead log until it is cut.
        self._database.truncate_wal()
        self._require_gone(order)
        entry, opening = erasure_entry(
            order.order_id,
            at=unix(self._clock.now()),
            granularity=self._log.granularity,
            digest=ref_of(order).digest,
        )
        document = json.loads(order.document)
        document["opening"] = opening.to_bytes().decode()
        document |= self._gathering.without_key(order.subject)
        with self._database.write() as session:
            (document["index"],) = self._log.append(session, [entry])
            return self._orders.advance(session, order, STAMPED, canonical(document))

    def _certify(self, order: ErasureOrder) -> ErasureOrder:
        # The receipt in a certificate needs a signed tree that holds the entry.
        self._log.publish()
        self._require_gone(order)
        document = json.loads(order.document)
        opening = ErasureOpening.from_bytes(document["opening"].encode())
        signed = make_certificate(
            statement(document),
            opening=opening,
            receipt=self._log.receipt(document["index"], opening.opening),
            signer=self._log.signer,
        )
        with self._database.write() as session:
            return self._orders.certify(session, order, CERTIFIED, canonical(signed))

    def _require_gone(self, order: ErasureOrder) -> None:
        self._register.require_destroyed(order.subject)
        self._purging.require_gone(order.subject)
