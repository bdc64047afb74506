"""What a map takes from the cells of a line: one value of one cell, or of several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vault.imports.import_values import (
    NO_WORDS,
    Reader,
    Scalar,
    UnfitCell,
    present,
    word,
)

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
