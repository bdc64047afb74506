"""Orders: one canonical line each, chained and authenticated; frozen."""

import base64
import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.canonical import canonical
from ledger.formats.order import (
    GENESIS,
    NOTHING,
    Order,
    OrderError,
    OrderRef,
    digest_of,
    head_mac,
)

VECTORS = Path(__file__).parents[2] / "vectors"
FROZEN: dict[str, Any] = json.loads((VECTORS / "order.json").read_bytes())
KEY = bytes.fromhex(FROZEN["key"])
SUBJECT = bytes(range(16))


def key(generation: int) -> bytes | None:
    return KEY if generation == 1 else None


def order(number: int = 1, before: bytes = GENESIS) -> Order:
    return Order.make(
        *(number, "consent.withdrawn", SUBJECT, b"sealed"),
        before=before,
        generation=1,
        key=KEY,
    )


def test_the_script_writes_the_frozen_vectors_again_byte_for_byte() -> None:
    script = runpy.run_path(str(VECTORS / "order_vectors.py"))
    for name, text in script["texts"]():
        assert text == (VECTORS / f"{name}.json").read_text("utf-8"), name


def test_the_frozen_orders_are_read_and_written_again() -> None:
    before = GENESIS
    for vector in FROZEN["orders"]:
        read = Order.read(vector["line"].encode(), key)
        made = Order.make(
            *(read.number, read.kind, read.subject, read.body),
            before=before,
            generation=1,
            key=KEY,
        )
        assert (made, made.ref.digest.hex()) == (read, vector["digest"])
        before = read.ref.digest


def test_the_frozen_head_is_made_of_the_last_order() -> None:
    last = FROZEN["orders"][-1]
    head = OrderRef(3, bytes.fromhex(last["digest"]))
    lane = bytes.fromhex(FROZEN["lane"])
    assert head_mac(KEY, lane=lane, seq=7, head=head).hex() == FROZEN["head"]


def test_two_heads_differ_though_no_order_came_between() -> None:
    lane = bytes(16)
    assert head_mac(KEY, lane=lane, seq=1, head=NOTHING) != head_mac(
        KEY, lane=lane, seq=2, head=NOTHING
    )


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("n", 2),
        ("kind", "erasure"),
        ("subject", None),
        ("subject", "ff" * 16),
        ("body", base64.b64encode(b"other").decode()),
        ("prev", base64.b64encode(bytes(31) + b"1").decode()),
        ("gen", 2),
        ("v", 2),
        ("mac", base64.b64encode(bytes(32)).decode()),
    ],
)
def test_no_member_can_be_another_one(member: str, value: object) -> None:
    said = json.loads(order().line)
    with pytest.raises(OrderError):
        Order.read(canonical({**said, member: value}), key)


def test_an_order_of_another_installation_is_refused() -> None:
    with pytest.raises(OrderError, match="order 1 has a false MAC"):
        Order.read(order().line, lambda _: bytes(32))


def test_another_spelling_of_the_same_order_is_refused() -> None:
    said = json.loads(order().line)
    with pytest.raises(OrderError, match="canonical"):
        Order.read(json.dumps(said).encode(), key)


@given(st.binary(max_size=300))
def test_whatever_bytes_come_there_is_one_error(data: bytes) -> None:
    with pytest.raises(OrderError):
        Order.read(data, key)


@given(
    st.integers(1, 2**40), st.binary(max_size=200), st.binary(min_size=32, max_size=32)
)
def test_what_is_made_is_read(number: int, body: bytes, before: bytes) -> None:
    made = Order.make(
        *(number, "token.revoked", None, body), before=before, generation=1, key=KEY
    )
    assert Order.read(made.line, key) == made
    assert made.ref == OrderRef(number, digest_of(made.line))
