"""CBOR: one spelling, agreed with a library that nobody here wrote, and one error."""

from typing import Any

import cbor2
import pytest
from allod.proofs._cbor import read_cbor
from hypothesis import given
from hypothesis import strategies as st

from ledger.formats.cbor import CborError, Tag, encode

NUMBERS = st.integers(-(1 << 64), (1 << 64) - 1)
KEYS = st.integers(-(1 << 32), 1 << 32) | st.text(max_size=40)
VALUES = st.recursive(
    st.none() | NUMBERS | st.binary(max_size=300) | st.text(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=30) | st.dictionaries(KEYS, inner, max_size=30)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_reads_back(value: Any) -> None:
    assert read_cbor(encode(value)) == value


@given(VALUES)
def test_what_is_written_is_what_another_library_writes(value: Any) -> None:
    written = encode(value)
    assert written == cbor2.dumps(value, canonical=True) or _sorts_by_length(value)
    assert cbor2.loads(written) == value


def _sorts_by_length(value: Any) -> bool:
    """RFC 7049 ordered keys by their length first, and that library still does."""
    match value:
        case dict():
            keys = [cbor2.dumps(key, canonical=True) for key in value]
            other = sorted(keys, key=lambda key: (len(key), key)) != sorted(keys)
            return other or any(map(_sorts_by_length, value.values()))
        case list():
            return any(map(_sorts_by_length, value))
    return False


def test_the_examples_of_the_standard_come_out() -> None:
    # RFC 8949, appendix A
    assert encode(23) == b"\x17"
    assert encode(24) == b"\x18\x18"
    assert encode(1000000) == bytes.fromhex("1a000f4240")
    assert encode(-1000) == bytes.fromhex("3903e7")
    assert encode(18446744073709551615) == bytes.fromhex("1bffffffffffffffff")
    assert encode(Tag(1, 1363896240)) == bytes.fromhex("c11a514b67b0")
    assert encode([1, [2, 3], [4, 5]]) == bytes.fromhex("8301820203820405")
    assert encode({"a": 1, "b": [2, 3]}) == bytes.fromhex("a26161016162820203")


@pytest.mark.parametrize("value", [True, 1.5, {1}, 1 << 64, "\ud800", object()])
def test_a_value_without_a_form_is_not_written(value: object) -> None:
    with pytest.raises(CborError):
        encode(value)
