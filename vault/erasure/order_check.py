"""The orders in the mirror, held to the three stores and to the ledger.

Each store keeps the number and the digest of the last order that changed it. What lies
beyond is what a restored store lacks. The chain has to reach the head that the newest
lane head of the ledger speaks of, so orders that were cut off are missed, too. Anything
that does not fit is a hard stop that names the order and the way out: a vault that goes
on without an order would answer what was forbidden.

A start reads the segments that lie beyond what the data store has; `findings` reads
all of them.
"""

from collections.abc import Iterator, Mapping
from hmac import compare_digest
from typing import Any, Final

from kit.errors import CannotStart
from ledger.checks.audit import LedgerFinding
from ledger.files.mirror import Mirror
from ledger.files.order_files import Segment
from ledger.formats.commitment import CommitmentError, text_bytes
from ledger.formats.order import NOTHING, Order, OrderError, OrderRef
from ledger.formats.order_kinds import StoreName, declare_order, narrows, order_kinds
from ledger.log import Log
from ledger.publisher import LOST
from vault._internal.ports.identity import IdentityStore
from vault._internal.ports.orders import KeptOrder, OrderChain, OrderStore
from vault.erasure.erasure import ORDERED, TOMBSTONED
from vault.orders.order_book import OrderBook

ACCEPTED: Final = "orders.accepted"
"""The order that goes on where others are lost; it alone may leave numbers out."""

declare_order(
    ACCEPTED, StoreName.DATA, StoreName.IDENTITY, sealed=False, published=True
)
narrows(ACCEPTED, ACCEPTED)


class OrdersLost(CannotStart):
    """Orders are missing, false or another installation's; nothing is answered."""

    code, title = "orders_lost", "Orders are missing or false"

    def __init__(self, detail: str) -> None:
        super().__init__(f"mirror/orders: {detail}", fix=LOST)


