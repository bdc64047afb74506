"""An erasure once more, after a restore: from its order in the mirror, in every store.

Where the data store is older it does not know the order; then the row is made again,
with the secret that the customer was given, and the steps are taken from the first one.
Holds with a lower number do not keep it: it was ordered after them. Where the identity
store alone is older, what leads to the customer is destroyed there again.
"""

import secrets
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from kit.clock import Clock, unix
from kit.db import Database, WriteSession
from ledger.formats.encoding import decode64
from ledger.formats.order import OrderRef
from vault._internal.ports.identity import IdentityStore
from vault._internal.ports.orders import ErasureOrder, OrderStore
from vault._internal.ports.subjects import SubjectStore
from vault.erasure.certificate_facts import CertificateFacts
from vault.erasure.erasure import FENCED, ORDERED, TOMBSTONED, Erasure
from vault.erasure.erasure_order import begun_at, ceiling, placed
from vault.erasure.purging import Purging


class ErasureReplay:
    """Takes erasures up again."""

    def __init__(
        self,
        *,
        database: Database,
        orders: OrderStore,
        subjects: SubjectStore,
        identity: IdentityStore,
        gathering: CertificateFacts,
        purging: Purging,
        erasure: Erasure,
        clock: Clock,
        suppression: timedelta,
    ) -> None:
        self._database = database
        self._orders = orders
        self._subjects = subjects
        self._identity = identity
        self._suppression = suppression
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
        order = ErasureOrder(
            *(order_id, subject, ORDERED, decode64(result["secret"])),
            *(placed(document, ref), None),
        )
        self._orders.add(session, order)

    def lost(self) -> Iterator[tuple[bytes, dict[str, Any]]]:
        """Give whom keys/ knows to be erased, and data/ does not, with a new order.

        Their keys are gone; a fence alone, put there by hand, has nobody erased. The
        secret of then is lost with its order.
        """
        known, reads = (
            {each.subject for each in self._orders.all()},
            self._identity.reads,
        )
        until = unix(self._clock.now() + self._suppression)
        for subject in self._subjects.all():
            order_id = reads.fence(subject)
            if order_id and subject not in known and reads.links(subject).unlinked:
                yield subject, ceiling(order_id, until, secrets.token_bytes(32))

    def finish(self, order_id: bytes) -> None:
        """Do what an order says once more, in every store, whatever was done before."""
        order = self._orders.get(order_id)
        if order.step == FENCED:
            self._erasure.unlink_again(order)
        elif order.step not in {ORDERED, TOMBSTONED}:
            self._erasure.unkey_again(order)
            with self._database.write() as session:
                self._purging.purge(session, order.subject)
            self._database.truncate_wal()
        self._erasure.drive(order)
