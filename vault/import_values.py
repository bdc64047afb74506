"""From a cell of a file to a value of a field: text, numbers, dates, yes and no.

Nothing is guessed. A date is read in the one order that the map says, a number with
the marks that it says, and a cell that does not fit has a code that never repeats
what stood there. An empty cell is no value at all.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

Scalar = str | int | float | bool


class CellType(StrEnum):
    """What a cell holds."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    BOOLEAN = "boolean"


class Unfit(ValueError):
    """A cell does not hold what the map says; its one argument is the code."""


DEFAULT_ORDER: Final = "YYYY-MM-DD"
MARKS: Final = frozenset({".", ","})

_PARTS: Final = ("YYYY", "MM", "DD")
_ORDER: Final = re.compile("YYYY|MM|DD")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL: Final = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})")
_WORDS: Final = MappingProxyType(
    {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
)


@dataclass(frozen=True, slots=True)
class Conversion:
    """How the cells of one column are read.

    `order` is that of a date (YYYY, MM and DD with any signs between), `mark` what
    stands before a decimal's fraction; the other of `.` and `,` may group digits.
    """

    type: CellType = CellType.TEXT
    order: str = DEFAULT_ORDER
    mark: str = "."

    def reader(self) -> "Reader":
        """Give the function that reads a cell; it raises `Unfit`."""
        match self.type:
            case CellType.TEXT:
                return _text
            case CellType.INTEGER:
                return _integer
            case CellType.DECIMAL:
                return _decimal(self.mark)
            case CellType.DATE:
                return _date(self.order)
            case CellType.BOOLEAN:
                return _boolean


Reader = Callable[[object], Scalar]


def is_order(text: str) -> bool:
    """Tell whether a text says in which order a date is written."""
    return sorted(_ORDER.findall(text)) == sorted(_PARTS)


def present(cell: object) -> object | None:
    """Give a cell without the blanks around it; None if nothing is left."""
    if isinstance(cell, str):
        return cell.strip() or None
    return cell


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    raise Unfit("value.text")


def _integer(cell: object) -> int:
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell
    if isinstance(cell, str) and _INTEGER.fullmatch(cell):
        return int(cell)
    raise Unfit("value.integer")


def _decimal(mark: str) -> Reader:
    grouping = "," if mark == "." else "."
    plain: Mapping[int, str | None] = {ord(grouping): None, ord(mark): "."}

    def read(cell: object) -> float | int:
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return cell
        if isinstance(cell, str):
            text = cell.translate(plain)
            if _DECIMAL.fullmatch(text):
                return float(text)
        raise Unfit("value.decimal")

    return read


def _date(order: str) -> Reader:
    pattern = re.compile(
        "".join(
            f"(?P<{part}>[0-9]{{{len(part)}}})" if part in _PARTS else re.escape(part)
            for part in re.split("(YYYY|MM|DD)", order)
        )
    )

    def read(cell: object) -> str:
        match = pattern.fullmatch(cell) if isinstance(cell, str) else None
        if match is None:
            raise Unfit("value.date")
        try:
            return date(*(int(match[part]) for part in _PARTS)).isoformat()
        except ValueError:
            raise Unfit("value.date") from None

    return read


def _boolean(cell: object) -> bool:
    if isinstance(cell, bool):
        return cell
    word = _WORDS.get(cell.lower()) if isinstance(cell, str) else None
    if word is None:
        raise Unfit("value.boolean")
    return word
