"""Texts in CSV: no spreadsheet computes one, however it divides; and the way back."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.formulas import guarded

FORMULAS = "=+-@＝＋－＠﹢﹣﹦﹫−"  # noqa: RUF001 - the other forms are meant
BLANKS = [
    *(" ", "\t", "\r", "\n", "\N{NO-BREAK SPACE}", "\N{IDEOGRAPHIC SPACE}"),
    *("\N{ZERO WIDTH SPACE}", "\N{ZERO WIDTH NO-BREAK SPACE}", "\N{WORD JOINER}"),
    *("\N{SOFT HYPHEN}", "\N{HANGUL FILLER}", "\N{BRAILLE PATTERN BLANK}", "\x00"),
    *("\N{RIGHT-TO-LEFT OVERRIDE}", "\N{LINE SEPARATOR}", "\x1c", "\N{EN SPACE}"),
    *("\N{MONGOLIAN VOWEL SEPARATOR}", "\N{VARIATION SELECTOR-16}"),
]
TEXTS = st.text(
    st.sampled_from([*FORMULAS, *BLANKS, *"';,ab\""]) | st.characters(codec="utf-8"),
    max_size=30,
)


def unguarded(text: str) -> str:
    """Take the marks away, as the export's README tells its reader to."""
    pieces = re.split(r"([;\t\r\n\v\f\x85\u2028\u2029]+)", text)
    return "".join(
        piece.removeprefix("'") if place % 2 == 0 else piece
        for place, piece in enumerate(pieces)
    )


@pytest.mark.parametrize("first", FORMULAS)
def test_a_formula_gets_a_mark_wherever_a_cell_could_begin(first: str) -> None:
    call = f"{first}HYPERLINK(0)"
    assert guarded(call) == f"'{call}"
    for divider in (";", "\t", "\n", "\r\n"):
        assert guarded(f"a{divider}{call}") == f"a{divider}'{call}"


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
def test_blanks_before_a_formula_hide_it_from_nobody(blank: str) -> None:
    for before in (blank, blank * 2, f" {blank}"):
        assert guarded(f"{before}=1+1").replace(before, "", 1) in {"'=1+1", "''=1+1"}


def test_a_plain_text_stays_as_it_is() -> None:
    for text in ("", "a", "a=b", "1 - 2", "a; b", "me@example.org", "costs 3,-"):
        assert guarded(text) == text


@given(text=TEXTS)
def test_what_was_guarded_is_given_back_exactly(text: str) -> None:
    assert unguarded(guarded(text)) == text


@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_no_reader_finds_a_cell_that_begins_a_formula(texts: list[str]) -> None:
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(map(guarded, texts))
    written = line.getvalue()
    for divider in (",", ";", "\t"):
        lines = io.StringIO(written, newline="")
        for row in csv.reader(lines, delimiter=divider):
            assert not any(map(_computes, row))
    # Readers to whom quotes are nothing.
    for piece in re.split("[;\t\r\n]", written):
        assert not _computes(piece)


def _computes(found: str) -> bool:
    shown = "".join(char for char in found if char not in "".join(BLANKS))
    return shown.startswith(tuple(FORMULAS))
