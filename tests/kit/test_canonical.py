"""Canonical JSON: one byte string per value, and nothing ambiguous comes in."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.canonical import canonical, parse
from kit.errors import Malformed

SAFE = st.integers(-(2**53) + 1, 2**53 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | SAFE | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


@given(JSON)
def test_what_is_written_canonically_reads_back_as_it_was(value: object) -> None:
    assert parse(canonical(value), max_depth=100) == value


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_malformed(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        parse(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":2}',
        b"[NaN]",
        b"[1e999]",
        b"[-Infinity]",
        b'["\\ud800"]',
        b"1" * 21,
        b"[" * 33 + b"]" * 33,
        b"\xff",
        b"",
        b"{}x",
    ],
)
def test_ambiguous_or_unbounded_json_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


@pytest.mark.parametrize(
    "number", ["1.0", "1e0", "1E2", "-0", "-0.0", str(2**53), str(-(2**53)), "1" * 20]
)
def test_a_number_that_readers_take_for_different_ones_is_not_exact(
    number: str,
) -> None:
    data = b'{"a":[%s],"b":"1.5"}' % number.encode()
    assert parse(data)["b"] == "1.5"
    with pytest.raises(Malformed, match="whole number"):
        parse(data, exact=True)


@pytest.mark.parametrize("number", [0, -1, 2**53 - 1, 1 - 2**53])
def test_a_number_that_readers_agree_on_is_exact(number: int) -> None:
    assert parse(b"%d" % number, exact=True) == number


def test_brackets_inside_strings_do_not_count_as_depth() -> None:
    text = "[" * 100 + '"' + "\\"
    assert parse(canonical([text])) == [text]


def test_an_error_names_the_place_and_never_the_content() -> None:
    with pytest.raises(Malformed) as fault:
        parse(b'{"name": "Canary-7f3a", }')
    assert "Canary" not in fault.value.detail
    assert "column" in fault.value.detail
