"""Identifiers: one spelling for what is one, two for what are two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Invalid
from vault._internal.identifiers import (
    MAX_CUSTOMER_ID,
    NEWEST,
    Identifier,
    IdentifierKind,
    customer_name,
    require_new,
    spelled,
    spellings,
)

EMAIL, PHONE, EXTERNAL = IdentifierKind
FULL_WIDTH = {ord("0") + n: 0xFF10 + n for n in range(10)}


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (EMAIL, "Ann@Example.org", " ann@example.ORG\n"),
        (EMAIL, "jose\u0301@example.org", "jos\u00e9@example.org"),
        (EMAIL, "STRASSE@example.org", "straße@example.org"),
        (EMAIL, "ann@m\u00fcnchen.example.org", "ann@xn--mnchen-3ya.example.org"),
        (EMAIL, "Ann@M\u00dcNCHEN.example.org", "ann@mu\u0308nchen.example.org"),
        (EMAIL, "ann\uff20example\uff0eorg", "ann@example.org"),
        (EMAIL, "an\u200bn@exam\u00adple.org", "ann@example.org"),
        (EMAIL, "A..B@docomo.ne.jp", "a..b@docomo.ne.jp\ufeff"),
        (PHONE, "+49 30 5550170", "+49 (0)30 555-0170"),
        (PHONE, "+49 30 5550170", "\u202a+49 30 5550170\u202c"),
        (PHONE, "+49 30 5550170", "tel:+49-30-5550170"),
        (PHONE, "+86 138-0013-8000", "+8613800138000"),
        (PHONE, "+86 138 0013 8000".translate(FULL_WIDTH), "+86 138 0013 8000"),
        (PHONE, "(0)30 / 12 34 56", "030123456"),
        (EXTERNAL, " A-17 ", "A-17"),
        (EXTERNAL, "A\u200d-17", "\uff21-\uff11\uff17"),
        (EXTERNAL, "A  17", "A\u00a017"),
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
        (PHONE, "+49 30 5550170", "+49 30 5550170 ext. 7"),
        (PHONE, "+1 23", "+1 24"),
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


@pytest.mark.parametrize(
    "text",
    [
        "+49 30 5550170",
        "0049305550170",
        "(030) 555-0170",
        "030/5550170",
        "+49305550170",
    ],
)
def test_where_a_region_is_named_a_number_is_one_with_its_country_and_without(
    text: str,
) -> None:
    german = Identifier("f", PHONE, text, region="DE")
    assert spelled(german) == "+49305550170"
    wide = Identifier("f", PHONE, text.translate(FULL_WIDTH), region="DE")
    assert spelled(wide) == "+49305550170"


def test_without_a_region_a_number_without_its_country_is_its_digits() -> None:
    for text in ("0305550170", "(030) 555-0170"):
        (only,) = spellings(Identifier("f", PHONE, text))
        assert only == (1, "0305550170")


@pytest.mark.parametrize(
    ("kind", "text", "doubtful"),
    [
        (EMAIL, "ann@example.org", False),
        (EMAIL, "a..b@docomo.ne.jp", True),
        (EMAIL, "ann@till.local", True),
        (PHONE, "+49 30 5550170", False),
        (PHONE, "+49 1", True),
        (PHONE, "+999 123456", True),
        (PHONE, "0305550170", False),
        (EXTERNAL, "+49 1", False),
    ],
)
def test_what_nobody_can_have_is_kept_and_called_doubtful(
    kind: IdentifierKind, text: str, *, doubtful: bool
) -> None:
    identifier = Identifier("f", kind, text)
    assert identifier.is_doubtful is doubtful
    assert spelled(identifier)


# What rule 1 gave, which is hashed in homes of older versions.
@pytest.mark.parametrize(
    ("kind", "text", "first"),
    [
        (EMAIL, " Ann@EXAMPLE.org", "ann@example.org"),
        (EMAIL, "ann@M\u00dcNCHEN.de", "ann@m\u00fcnchen.de"),
        (EMAIL, "a..b@docomo.ne.jp", "a..b@docomo.ne.jp"),
        (EMAIL, "an\u200bn@example.org", "an\u200bn@example.org"),
        (PHONE, "+49 (0)30 5550170", "+490305550170"),
        (PHONE, "(030) 555-0170", "0305550170"),
        (PHONE, "+49 1", "+491"),
        (EXTERNAL, " A  17 ", "A  17"),
    ],
)
def test_a_value_is_spelled_by_the_first_rule_too(
    kind: IdentifierKind, text: str, first: str
) -> None:
    assert (1, first) in spellings(Identifier("f", kind, text))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("0049 30 5550170", "+49305550170"),
        ("(030) 555-0170", "+49305550170"),
        ("+49 30 5550170", "0305550170"),
    ],
)
def test_a_number_is_asked_for_in_each_writing_that_the_first_rule_told_apart(
    text: str, first: str
) -> None:
    assert (1, first) in spellings(Identifier("f", PHONE, text, region="DE"))


@given(
    st.sampled_from(IdentifierKind),
    st.one_of(
        st.text(max_size=20),
        st.emails(),
        st.text("+0123456789()-/. \u200b\uff10\uff11ext", max_size=20),
    ),
    st.sampled_from([None, "DE", "CN", "US", "AR"]),
)
def test_however_it_is_dressed_a_value_is_the_same_and_only_invalid_is_raised(
    kind: IdentifierKind, text: str, region: str | None
) -> None:
    try:
        newest = spellings(Identifier("f", kind, text, region=region))[0]
    except Invalid:
        return
    for dressed in ("{}", " {}\u200b", "\ufeff{} ", "\u202a{}\u202c"):
        worn = Identifier("f", kind, dressed.format(newest.text), region=region)
        if newest.rule == NEWEST:
            assert spelled(worn) == newest.text


def test_customer_ids_are_one_in_either_unicode_form_and_without_what_nobody_sees() -> (
    None
):
    assert customer_name("e\u0301").read == customer_name("\u00e9").read
    for same in ("\ufeffada", "ad\u00ada", "ada\ufe0f", " ada", "a\u202ed\u202ca"):
        assert customer_name(same).read == "ada"
    for unfit in ("", "a\n", "\udfff", "x" * 257, "a/b"):
        with pytest.raises(Invalid):
            customer_name(unfit)


def test_customer_ids_keep_their_case_and_are_alike_without_it() -> None:
    one, other = customer_name("A"), customer_name("a")
    assert one.read != other.read
    assert one.folded == other.folded
    assert customer_name("\uff21da").folded == customer_name("ada").folded


@pytest.mark.parametrize(
    "text", [".", "..", "-x", "\u200b", "\u200b..", "x" * (MAX_CUSTOMER_ID + 1)]
)
def test_no_new_customer_has_an_id_that_is_no_step_of_a_path(text: str) -> None:
    with pytest.raises(Invalid):
        require_new(customer_name(text))


@given(st.text(max_size=20))
def test_a_customer_id_read_and_folded_is_so_for_good(text: str) -> None:
    try:
        name = customer_name(text)
    except Invalid:
        return
    assert customer_name(name.read).read == name.read
    assert customer_name(name.folded or name.read).folded == name.folded


def test_an_identifier_does_not_print_its_value() -> None:
    assert "ann" not in repr(Identifier("email", EMAIL, "ann@example.org"))
