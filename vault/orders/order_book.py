"""The order book: every order is a row with its act, then a line in the mirror.

The row is written in the transaction of the act and its ledger entry. After the commit,
and before the unit of work returns, every row that is not in the mirror yet is made
durable there, in order: one writer does it for all who wait, with one fsync. So no
order lies in the mirror whose act did not happen, and no caller can forget to write it.

Where the mirror cannot be written the act is in force all the same, and the caller is
told to repeat it: `mirror.unavailable`. The heartbeat tries again, too.
"""

from collections.abc import Callable, Mapping, Sequence
from hmac import compare_digest
from typing import Any, Final

from kit import telemetry
from kit.canonical import canonical, parse
from kit.db import WriteSession, afterwards
from kit.errors import AllodError, Unavailable
from kit.ids import ID_BYTES
from ledger.files.mirror import Mirror
from ledger.files.order_files import Lined
from ledger.formats.order import Order, OrderError, OrderRef, head_mac
from ledger.formats.order_kinds import OrderKind, order_kind
from vault._internal.envelope import Envelope, kid_of
from vault._internal.keyring import Keyring
from vault._internal.ports.orders import KeptOrder, OrderChain
from vault._internal.ports.subjects import SubjectStore
from vault._internal.secrets import ORDERS


class MirrorUnavailable(Unavailable):
    """It is in force, but the mirror, which keeps it after a restore, has it not."""

    code, title = "mirror.unavailable", "The mirror cannot be written"

    @property
    def in_force(self) -> bool:
        """Whether the unit of work committed: nothing else had gone wrong in it."""
        before = self.__context__
        while before is not None and not isinstance(before, AllodError):
            before = before.__context__
        return before is None


_ENVELOPE: Final = Envelope("order", schema="1")
_VERSION: Final = 1


