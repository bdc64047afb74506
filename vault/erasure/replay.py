"""Orders once more, after a restore: no copy brings back what was forbidden.

The mirror's orders say what must hold. A store whose number lies before an order that
names it came out of an older copy; then nothing is served until each such order was
brought back, by number and never by the clock: the narrower of its ceiling and what is
there, each leaving an act. It may be cut off anywhere and is begun again.

A person's order lies sealed under their own key. Who was erased leaves noise, and
nothing to bring back. Where an older copy of the keys lacks one, the order waits in its
row until the newer keys are there: nobody can be granted anything meanwhile.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kit import telemetry
from kit.db import Database, WriteSession
from kit.errors import CannotStart
from ledger.formats.order import Order
from ledger.formats.order_kinds import StoreName
from ledger.ports import OrderWaiting, Replayer, required
from vault._internal.classes import CustomerClass
from vault._internal.keyring import KeyDestroyed, NotProvisioned
from vault._internal.ports.identity import IdentityStore
from vault._internal.ports.orders import OrderChain
from vault._internal.ports.subjects import SubjectStore
from vault.erasure.erasure import ERASED
from vault.erasure.erasure_replay import ErasureReplay
from vault.erasure.order_check import OrderCheck, named
from vault.orders.order_book import OrderBook

Replayers = Mapping[str, Replayer]


class Replay:
    """Brings back what a restored store lacks."""

    def __init__(
        self,
        *,
        database: Database,
        chain: OrderChain,
        book: OrderBook,
        check: OrderCheck,
        subjects: SubjectStore,
        identity: IdentityStore,
        erasures: ErasureReplay,
        own: Replayers,
    ) -> None:
        self._database = database
        self._chain = chain
        self._book = book
        self._check = check
        self._subjects = subjects
        self._identity = identity
        self._erasures = erasures
        self._own = own

    def run(self, replayers: Replayers) -> int:
        """Bring back every order that a store lacks; tells how many there were.

        For the start, before anything is answered. `replayers` are those of the parts
        outside of the vault.

        Raises:
            OrdersLost: the mirror does not hold what it has to.
            CannotStart: an order is of a kind that this program does not know.

        """
        lacking = self._check.lacking()
        self._book.send()
        for order in lacking:
            self.bring_back(order, replayers)
        for order in self._waiting():
            self._try_again(order, replayers)
        if lacking:
            telemetry.alarm("a copy was restored", orders=len(lacking))
        return len(lacking)

    def bring_back(self, order: Order, replayers: Replayers) -> None:
        """Do in the stores what one order says, and note its number."""
        with self._database.write() as session:
            if self._chain.newest(session).number < order.number:
                self._book.keep(session, order, sent=True)
            if not self._put(session, order, replayers):
                self._chain.wait(session, order.number, waiting=True)
        if order.kind == ERASED:
            self._erasures.finish(bytes.fromhex(self._book.result(order)["order"]))
        elif order.kind in named(StoreName.IDENTITY):
            with self._identity.work() as work:
                work.set_applied(order.number, order.ref.digest)

    def take_up_lost(self, session: WriteSession) -> list[bytes]:
        """Order the erasures again of which only keys/ tells; gives their ids.

        To be finished once the mirror has their orders.
        """
        taken = []
        for subject, result in list(self._erasures.lost()):
            number = self._chain.newest(session).number + 1
            ref = self._book.continued(
                session, ERASED, result, number=number, subject=subject
            )
            self._erasures.take_up(session, subject, result, ref)
            taken.append(bytes.fromhex(result["order"]))
        return taken

    def finish(self, order_ids: Iterable[bytes]) -> None:
        """Do what some orders of erasures say."""
        for each in order_ids:
            self._erasures.finish(each)

    def _waiting(self) -> Iterator[Order]:
        for kept in self._chain.waiting():
            yield self._book.read(kept.line)

    def _try_again(self, order: Order, replayers: Replayers) -> None:
        with self._database.write() as session:
            if self._put(session, order, replayers):
                self._chain.wait(session, order.number, waiting=False)

    def _put(self, session: WriteSession, order: Order, replayers: Replayers) -> bool:
        """Do what an order says in the data store; False if its key is not here."""
        if order.kind == ERASED:
            result = self._book.result(order)
            self._erasures.take_up(session, required(order.subject), result, order.ref)
            return True
        replayer = self._own.get(order.kind) or replayers.get(order.kind)
        if replayer is None:
            raise CannotStart(
                f"order {order.number} is of a kind that this program does not know",
                fix="start the version of the program that wrote it",
            )
        return self._put_by(session, order, replayer)

    def _put_by(self, session: WriteSession, order: Order, replayer: Replayer) -> bool:
        try:
            result = self._book.result(order)
        except KeyDestroyed:
            return True
        except NotProvisioned:
            return False
        if order.subject is None:
            return _is_done(session, replayer, result)
        known = self._standing(session, order.subject, result)
        if known is not None and known.state != "erased":
            replayer(session, order.subject, result)
        return known is not None

    def _standing(
        self, session: WriteSession, subject: bytes, result: Mapping[str, Any]
    ) -> CustomerClass | None:
        """Have a customer's row, which an older copy may lack.

        None where there is one that was not written here: it leads to nobody, and what
        was ordered about them waits until it does.
        """
        known, said = self._subjects.class_of(subject, session), result["customer"]
        if known is None and said is not None:
            new = CustomerClass(said["region"], "active", said["minor"])
            self._subjects.add(session, subject, new)
            known = self._subjects.class_of(subject, session)
        return known


def _is_done(
    session: WriteSession, replayer: Replayer, result: Mapping[str, Any]
) -> bool:
    try:
        replayer(session, None, result)
    except OrderWaiting:
        return False
    return True
