"""Masks: what is drawn of which field, and that one that is unsure leaves nothing."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdp.decision.decision import MASKS
from vault.catalog.catalog import DataClass, Field, FieldType
from vault.gate.masking import DRAWINGS, NONE, mask_of, token

LINE = FieldType.STRING
# As typed on a Chinese keyboard.
FULL_WIDTH = "".join(chr(0xFF10 + int(each)) for each in "13812345678")


def _drawn(mask: str, drawing: str, text: str, kind: FieldType = LINE) -> str | None:
    draw = mask_of(Field("it", kind, DataClass.CONTACT, mask={mask: drawing}), mask)
    return draw and draw(text)


def test_every_mask_that_a_policy_may_name_is_known_here() -> None:
    assert {*DRAWINGS, "clear", "token", "drop"} == MASKS


@pytest.mark.parametrize(
    ("mask", "drawing", "text", "left"),
    [
        ("last4", "phone", "+4915112345678", "•••5678"),
        ("last4", "phone", "+49 30 5550 15-0", "•••0150"),
        ("last4", "phone", "138 1234 5678", "•••5678"),
        ("last4", "phone", FULL_WIDTH, "•••5678"),
        ("last4", "phone", "1234567", None),
        ("last4", "phone", "call Ann at 12345678", None),
        ("last4", "iban", "DE89 3704 0044 0532 0130 00", "•••3000"),
        ("last4", "iban", "DE88 3704 0044 0532 0130 00", None),
        ("last4", "iban", "Ann's account", None),
        ("last4", "card", "4111 1111 1111 1111", "•••1111"),
        ("last4", "card", "6212 3456 7890 0000 003", "•••0003"),
        ("last4", "card", "4111 1111 1111 1112", None),
        ("last4", "code", "11010519491231002X", "•••002X"),
        ("last4", "code", "AB-1234", None),
        ("last4", "code", "京A12345678", None),
        ("last4", NONE, "+4915112345678", None),
        ("initials", "name", "Ada Lovelace", "A. L."),
        ("initials", "name", "Ludwig van Beethoven", "L. v. B."),
        ("initials", "name", "  ", None),
        ("initials", "name", "X", None),
        ("initials", "name", "A. L.", None),
        ("initials", "name", "J R R", None),
        ("initials", "name", "J R Li", "J. R. L."),
        ("initials", "name", "张·", None),
        ("initials", "name", "欧阳·", "欧*"),
        ("initials", "name", "ア・", None),
        ("initials", "name", "张伟", "张*"),
        ("initials", "name", "王小明", "王*"),
        ("initials", "name", "欧阳娜娜", "欧阳*"),
        ("initials", "name", "司马", "司*"),
        ("initials", "name", "買買提·艾合買提", "買*"),
        ("initials", "name", "山田 太郎", "山*"),
        ("initials", "name", "김철수", "김*"),
        ("initials", "name", "张", None),
        ("initials", "name", "张伟 (Wei Zhang)", None),
        ("initials", "name", "ann@example.org 7", None),
        ("city", "town", "Pforzheim", "Pforzheim"),
        ("city", "town", "杭州市", "杭州市"),
        ("city", "town", "75172 Pforzheim", None),
        ("city", "address", "1 Example Road, Trier", "Trier"),
        ("city", "address", "1 Example Road, 54290 Trier", "Trier"),
        ("city", "address", "1 Example Road", None),
        ("city", "address", "12 Main St, IL 62704", None),
        ("city", "address", "浙江省杭州市西湖区文三路1号", "杭州市"),
        ("city", "address", "北京市海淀区中关村大街1号", "北京市"),
        ("city", "address", "文三路1号", None),
        ("bucket", "year", "1997-03-02", "1997"),
        ("bucket", "year", "1997-03-02T08:00:00Z", "1997"),
        ("bucket", "year", "forty-two", None),
        ("handle", "email", "ada@example.org", "a•••@example.org"),
        ("handle", "email", "a@example.org", "•••@example.org"),
        ("handle", "email", "张伟@例子.中国", "张•••@例子.中国"),
        ("handle", "email", "no address", None),
    ],
)
def test_a_drawing_leaves_what_it_says(
    mask: str, drawing: str, text: str, left: str | None
) -> None:
    assert _drawn(mask, drawing, text) == left


@pytest.mark.parametrize(
    ("kind", "mask", "text", "left"),
    [
        (FieldType.PHONE, "last4", "+4915112345678", "•••5678"),
        (FieldType.EMAIL, "handle", "ada@example.org", "a•••@example.org"),
        (FieldType.DATE, "bucket", "1997-03-02", "1997"),
        (FieldType.DATETIME, "bucket", "1997-03-02T08:00:00Z", "1997"),
    ],
)
def test_a_type_says_how_it_is_drawn_where_the_catalogue_does_not(
    kind: FieldType, mask: str, text: str, left: str
) -> None:
    draw = mask_of(Field("it", kind, DataClass.CONTACT), mask)
    assert draw is not None
    assert draw(text) == left


@pytest.mark.parametrize("mask", sorted(DRAWINGS))
@pytest.mark.parametrize("kind", [FieldType.STRING, FieldType.TEXT, FieldType.URL])
def test_of_plain_text_nothing_is_drawn_that_the_catalogue_does_not_say(
    kind: FieldType, mask: str
) -> None:
    assert mask_of(Field("it", kind, DataClass.CONTACT), mask) is None


@pytest.mark.parametrize("mask", ["last4", "initials", "city", "bucket"])
def test_of_an_email_address_no_other_mask_is_drawn(mask: str) -> None:
    assert mask_of(Field("it", FieldType.EMAIL, DataClass.CONTACT), mask) is None


ALL = [(mask, each) for mask, known in DRAWINGS.items() for each in known]
TEXTS = st.one_of(
    st.text(),
    st.text("0123456789+-/ .()xX", max_size=40),
    st.text("张伟王小明欧阳省市· ab@.,-" + FULL_WIDTH, max_size=20),
    st.from_regex(r"[a-z0-9.]{1,9}@[a-z0-9]{1,9}\.[a-z]{2,3}", fullmatch=True),
    st.from_regex(r"[A-Z]{2}[0-9]{2}[0-9A-Z ]{11,40}", fullmatch=True),
)
# How many characters of the value each drawing may give away; None: what it is for.
SHOWN = {"last4": 4, "bucket": 4, "initials": 5, "city": None, "handle": None}


@given(st.sampled_from(ALL), TEXTS)
def test_no_drawing_fails_or_shows_more_characters_than_its_mask_says(
    each: tuple[str, str], text: str
) -> None:
    mask, drawing = each
    left = _drawn(mask, drawing, text)
    most = SHOWN[mask]
    if left is None or most is None:
        return
    shown = re.sub("[•*. ]", "", left)
    assert 0 < len(shown) <= most
    assert {*shown} <= {*unicodedata.normalize("NFKC", text).upper(), *text} | {
        *unicodedata.normalize("NFC", text)
    }


@given(st.sampled_from(["last4", "initials", "bucket"]), TEXTS)
def test_no_drawing_shows_all_there_is(mask: str, text: str) -> None:
    for drawing in DRAWINGS[mask]:
        left = _drawn(mask, drawing, text)
        if left is not None:
            assert _letters(left) < _letters(unicodedata.normalize("NFC", text))


def _letters(text: str) -> int:
    return sum(each.isalnum() for each in text)


@given(TEXTS)
def test_a_handle_shows_one_letter_before_the_domain_and_a_town_no_digit(
    text: str,
) -> None:
    handle = _drawn("handle", "email", text)
    assert handle is None or len(handle.partition("@")[0].strip("•")) <= 1
    for drawing in DRAWINGS["city"]:
        town = _drawn("city", drawing, text)
        assert town is None or not any(each.isdigit() for each in town)


def test_equal_texts_have_equal_tokens_only_under_one_purpose() -> None:
    mail, sms = token(b"k" * 32), token(b"l" * 32)
    assert mail("ada") == mail("ada")
    assert mail("ada") != sms("ada")
    assert "ada" not in str(mail("ada"))
