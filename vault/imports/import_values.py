"""From a cell of a file to a value of a field: what is common to all types.

Nothing is guessed. A cell is read as the map says, and one that does not fit has a
code that never repeats what stood there. An empty cell is no value at all.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

Scalar = str | int | float | bool
Reader = Callable[[object], Scalar]


class UnfitCell(ValueError):
    """A cell does not hold what the map says; its one argument is the code."""


NO_WORDS: Final[frozenset[str]] = frozenset()

_BOOLEANS: Final = MappingProxyType(
    {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
)
# What East Asian programs write at full width says the same as in ASCII.
_FULL_WIDTH: Final = {ord(sign) + 0xFEE0: sign for sign in "0123456789+-,.()/:"}


def present(cell: object, nulls: frozenset[str] = NO_WORDS) -> object | None:
    """Give a cell without the blanks around it; None if nothing, or a null word."""
    if isinstance(cell, str):
        text = cell.strip()
        return None if not text or text in nulls else text
    return cell


def word(cell: object, nulls: frozenset[str] = NO_WORDS) -> str | None:
    """Give what a cell says, the empty text for nothing; None if it is no text."""
    found = present(cell, nulls)
    if found is None:
        return ""
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found) if isinstance(found, str | int) else None


def narrow(text: str) -> str:
    """Write at half width the digits and signs that stand at full width."""
    return text if text.isascii() else text.translate(_FULL_WIDTH)


def read_text(cell: object) -> str:
    """Read a text.

    Raises:
        UnfitCell: it is none.

    """
    if isinstance(cell, str):
        return cell
    raise UnfitCell("value.text")


def read_boolean(cell: object) -> bool:
    """Read true or false, yes or no, 1 or 0, in any case.

    Raises:
        UnfitCell: it is neither.

    """
    if isinstance(cell, bool):
        return cell
    found = _BOOLEANS.get(cell.lower()) if isinstance(cell, str) else None
    if found is None:
        raise UnfitCell("value.boolean")
    return found


def chooser(words: Mapping[str, Scalar], code: str = "value.word") -> Reader:
    """Give the reader of a cell that holds one of a few words, each with its value."""

    def read(cell: object) -> Scalar:
        said = word(cell)
        if said is None or said not in words:
            raise UnfitCell(code)
        return words[said]

    return read