class OrderBook:
    """The orders of one installation, written and read.

    `prepare` is told the result of an order that rests on what has to be in the mirror
    before it.
    """

    def __init__(
        self,
        *,
        chain: OrderChain,
        subjects: SubjectStore,
        keyring: Keyring,
        mirror: Mirror,
        prepare: Callable[[Mapping[str, Any]], object],
    ) -> None:
        self.chain = chain
        self._subjects = subjects
        self._keyring = keyring
        self._mirror = mirror
        self._prepare = prepare

    def add(
        self,
        session: WriteSession,
        kind: str,
        result: Mapping[str, Any],
        *,
        subject: bytes | None = None,
    ) -> OrderRef:
        """Leave an order in the caller's unit of work; gives its place."""
        number = self.chain.newest(session).number + 1
        placed = self.continued(session, kind, result, number=number, subject=subject)
        self.confirm(session)
        return placed

    def continued(
        self,
        session: WriteSession,
        kind: str,
        result: Mapping[str, Any],
        *,
        number: int,
        subject: bytes | None = None,
    ) -> OrderRef:
        """Leave an order under a number of the caller's; nobody is made to wait."""
        last = self.chain.newest(session)
        body = canonical({"v": 1, **result})
        if subject is not None and _known(kind).sealed:
            body = self._sealed(session, subject, number, result)
        newest = self._keyring.secrets.generations(ORDERS)[-1]
        order = Order.make(
            *(number, kind, subject, body),
            before=last.digest,
            generation=newest.number,
            key=newest.secret.reveal(),
        )
        self.keep(session, order, sent=False)
        return order.ref

    def keep(self, session: WriteSession, order: Order, *, sent: bool) -> None:
        """Keep an order's row."""
        kept = KeptOrder(order.ref, order.kind, order.line)
        self.chain.add(session, kept, sent=sent)

    def confirm(self, session: WriteSession) -> None:
        """Have the unit of work wait until all that was ordered is in the mirror."""
        afterwards(session, self.send)

    def send(self) -> None:
        """Make every order durable in the mirror, in order.

        Raises:
            MirrorUnavailable: it cannot be written, or is another one, or lacks what
                an order rests on.

        """
        if not self.chain.unsent():
            return
        fault = self._tried()
        if fault is None:
            return
        telemetry.alarm("an order could not be written", kind=type(fault).__name__)
        # Not raised where the fault is caught, which would be taken for one of the
        # unit of work's own (`in_force`).
        raise MirrorUnavailable(
            "this is in force, but the mirror that keeps it after a restore cannot"
            " be written",
            fix="repeat it until it is confirmed; whoever runs the installation"
            " looks after mirror/orders",
        )

    def waiting(self) -> int:
        """Tell how many orders are not in the mirror yet."""
        return len(self.chain.unsent())

    def read(self, line: bytes) -> Order:
        """Read a line of the mirror, or of a row.

        Raises:
            OrderError: it does not authenticate.

        """
        return Order.read(line, self._key)

    def result(self, order: Order) -> Mapping[str, Any]:
        """Open what an order says, under the key that sealed it.

        Raises:
            KeyDestroyed: its person was erased.
            NotProvisioned: their key is not there.
            IntegrityFault: it does not open.

        """
        body = order.body
        if order.subject is not None and _known(order.kind).sealed:
            keys = self._keyring.load(order.subject, kid_of(body))
            body = _ENVELOPE.open(keys, _place(order.number), _VERSION, body)
        found: Mapping[str, Any] = parse(body)
        return found

    def head(self, session: WriteSession, *, lane: bytes, seq: int) -> bytes:
        """Give what a lane's head in the ledger says of the orders in the mirror."""
        return self.mac(lane=lane, seq=seq, head=self.chain.newest_sent(session))

    def mac(self, *, lane: bytes, seq: int, head: OrderRef) -> bytes:
        """Give what an entry of the ledger says of a place in the chain."""
        key = self._keyring.secrets.generations(ORDERS)[-1].secret.reveal()
        return head_mac(key, lane=lane, seq=seq, head=head)

    def is_head(self, said: bytes, ref: OrderRef, *, lane: bytes, seq: int) -> bool:
        """Tell whether a head in the ledger is that of a place in the chain."""
        return any(
            compare_digest(
                head_mac(each.secret.reveal(), lane=lane, seq=seq, head=ref), said
            )
            for each in self._keyring.secrets.generations(ORDERS)
        )

    def _tried(self) -> Exception | None:
        """Write what is not written; gives what kept it out, whatever it rests on."""
        try:
            # Taken outside of every unit of work (`afterwards`); within it one is
            # opened.
            with self._mirror.ordering():
                self._send()
        except (OSError, AllodError) as error:
            return error
        return None

    def _send(self) -> None:
        # Whoever held the lock before may have written this caller's order, too.
        unsent = self.chain.unsent()
        if not unsent:
            return
        for each in unsent:
            if _known(each.kind).published:
                self._prepare(self.result(self.read(each.line)))
        # The mirror first, then the mark: a crash between them writes the same lines
        # again, which `append` finds there and leaves.
        self._mirror.orders.append(self._lined(unsent))
        self.chain.sent(unsent[-1].ref.number)

    def _lined(self, kept: Sequence[KeptOrder]) -> list[Lined]:
        return [
            Lined(each.ref, self.read(each.line).before, each.line) for each in kept
        ]

    def _sealed(
        self,
        session: WriteSession,
        subject: bytes,
        number: int,
        result: Mapping[str, Any],
    ) -> bytes:
        known = self._subjects.class_of(subject, session)
        # A copy may be older than the customer: then their row is made from this.
        customer = known and {"region": known.region, "minor": known.minor}
        body = canonical({"v": 1, "customer": customer, **result})
        return _ENVELOPE.seal(
            self._keyring.main(subject), _place(number), _VERSION, body
        )

    def _key(self, generation: int) -> bytes | None:
        return next(
            (
                each.secret.reveal()
                for each in self._keyring.secrets.generations(ORDERS)
                if each.number == generation
            ),
            None,
        )


def _known(kind: str) -> OrderKind:
    known = order_kind(kind)
    if known is None:
        raise OrderError("an order is of a kind that this program does not know")
    return known


def _place(number: int) -> bytes:
    return number.to_bytes(ID_BYTES, "big")
