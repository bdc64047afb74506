"""Orders as a store keeps them."""

from dataclasses import dataclass
from typing import Any, Protocol

from kit.db import WriteSession
from ledger.formats.order import OrderRef


class OrderMoved(Exception):
    """Another worker has taken this order a step further; look at it again."""


@dataclass(frozen=True, slots=True)
class ErasureOrder:
    """One erasure order as it stands. `document` is canonical JSON."""

    order_id: bytes
    subject: bytes
    step: str
    secret_hash: bytes
    document: bytes
    certificate: bytes | None


class OrderStore(Protocol):
    """Erasure orders, each at the step that it has come to."""

    def add(self, session: WriteSession, order: ErasureOrder) -> None:
        """Keep a new order."""

    def find(self, order_id: bytes) -> ErasureOrder | None:
        """Find an order by its id."""

    def get(self, order_id: bytes) -> ErasureOrder:
        """Get an order that is known to be there."""

    def known(self, session: WriteSession, order_id: bytes) -> bool:
        """Tell whether there is such an order, inside a unit of work."""

    def of_subject(self, session: WriteSession, subject: bytes) -> ErasureOrder | None:
        """Find the order about a subject, inside a unit of work."""

    def all(self) -> list[ErasureOrder]:
        """List every order, finished or not, by its id."""

    def chains(self) -> list[dict[str, Any]]:
        """Give the head of each erased customer's chain, whose openings are gone."""

    def count(self) -> int:
        """Count all orders, whatever became of them."""

    def unkeyed(self) -> list[bytes]:
        """List the subjects whose keys were destroyed."""

    def count_stamped(self) -> int:
        """Count the erasures whose entry is in the ledger."""

    def purged(self) -> list[bytes]:
        """List the subjects of whom nothing is left."""

    def unfinished(self) -> list[ErasureOrder]:
        """List the orders that have no certificate yet."""

    def open_numbers(self, steps: set[str]) -> set[int]:
        """Give the numbers, in the chain, of the orders that stand at some steps."""

    def advance(
        self, session: WriteSession, order: ErasureOrder, step: str, document: bytes
    ) -> ErasureOrder:
        """Note that a step is done, in the unit of work that did it.

        Raises:
            OrderMoved: another worker did it first; this unit of work is undone.

        """

    def certify(
        self, session: WriteSession, order: ErasureOrder, step: str, certificate: bytes
    ) -> ErasureOrder:
        """Keep an order's certificate, the last of its steps.

        Raises:
            OrderMoved: another worker did it first; this unit of work is undone.

        """


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """One order of the chain as it is kept: its line and its place."""

    ref: OrderRef
    kind: str
    line: bytes


class OrderChain(Protocol):
    """The chain of orders."""

    def newest(self, session: WriteSession | None = None) -> OrderRef:
        """Give the place of the last order; inside a unit of work, if given."""

    def newest_sent(self, session: WriteSession | None = None) -> OrderRef:
        """Give the place of the last order that is durable in the mirror."""

    def add(self, session: WriteSession, kept: KeptOrder, *, sent: bool) -> None:
        """Keep an order behind the last one; a number that is taken raises."""

    def clear(self, session: WriteSession) -> None:
        """Forget the chain, to keep another one in its place."""

    def unsent(self) -> list[KeptOrder]:
        """List the orders that are not known to be in the mirror."""

    def after(self, number: int, kinds: tuple[str, ...] = ()) -> list[KeptOrder]:
        """List the orders with a higher number, those of some kinds if any is named."""

    def find(self, number: int) -> KeptOrder | None:
        """Find an order by its number."""

    def sent(self, number: int) -> None:
        """Note that all up to a number are in the mirror; noted again if it is lost.

        A unit of work of its own, that a power failure may undo.
        """

    def wait(self, session: WriteSession, number: int, *, waiting: bool) -> None:
        """Say whether an order waits for a key that an older copy does not have."""

    def waiting(self) -> list[KeptOrder]:
        """List the orders that wait for a key."""

    def approve(self, session: WriteSession, since: int, by: str, at: int) -> None:
        """Keep one principal's yes to going on without orders; one counts once."""

    def approvers(self, since: int) -> list[str]:
        """List who said so, for an instant; a row by another hand says nothing."""
