"""Identifiers: one spelling for what is one, two for what are two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Invalid
from vault._internal.identifiers import (
    Identifier,
    IdentifierKind,
    spelled,
    spelled_customer_id,
)

EMAIL, PHONE, EXTERNAL = IdentifierKind
FULL_WIDTH = {ord("0") + n: 0xFF10 + n for n in range(10)}


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (EMAIL, "Ann@Example.org", " ann@example.ORG\n"),
        (EMAIL, "jose\u0301@example.org", "jos\u00e9@example.org"),
        (EMAIL, "STRASSE@example.org", "straße@example.org"),
        (PHONE, "+86 138-0013-8000", "+8613800138000"),
        (PHONE, "+86 138 0013 8000".translate(FULL_WIDTH), "+86 138 0013 8000"),
        (PHONE, "(0)30 / 12 34 56", "030123456"),
        (EXTERNAL, " A-17 ", "A-17"),
    ],
)
def test_two_ways_to_write_it_are_one_identifier(
    kind: IdentifierKind, one: str, other: str
) -> None:
    assert spelled(Identifier("f", kind, one)) == spelled(Identifier("f", kind, other))


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (EMAIL, "ann@example.org", "anne@example.org"),
        (PHONE, "+49301234", "49301234"),
        (EXTERNAL, "a-17", "A-17"),
    ],
)
def test_two_identifiers_stay_two(kind: IdentifierKind, one: str, other: str) -> None:
    assert spelled(Identifier("f", kind, one)) != spelled(Identifier("f", kind, other))


@given(st.sampled_from(IdentifierKind), st.text(max_size=20))
def test_a_spelling_is_its_own_spelling_and_only_invalid_is_raised(
    kind: IdentifierKind, text: str
) -> None:
    try:
        once = spelled(Identifier("f", kind, text))
    except Invalid:
        return
    assert spelled(Identifier("f", kind, once)) == once


@pytest.mark.parametrize("kind", IdentifierKind)
@pytest.mark.parametrize("value", ["", "  ", "a\x00b", "\ud800", "x" * 257])
def test_what_can_be_no_identifier_is_refused(kind: IdentifierKind, value: str) -> None:
    with pytest.raises(Invalid) as caught:
        spelled(Identifier("f", kind, value))
    assert value.strip() == "" or value not in caught.value.detail


def test_a_phone_number_without_a_digit_is_refused() -> None:
    with pytest.raises(Invalid):
        spelled(Identifier("f", PHONE, "+ call me"))


def test_customer_ids_are_one_in_either_unicode_form_and_keep_their_case() -> None:
    assert spelled_customer_id("e\u0301") == spelled_customer_id("\u00e9")
    assert spelled_customer_id("A") != spelled_customer_id("a")
    for unfit in ("", "a\n", "\udfff", "x" * 257):
        with pytest.raises(Invalid):
            spelled_customer_id(unfit)


def test_an_identifier_does_not_print_its_value() -> None:
    assert "ann" not in repr(Identifier("email", EMAIL, "ann@example.org"))
