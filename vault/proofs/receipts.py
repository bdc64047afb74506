"""Receipts, and evidence of when: what a customer carries away as proof.

A receipt opens one ledger entry and nothing else: it holds salt and payload, neither
the content nor the link of the customer's hidden chain. After an erasure the vault
cannot make it again; a copy that the customer took keeps verifying.

Evidence is a receipt together with an authority's time stamp, in one file. That of a
contribution is of the newest entry that says what was contributed, by the earliest
time stamp that covers it; what was allowed with it since is not in it. That of an
erasure carries the certificate, and can be made after the key is gone, for the opening
of an erasure's entry is on the certificate anyway.
"""

import json
from collections import deque
from collections.abc import Iterator
from typing import Final

from kit.errors import Conflict, NotFound
from ledger.formats.commitment import Opening
from ledger.formats.cose import CoseReceipt
from ledger.formats.entries import ErasureOpening
from ledger.formats.evidence import Evidence
from ledger.formats.receipt import Receipt
from ledger.log import Log
from ledger.outside.trusted_time import TrustedTime
from vault._internal.ports.orders import OrderStore
from vault.erasure.erasure import Erasure
from vault.proofs.openings import Openings, Stamped


class Receipts:
    """Makes receipts of a customer's entries, under the newest checkpoint."""

    def __init__(self, *, openings: Openings, log: Log) -> None:
        self._openings = openings
        self._log = log

    def of_record(self, subject: bytes, record: bytes) -> Receipt:
        """Make the receipt of a record's newest entry.

        Raises:
            NotFound: nothing about such a record of this customer was ever stamped.

        """
        newest = self._newest(subject, record)
        self._cover(newest)
        return self._log.receipt(newest.index, newest.opening.opening)

    def cose_of_record(self, subject: bytes, record: bytes) -> CoseReceipt:
        """Make the same receipt in COSE (RFC 9942).

        Raises:
            NotFound: nothing about such a record of this customer was ever stamped.

        """
        newest = self._newest(subject, record)
        self._cover(newest)
        return self._log.cose_receipt(newest.index, newest.opening.opening)

    def of_subject(self, subject: bytes) -> Iterator[tuple[Stamped, Receipt]]:
        """Make the receipts of all of a customer's entries, in chain order, as asked.

        Raises:
            KeyDestroyed: they were erased, at once or meanwhile.

        """
        last = self._openings.last(subject)
        if self._log.backlog():
            self._log.publish()
        waiting = deque[Stamped]()

        def opened() -> Iterator[tuple[int, Opening]]:
            for each in self._openings.each(subject, last):
                waiting.append(each)
                yield each.index, each.opening.opening

        for receipt in self._log.receipts(opened()):
            yield waiting.popleft(), receipt

    def entries(self, subject: bytes, last: int) -> Iterator[Stamped]:
        """Give a customer's entries again, up to a number of the chain.

        Raises:
            KeyDestroyed: they were erased meanwhile.

        """
        return self._openings.each(subject, last)

    def _newest(self, subject: bytes, record: bytes) -> Stamped:
        stamped = self._openings.of(subject, record)
        if not stamped:
            raise NotFound
        return stamped[-1]

    def _cover(self, stamped: Stamped) -> None:
        """Publish, if the newest checkpoint does not cover this entry."""
        signed = self._log.latest()
        if signed is None or stamped.index >= signed.checkpoint.size:
            self._log.publish()


KINDS: Final = frozenset({"contribution", "contribution.updated"})


class EvidenceMaker:
    """Makes evidence of contributions and of erasures."""

    def __init__(
        self,
        *,
        openings: Openings,
        orders: OrderStore,
        erasure: Erasure,
        time: TrustedTime,
    ) -> None:
        self._openings = openings
        self._orders = orders
        self._erasure = erasure
        self._time = time

    def of_record(self, subject: bytes, record: bytes) -> Evidence:
        """Make the evidence of a customer's contribution.

        Raises:
            NotFound: there is no such contribution of this customer.
            Conflict: no time stamp covers it yet.

        """
        said = [
            each
            for each in self._openings.of(subject, record)
            if each.opening.kind in KINDS
        ]
        if not said:
            raise NotFound
        return self.of_contribution(said[-1])

    def of_contribution(self, stamped: Stamped) -> Evidence:
        """Make the evidence of one entry about a contribution.

        Raises:
            Conflict: it is of something else, or no time stamp covers it yet.

        """
        if stamped.opening.kind not in KINDS:
            raise Conflict("there is evidence of contributions alone")
        return self._time.evidence(stamped.index, stamped.opening.opening)

    def of_erasure(self, order_id: bytes, secret: str) -> Evidence:
        """Make the evidence of an erasure, for whoever has the secret given with it.

        Raises:
            NotFound: no such erasure, another secret, or no certificate yet.
            Conflict: no time stamp covers it yet.

        """
        certificate = self._erasure.state(order_id, secret).certificate
        if certificate is None:
            raise NotFound
        document = json.loads(self._orders.get(order_id).document)
        opening = ErasureOpening.from_bytes(document["opening"].encode())
        return self._time.evidence(
            document["index"], opening.opening, certificate=certificate
        )
