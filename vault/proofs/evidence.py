"""Evidence of when: a receipt together with an authority's time stamp, in one file.

A contribution's evidence is of the newest entry that says what was contributed, by the
earliest time stamp that covers it; what was allowed with it since is not in it. An
erasure's evidence carries the certificate, and can be made after the key is gone, for
the opening of an erasure's entry is on the certificate anyway.
"""

import json
from typing import Final

from kit.errors import Conflict, NotFound
from ledger.formats.entries import ErasureOpening
from ledger.formats.evidence import Evidence
from ledger.outside.trusted_time import TrustedTime
from vault._internal.ports.orders import OrderStore
from vault.erasure.erasure import Erasure
from vault.proofs.openings import Openings, Stamped

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
            each for each in self._openings.of(subject, record) if _kind(each) in KINDS
        ]
        if not said:
            raise NotFound
        return self.of_contribution(said[-1])

    def of_contribution(self, stamped: Stamped) -> Evidence:
        """Make the evidence of one entry about a contribution.

        Raises:
            Conflict: it is of something else, or no time stamp covers it yet.

        """
        if _kind(stamped) not in KINDS:
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


def _kind(stamped: Stamped) -> str:
    """Tell what was stamped."""
    kind: str = stamped.opening.opening.statement()["kind"]
    return kind
