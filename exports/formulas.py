"""Texts in CSV that a spreadsheet could take for a formula, guarded; and the way back.

A cell that begins with `=`, `+`, `-` or `@` is computed when it is opened (OWASP, "CSV
Injection"), also behind blanks that a reader trims, and in the full-width forms. A
reader that divides at `;` or at tabs, as spreadsheets of many countries do, finds cells
inside ours, whatever is in quotes; so each piece that would be one is looked at alone.
A guarded piece gets a `'` before it, and so does one that begins with `'`: taking one
`'` from each piece that has one gives back the very text.
"""

import re
import unicodedata
from typing import Final

_PIECES: Final = re.compile(r"([;\t\r\n\v\f\x85\u2028\u2029]+)")
_FORMULA: Final = frozenset("=+-@\N{MINUS SIGN}")
_MARK: Final = "'"
# Separators, controls and format characters; and letters and marks that show nothing.
_BLANK_CATEGORIES: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
# A quotation mark opens and closes nothing where another reader divides.
_BLANKS: Final = frozenset(
    '"'
    "\N{COMBINING GRAPHEME JOINER}\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}"
    "\N{HANGUL FILLER}\N{HALFWIDTH HANGUL FILLER}\N{BRAILLE PATTERN BLANK}"
    "\N{KHMER VOWEL INHERENT AQ}\N{KHMER VOWEL INHERENT AA}"
)


def guarded(text: str) -> str:
    """Write a text so that no spreadsheet computes it, or a piece of it."""
    pieces = _PIECES.split(text)
    marked = [
        _MARK + piece if place % 2 == 0 and _needs_mark(piece) else piece
        for place, piece in enumerate(pieces)
    ]
    if len(pieces) > 1 and not pieces[0]:  # it begins with a tab, a new line, a `;`
        marked[0] = _MARK
    return "".join(marked)


def _needs_mark(piece: str) -> bool:
    if piece.startswith(_MARK):
        return True
    first = next((char for char in piece if not _is_blank(char)), "")
    # The small and the full-width forms become the plain ones.
    return unicodedata.normalize("NFKC", first)[:1] in _FORMULA if first else False


def _is_blank(char: str) -> bool:
    return (
        unicodedata.category(char) in _BLANK_CATEGORIES
        or char in _BLANKS
        or "\N{VARIATION SELECTOR-1}" <= char <= "\N{VARIATION SELECTOR-16}"
    )
