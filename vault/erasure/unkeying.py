"""What an erasure has the register do for an order, and until when."""

import json
from datetime import datetime

from kit.clock import from_unix
from vault._internal.customer_registry import Register
from vault._internal.ports.identity import Held
from vault._internal.ports.orders import ErasureOrder
from vault.erasure.certificate_facts import SUPPRESSION_BASIS
from vault.erasure.erasure_order import ref_of


class Unkeying:
    """The identity store's part of an erasure.

    Orders leave that store in the order of their numbers: so its one number, that of
    the last order that changed it, says that none before is missing.
    """

    def __init__(self, register: Register) -> None:
        self._register = register

    def unlink(self, order: ErasureOrder) -> Held:
        """Destroy keys and customer id, as `Register.unlink` does."""
        return self._register.unlink(
            order.subject,
            order_id=order.order_id,
            until=_suppressed_until(order),
            basis=SUPPRESSION_BASIS,
            ref=ref_of(order),
        )

    def let_go(self, order: ErasureOrder) -> int | None:
        """Let go of what their records are found by, as `Register.let_go` does."""
        return self._register.let_go(
            order.subject, until=_suppressed_until(order), basis=SUPPRESSION_BASIS
        )

    def settle(self, order: ErasureOrder) -> None:
        """Forget that they were leaving: the order says what went."""
        self._register.settle(order.subject)


def _suppressed_until(order: ErasureOrder) -> datetime:
    return from_unix(json.loads(order.document)["suppressed_until"])
