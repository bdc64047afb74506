"""From a cell of a file to a value of a field: what is common to all types.

Nothing is guessed. A cell is read as the map says, and one that does not fit has a
code that never repeats what stood there. An empty cell is no value at all. A value is
taken from one cell, or from several that are joined.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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


DEFAULT_JOIN: Final = " "


@dataclass(frozen=True, slots=True)
class Picked:
    """Which cells make one, by their columns' places; a null word is no value.

    Several are joined by a text, those that hold nothing left out.
    """

    indexes: tuple[int, ...]
    nulls: frozenset[str] = NO_WORDS
    join: str = DEFAULT_JOIN

    def of(self, cells: Sequence[object]) -> object | None:
        """Give the one cell; None if it holds nothing.

        Raises:
            UnfitCell: what would be joined is no text.

        """
        if len(self.indexes) == 1:
            return present(cells[self.indexes[0]], self.nulls)
        words = [word(cells[index], self.nulls) for index in self.indexes]
        texts = [each for each in words if each is not None]
        if len(texts) != len(words):
            raise UnfitCell("value.text")
        return self.join.join(filter(None, texts)) or None


@dataclass(frozen=True, slots=True)
class Filled:
    """A field that cells fill: which, read how."""

    name: str
    picked: Picked
    read: Reader

    def of(self, cells: Sequence[object]) -> Scalar | None:
        """Give the field's value; None if its cells hold nothing.

        Raises:
            UnfitCell: they do not hold what the map says: code, then field.

        """
        try:
            cell = self.picked.of(cells)
            return None if cell is None else self.read(cell)
        except UnfitCell as error:
            raise UnfitCell(*error.args, self.name) from None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A word about a customer that is the same for all, or follows from a cell.

    `words` gives it for what the cell says, or for the empty text; another cell than
    these is refused, never taken for a default.
    """

    code: str
    words: Mapping[str, str]
    picked: Picked | None = None

    @property
    def possible(self) -> tuple[str, ...]:
        """Every word that can follow."""
        return tuple(sorted(set(self.words.values())))

    def of(self, cells: Sequence[object]) -> str:
        """Give the word for a line.

        Raises:
            UnfitCell: its cell is none of those that the map lists.

        """
        said = word(None if self.picked is None else self.picked.of(cells))
        if said is None or said not in self.words:
            raise UnfitCell(self.code)
        return self.words[said]
