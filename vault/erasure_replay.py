"""An erasure once more, after a restore: from its order in the mirror, in every store.

Where the data store is older it does not know the order; then the row is made again,
with the secret that the customer was given, and the steps are taken from the first one.
Holds with a lower number do not keep it: it was ordered after them. Where the identity
store alone is older, what leads to the customer is destroyed there again.
"""

from collections.abc import Mapping
from typing import Any

from kit.clock import Clock
from kit.db import Database, WriteSession
from ledger.order import OrderRef
from ledger.strict import decode64
from vault._internal.orders import Order, SqliteOrders
from vault.erasure import ORDERED, TOMBSTONED, Erasure
from vault.erasure_order import begun_at, placed
from vault.gathering import Gathering
from vault.purging import Purging


class ErasureReplay:
    """Takes erasures up again."""

    def __init__(
        self,
        *,
        database: Database,
        orders: SqliteOrders,
        gathering: Gathering,
        purging: Purging,
        erasure: Erasure,
        clock: Clock,
    ) -> None:
        self._database = database
        self._orders = orders
        self._gathering = gathering
        self._purging = purging
        self._erasure = erasure
        self._clock = clock

    def take_up(
        self,
        session: WriteSession,
        subject: bytes,
        result: Mapping[str, Any],
        ref: OrderRef,
    ) -> None:
        """Keep an order that this copy of the data store does not know."""
        order_id = bytes.fromhex(result["order"])
        if self._orders.known(session, order_id):
            return
        begun = begun_at(self._clock.now(), order_id, result["until"])
        document = begun | self._gathering.at_hand(subject)
        order = Order(
            *(order_id, subject, ORDERED, decode64(result["secret"])),
            *(placed(document, ref), None),
        )
        self._orders.add(session, order)

    def finish(self, order_id: bytes) -> None:
        """Do what an order says once more, in every store, whatever was done before."""
        order = self._orders.get(order_id)
        if order.step not in {ORDERED, TOMBSTONED}:
            self._erasure.unkey_again(order)
            with self._database.write() as session:
                self._purging.purge(session, order.subject)
            self._database.truncate_wal()
        self._erasure.drive(order)
