"""What every store of orders and of their chain does, tried on whatever makes one."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest
from conformance_stores import ADA, BOB, MakeData, Undone

from kit.errors import IntegrityFault
from kit.sqlite import ConstraintBroken
from ledger.formats.order import NOTHING, OrderRef
from vault._internal.ports.orders import ErasureOrder, KeptOrder, OrderMoved

ORDER, SECOND = b"1" * 16, b"2" * 16


def _document(number: int) -> bytes:
    return json.dumps(
        {"chain": {"head": number}, "chained": {"number": number}}
    ).encode()


def _erasure(order_id: bytes, subject: bytes, step: str = "ordered") -> ErasureOrder:
    return ErasureOrder(order_id, subject, step, b"h" * 32, _document(1), None)


def an_order_is_found_by_its_id_and_by_its_subject(make: MakeData) -> None:
    opened = make()
    orders, first, second = (
        opened.data.orders,
        _erasure(ORDER, ADA),
        _erasure(SECOND, BOB),
    )
    with pytest.raises(Undone), opened.write() as session:
        orders.add(session, first)
        assert orders.known(session, ORDER)
        assert orders.of_subject(session, ADA) == first
        raise Undone
    assert (orders.find(ORDER), orders.count()) == (None, 0)
    with opened.write() as session:
        orders.add(session, second)
        orders.add(session, first)
        assert not orders.known(session, b"3" * 16)
        assert orders.of_subject(session, b"c" * 16) is None
    assert (orders.get(ORDER), orders.all()) == (first, [first, second])
    with pytest.raises(IntegrityFault):
        orders.get(b"3" * 16)


def a_step_is_taken_by_one_worker_alone(make: MakeData) -> None:
    opened = make()
    orders, order = opened.data.orders, _erasure(ORDER, ADA)
    with opened.write() as session:
        orders.add(session, order)
    with opened.write() as session:
        moved = orders.advance(session, order, "unkeyed", _document(2))
    assert moved == replace(order, step="unkeyed", document=_document(2))
    late: tuple[Callable[..., object], ...] = (
        lambda session: orders.advance(session, order, "unkeyed", _document(3)),
        lambda session: orders.certify(session, order, "certified", b"late"),
    )
    for step in late:
        with pytest.raises(OrderMoved), opened.write() as session:
            orders.add(session, _erasure(SECOND, BOB))
            step(session)
    assert orders.all() == [moved]
    with opened.write() as session:
        done = orders.certify(session, moved, "certified", b"certificate")
    assert done == replace(moved, step="certified", certificate=b"certificate")
    assert orders.find(ORDER) == done


def each_step_is_counted_with_those_behind_it(make: MakeData) -> None:
    opened = make()
    orders = opened.data.orders
    steps = ("ordered", "unkeyed", "purged", "stamped", "certified")
    with opened.write() as session:
        for number, step in enumerate(steps, start=1):
            order = _erasure(bytes([number] * 16), bytes([96 + number] * 16), step)
            certificate = b"there" if step == "certified" else None
            document = _document(number)
            orders.add(
                session, replace(order, document=document, certificate=certificate)
            )
    subjects = [bytes([96 + number] * 16) for number in range(1, 6)]
    assert sorted(orders.unkeyed()) == subjects[1:]
    assert sorted(orders.purged()) == subjects[2:]
    assert (orders.count(), orders.count_stamped()) == (5, 2)
    assert sorted(each["head"] for each in orders.chains()) == [3, 4, 5]
    assert sorted(each.step for each in orders.unfinished()) == sorted(steps[:4])
    assert orders.open_numbers({"ordered", "purged", "certified"}) == {1, 3}


ORDER_EXERCISES: Final[tuple[Callable[[MakeData], None], ...]] = (
    an_order_is_found_by_its_id_and_by_its_subject,
    a_step_is_taken_by_one_worker_alone,
    each_step_is_counted_with_those_behind_it,
)


def _orders(count: int) -> list[KeptOrder]:
    digests = [hashlib.sha256(bytes([number])).digest() for number in range(count)]
    return [
        KeptOrder(OrderRef(number, digest), f"kind.{number % 2}", b"line %d" % number)
        for number, digest in enumerate(digests, start=1)
    ]


def the_chain_gives_orders_by_their_numbers(make: MakeData) -> None:
    opened, kept = make(), _orders(3)
    chain = opened.data.chain
    assert chain.newest() == NOTHING
    with opened.write() as session:
        for each in kept:
            chain.add(session, each, sent=False)
        assert chain.newest(session) == kept[-1].ref
    assert chain.newest() == kept[-1].ref
    assert chain.after(1) == kept[1:]
    assert chain.after(0, ("kind.1",)) == [kept[0], kept[2]]
    assert [chain.find(number) for number in (2, 4)] == [kept[1], None]


def the_chain_knows_what_is_in_the_mirror(make: MakeData) -> None:
    opened, kept = make(), _orders(3)
    chain = opened.data.chain
    with opened.write() as session:
        for each in kept:
            chain.add(session, each, sent=False)
    assert chain.newest_sent() == NOTHING
    chain.sent(2)
    assert (chain.newest_sent(), chain.unsent()) == (kept[1].ref, [kept[2]])


def an_order_that_waits_is_told_until_it_does_not(make: MakeData) -> None:
    opened, (kept, _) = make(), _orders(2)
    chain = opened.data.chain
    with opened.write() as session:
        chain.add(session, kept, sent=True)
        chain.wait(session, 1, waiting=True)
    assert chain.waiting() == [kept]
    with opened.write() as session:
        chain.wait(session, 1, waiting=False)
    assert chain.waiting() == []


def a_second_order_at_one_number_undoes_its_unit_of_work(make: MakeData) -> None:
    opened, (one, two) = make(), _orders(2)
    chain = opened.data.chain
    with opened.write() as session:
        chain.add(session, one, sent=False)
    with pytest.raises(ConstraintBroken), opened.write() as session:
        chain.add(session, two, sent=False)
        chain.add(session, one, sent=False)
    assert chain.after(0) == [one]


def whoever_approves_twice_counts_once(make: MakeData) -> None:
    opened = make()
    chain = opened.data.chain
    for by in ("bo", "al", "bo"):
        with opened.write() as session:
            chain.approve(session, 7, by, 9)
    assert chain.approvers(7) == ["al", "bo"]
    assert chain.approvers(8) == []


def a_chain_makes_place_for_another_one(make: MakeData) -> None:
    opened, (kept, other) = make(), _orders(2)
    chain = opened.data.chain
    with opened.write() as session:
        chain.add(session, kept, sent=True)
    with opened.write() as session:
        chain.clear(session)
        chain.add(session, other, sent=False)
    assert (chain.after(0), chain.newest_sent()) == ([other], NOTHING)


CHAIN_EXERCISES: Final[tuple[Callable[[MakeData], None], ...]] = (
    the_chain_gives_orders_by_their_numbers,
    the_chain_knows_what_is_in_the_mirror,
    an_order_that_waits_is_told_until_it_does_not,
    a_second_order_at_one_number_undoes_its_unit_of_work,
    whoever_approves_twice_counts_once,
    a_chain_makes_place_for_another_one,
)
