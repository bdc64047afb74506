"""Numbers as exports write them: which sign is the mark, and what groups digits.

A grouping sign stands between groups of three digits, before the mark, or the cell is
refused: taken out wherever it stands, `12,50` would be 1250. Where the map says neither
mark nor grouping, `1,234` is refused too, since nothing says which of the two it has.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vault.imports.import_values import Reader, Scalar, UnfitCell, narrow

MARKS: Final = (".", ",")
NO_GROUPING: Final = "none"
GROUPINGS: Final = (",", ".", " ", "'", NO_GROUPING)
MAX_UNIT: Final = 10

_BLANK: Final = "[ \u00a0\u2009\u202f]"
_SIGNS: Final = {" ": _BLANK, "'": "['\u2019]"}
_FEW: Final = "[0-9]{1,18}"


class Groups(StrEnum):
    """How many digits stand between two grouping signs."""

    THREES = "threes"  # 1,234,567
    INDIAN = "indian"  # 12,34,567


class Negative(StrEnum):
    """How a number below nought is written."""

    LEADING = "leading"  # -5, and +5
    TRAILING = "trailing"  # 5-, and 5+
    PARENTHESES = "parentheses"  # (5)


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How the numbers of a column are written; an empty text is what is not said.

    `mark` stands before the fraction (`.` if nothing is said), `grouping` between
    groups of digits (the other one of `.` and `,`). `unit` is a text that may stand
    before or behind, such as a currency's sign.
    """

    mark: str = ""
    grouping: str = ""
    groups: Groups = Groups.THREES
    negative: Negative = Negative.LEADING
    unit: str = ""


PLAIN: Final = NumberStyle()
"""What a map says that says nothing of numbers."""


def decimals(style: NumberStyle) -> Reader:
    """Give the reader of numbers that may have a fraction."""
    mark = style.mark or "."
    grouping = style.grouping or ("," if mark == "." else ".")
    pattern = _pattern(style, mark, grouping)
    said = bool(style.mark or style.grouping)

    def read(cell: object) -> Scalar:
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return cell
        found = _match(pattern, style, cell)
        if found is None or (not said and _could_be_fraction(found)):
            raise UnfitCell("value.decimal")
        whole, fraction = _digits(found["whole"]), found["fraction"] or ""
        if not whole + fraction:
            raise UnfitCell("value.decimal")
        return float(f"{_sign(found)}{whole or 0}.{fraction or 0}")

    return read


def integers(style: NumberStyle) -> Reader:
    """Give the reader of whole numbers; digits are grouped only if the map says so.

    A fraction, even of noughts, is refused: where the map gives a mark, noughts alone
    may stand behind it, for programs that write 5 as 5.0.
    """
    pattern = _pattern(style, style.mark, style.grouping or NO_GROUPING)

    def read(cell: object) -> Scalar:
        if isinstance(cell, int) and not isinstance(cell, bool):
            return cell
        found = _match(pattern, style, cell)
        if found is None or not found["whole"] or (found["fraction"] or "").strip("0"):
            raise UnfitCell("value.integer")
        return int(_sign(found) + _digits(found["whole"]))

    return read


def _pattern(style: NumberStyle, mark: str, grouping: str) -> re.Pattern[str]:
    fraction = (
        rf"(?:{re.escape(mark)}(?P<fraction>[0-9]{{0,18}}))?"
        if mark
        else "(?P<fraction>)"
    )
    number = f"(?P<whole>{_whole(grouping, style.groups)})?{fraction}"
    unit = re.escape(narrow(style.unit))
    head = f"(?:{unit}{_BLANK}*)?" if unit else ""
    tail = f"(?:{_BLANK}*{unit})?" if unit else ""
    match style.negative:
        case Negative.LEADING:
            text = rf"{head}(?P<sign>[-+\u2212]{_BLANK}*)?{head}{number}{tail}"
        case Negative.TRAILING:
            text = rf"{head}{number}{tail}(?P<sign>{_BLANK}*[-+\u2212])?{tail}"
        case Negative.PARENTHESES:
            text = rf"{head}(?P<sign>\()?{head}{number}{tail}(?(sign)\)){tail}"
    return re.compile(text)


def _whole(grouping: str, groups: Groups) -> str:
    if grouping == NO_GROUPING:
        return _FEW
    sign = _SIGNS.get(grouping, re.escape(grouping))
    if groups is Groups.INDIAN:
        grouped = f"[1-9][0-9]?(?:{sign}[0-9]{{2}}){{0,7}}{sign}[0-9]{{3}}"
    else:
        grouped = f"[1-9][0-9]{{0,2}}(?:{sign}[0-9]{{3}}){{1,5}}"
    return f"{grouped}|{_FEW}"


def _match(
    pattern: re.Pattern[str], style: NumberStyle, cell: object
) -> re.Match[str] | None:
    if not isinstance(cell, str):
        return None
    text, unit = narrow(cell), narrow(style.unit)
    return None if unit and text.count(unit) > 1 else pattern.fullmatch(text)


def _could_be_fraction(found: re.Match[str]) -> bool:
    """Tell whether the one grouping sign of a number might as well be its mark."""
    whole = found["whole"] or ""
    return found["fraction"] is None and len(re.findall("[^0-9]", whole)) == 1


def _digits(whole: str | None) -> str:
    return re.sub("[^0-9]", "", whole or "")


def _sign(found: re.Match[str]) -> str:
    sign = found["sign"]
    return "" if sign is None or "+" in sign else "-"
