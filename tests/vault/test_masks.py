"""Masks: what they leave, and that one that is unsure leaves nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdp.decision import MASKS
from vault.masks import PLAIN, token


def test_every_mask_that_a_policy_may_name_is_known_here() -> None:
    assert {*PLAIN, "clear", "token", "drop"} == MASKS


@pytest.mark.parametrize(
    ("mask", "text", "left"),
    [
        ("last4", "+4915112345678", "•••5678"),
        ("last4", "1234567", "•••"),
        ("initials", "Ada Lovelace", "A. L."),
        ("initials", "  ", None),
        ("city", "1 Example Road, Trier", "Trier"),
        ("city", "1 Example Road", None),
        ("bucket", "1997-03-02", "1997"),
        ("bucket", "forty-two", None),
        ("handle", "ada@example.org", "a•••@example.org"),
        ("handle", "no address", None),
    ],
)
def test_a_mask_leaves_what_it_says(mask: str, text: str, left: str | None) -> None:
    assert PLAIN[mask](text) == left


@given(st.sampled_from(sorted(PLAIN)), st.text())
def test_a_mask_never_fails_and_never_shows_a_long_text_whole(
    mask: str, text: str
) -> None:
    left = PLAIN[mask](text)
    assert left is None or left != text or len(text) < 8


def test_equal_texts_have_equal_tokens_only_under_one_purpose() -> None:
    mail, sms = token(b"k" * 32), token(b"l" * 32)
    assert mail("ada") == mail("ada")
    assert mail("ada") != sms("ada")
    assert "ada" not in str(mail("ada"))