class OrderCheck:
    """Reads the chain of orders, and says which of them a store lacks."""

    def __init__(
        self,
        *,
        book: OrderBook,
        chain: OrderChain,
        erasures: OrderStore,
        identity: IdentityStore,
        mirror: Mirror,
        log: Log,
    ) -> None:
        self._book = book
        self._chain = chain
        self._erasures = erasures
        self._identity = identity
        self._mirror = mirror
        self._log = log

    def lacking(self) -> list[Order]:
        """Give the orders that a store lacks, by number.

        Raises:
            OrdersLost: the mirror does not hold what it has to.

        """
        try:
            mirrored = list(self._walk(self._chain.newest_sent()))
            if mirrored and self._chain.newest() == NOTHING:
                # Every home has an order from its first moment on, or its upgrade.
                raise OrderError("order 1 is not in data/, which is from before it")
            self._require_rows(mirrored)
            self._require_identity(mirrored)
            self._require_head(mirrored)
            return self._behind(mirrored)
        except (OrderError, CommitmentError) as error:
            raise OrdersLost(error.detail) from None

    def whole(self) -> list[Order]:
        """Give what of the chain authenticates from its beginning, here or in rows."""
        orders: list[Order] = []
        rows = [each.line for each in self._chain.after(0)]
        for lines in (self.lines(), rows):
            last = orders[-1].ref if orders else NOTHING
            orders += _following(self._book, lines, last)
        return orders

    def findings(self) -> Iterator[LedgerFinding]:
        """Name the first fault in the whole chain, and what does not belong there."""
        for name in self._mirror.orders.strays():
            detail = f"mirror/orders/{name} is no segment of orders; nothing obeys it"
            yield LedgerFinding("orders.stray", None, detail)
        try:
            mirrored = list(self._walk(NOTHING))
            self._require_rows(mirrored)
            self._require_identity(mirrored)
            yield from self._heads([NOTHING, *(each.ref for each in mirrored)])
        except OrderError as error:
            yield LedgerFinding("orders", None, error.detail)

    def _walk(self, known: OrderRef) -> Iterator[Order]:
        """Give the orders in the mirror from the segment of a known one on."""
        last: OrderRef | None = NOTHING if known.number == 0 else None
        met = known.number == 0
        for segment in self._mirror.orders.segments(max(known.number - 1, 0)):
            if last is not None and not compare_digest(segment.head, last.digest):
                raise OrderError(
                    f"order {segment.first} does not follow the one before"
                )
            for order in self._read(segment, last):
                last = order.ref
                met = met or last == known
                if last.number == known.number and last != known:
                    raise OrderError(f"order {known.number} is another than data/ has")
                yield order
        if not met:
            raise OrderError(f"order {known.number} is missing")

    def _read(self, segment: Segment, last: OrderRef | None) -> Iterator[Order]:
        before = segment.head
        for line in segment.lines:
            order = self._book.read(line)
            _require_next(order, before, last)
            yield order
            last, before = order.ref, order.ref.digest

    def _require_rows(self, mirrored: list[Order]) -> None:
        here = {each.number: each for each in mirrored}
        first = min(here, default=1)
        for kept in self._chain.after(first - 1):
            order = here.get(kept.ref.number) or self._book.read(kept.line)
            if kept != KeptOrder(order.ref, order.kind, order.line):
                raise OrderError(f"order {kept.ref.number} is another than data/ has")

    def _require_identity(self, mirrored: list[Order]) -> None:
        applied = self._identity.reads.applied()
        if applied == NOTHING:
            return
        found = next((o.ref for o in mirrored if o.number == applied.number), None)
        kept = self._chain.find(applied.number)
        if (found or (kept and kept.ref)) != applied:
            raise OrderError(
                f"order {applied.number}, which changed keys/, is missing or another"
            )

    def _require_head(self, mirrored: list[Order]) -> None:
        said = self._log.newest_operator(MEMBER)
        if said is None:
            return
        if not any(self._is_head(said, ref) for ref in self._places(mirrored)):
            last = next(self._places(mirrored)).number
            raise OrderError(
                f"the ledger knows of orders after {last}, and they are missing"
            )

    def _places(self, mirrored: list[Order]) -> Iterator[OrderRef]:
        """Give the places in the chain, the last one first."""
        yield from (each.ref for each in reversed(mirrored))
        if not mirrored or mirrored[0].number > 1:
            yield from (each.ref for each in reversed(self._chain.after(0)))
        yield NOTHING

    def _behind(self, mirrored: list[Order]) -> list[Order]:
        newest, applied = self._chain.newest(), self._identity.reads.applied()
        # It was a crash of our own that kept these from keys/, and they go on.
        open_ones = self._erasures.open_numbers({ORDERED, TOMBSTONED})
        rows = [
            self._book.read(each.line)
            for each in self._chain.after(applied.number, named(StoreName.IDENTITY))
            if each.ref.number not in open_ones
        ]
        return [*rows, *(each for each in mirrored if each.number > newest.number)]

    def _heads(self, refs: list[OrderRef]) -> Iterator[LedgerFinding]:
        """Hold every head that the ledger speaks of to the chain, in one pass.

        Where orders were given up, those before speak of a chain that is gone.
        """
        heads = list(self._log.operators_with(MEMBER))
        given_up = [at for at, (_, kind, _) in enumerate(heads) if kind == ACCEPTED]
        at = 0
        for index, _, facts in heads[max(given_up, default=0) :]:
            found = range(at, len(refs))
            at = next((n for n in found if self._is_head(facts, refs[n])), -1)
            if at < 0:
                detail = "the chain of orders has no such head"
                yield LedgerFinding("orders.head", index, detail)
                return

    def _is_head(self, said: Mapping[str, Any], ref: OrderRef) -> bool:
        lane, seq, head = (
            bytes.fromhex(said["lane"]),
            said["seq"],
            text_bytes(said[MEMBER]),
        )
        return self._book.is_head(head, ref, lane=lane, seq=seq)

    def lines(self) -> list[bytes]:
        """Give the lines in the mirror, as far as they can be told apart."""
        lines: list[bytes] = []
        try:
            for segment in self._mirror.orders.segments():
                lines += segment.lines
        except OrderError:
            # Up to here it can be read; what follows is what is lost.
            return lines
        return lines


MEMBER: Final = "orders"
"""The member of an operator entry that speaks of the head of the chain."""


def named(store: StoreName) -> tuple[str, ...]:
    """List the kinds of orders that change a store."""
    return tuple(k for k, kind in order_kinds().items() if store in kind.stores)


def _following(book: OrderBook, lines: list[bytes], last: OrderRef) -> Iterator[Order]:
    for line in lines:
        try:
            order = book.read(line)
            if order.number <= last.number:
                continue
            _require_next(order, last.digest, last)
        except OrderError:
            return
        last = order.ref
        yield order


def _require_next(order: Order, before: bytes, last: OrderRef | None) -> None:
    if order.before != before:
        raise OrderError(f"order {order.number} does not follow the one before")
    if last is None or order.number == last.number + 1:
        return
    if order.kind != ACCEPTED or order.number <= last.number:
        raise OrderError(f"order {last.number + 1} is missing")
