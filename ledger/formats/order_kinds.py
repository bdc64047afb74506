"""The registry of acts: each one narrows what is answered, undoes that, or neither.

A copy of the stores is a past in which less was forbidden. What narrows must hold again
after any restore, so it leaves an order outside of the stores (`ledger.formats.order`);
what undoes a narrowing leaves one too, or a replay would do harm. What does neither may
be lost with the copy, and can never be forged.

A package declares its acts, and the kinds of orders that they leave, when it is
imported. A test fails for a kind of entry, an act or a unit of work that says nothing.
"""

from dataclasses import dataclass
from enum import StrEnum


class ActEffect(StrEnum):
    """What an act does to the answers that anybody gets."""

    NARROWS = "narrows"
    UNDOES = "undoes"
    NEITHER = "neither"


class StoreName(StrEnum):
    """A store that an order may change."""

    DATA = "data"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class OrderKind:
    """A kind of orders: the stores it changes, and whether a person's key seals it.

    One that is `published` rests on entries of the ledger: they are in the mirror
    before it.
    """

    name: str
    stores: frozenset[StoreName]
    sealed: bool
    published: bool


@dataclass(frozen=True, slots=True)
class OrderAct:
    """An act: its effect, and the kind of order that it leaves, if any."""

    name: str
    effect: ActEffect
    order: str | None


_orders: dict[str, OrderKind] = {}
_acts: dict[str, OrderAct] = {}


def declare_order(
    name: str, *stores: StoreName, sealed: bool, published: bool = False
) -> None:
    """Add a kind of orders. Declaring it again alike changes nothing.

    Raises:
        ValueError: it changes no store, or is declared otherwise already.

    """
    kind = OrderKind(name, frozenset(stores), sealed, published)
    if not stores or _orders.setdefault(name, kind) != kind:
        raise ValueError("a kind of orders names the stores that it changes, once")


def declare_act(name: str, effect: ActEffect, order: str | None = None) -> None:
    """Say what an act does; what narrows or undoes names the order that it leaves.

    Raises:
        ValueError: it leaves no order and must, or the other way round, or it is
            declared otherwise already.

    """
    act = OrderAct(name, effect, order)
    if (effect is ActEffect.NEITHER) != (order is None):
        raise ValueError(
            "what narrows or undoes leaves an order, and nothing else does"
        )
    if _acts.setdefault(name, act) != act:
        raise ValueError("an act has one effect")


def narrows(name: str, order: str) -> None:
    """Declare an act after which less is answered."""
    declare_act(name, ActEffect.NARROWS, order)


def undoes(name: str, order: str) -> None:
    """Declare an act that takes a narrowing back."""
    declare_act(name, ActEffect.UNDOES, order)


def neither(*names: str) -> None:
    """Declare acts that may be lost with a copy."""
    for name in names:
        declare_act(name, ActEffect.NEITHER)


def order_kind(name: str) -> OrderKind | None:
    """Find a kind of orders."""
    return _orders.get(name)


def order_kinds() -> dict[str, OrderKind]:
    """List the kinds of orders that there are."""
    return dict(_orders)


def acts() -> dict[str, OrderAct]:
    """List the acts that there are."""
    return dict(_acts)
