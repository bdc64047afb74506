"""Rows of a file before they become records: left out, or filled from the line above.

Some exports write what holds for a group of lines once, on its first. Such a column is
inherited, line by line, within lines that follow each other with the same key.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from vault.imports.import_values import NO_WORDS, UnfitCell, present, word
from vault.imports.row_parsers import FileRow

UNSURE: Final = "line.inherit"
"""A line would inherit from one that could not be read."""


@dataclass(frozen=True, slots=True)
class Where:
    """Which lines a map is about: those whose cells say one of the words."""

    words: Mapping[int, frozenset[str]]
    nulls: frozenset[str] = NO_WORDS

    def holds(self, cells: Sequence[object]) -> bool:
        """Tell whether a line is one of them."""
        return all(
            word(cells[index], self.nulls) in words
            for index, words in self.words.items()
        )


@dataclass(frozen=True, slots=True)
class Inherit:
    """Which columns are inherited within the lines of one key."""

    by: tuple[int, ...]
    columns: tuple[int, ...]
    nulls: frozenset[str] = NO_WORDS

    def fill(self, rows: Iterable[FileRow]) -> Iterator[FileRow]:
        """Give every row, the empty cells filled from the line above in its group.

        What could not be read may have held what the lines after it inherit, and may
        have begun their group: those that would inherit are refused, until a line
        says it anew or the group changes.
        """
        above = _Above(self)
        for row in rows:
            if row.fault:
                above.lost()
            if row.fault or row.skipped:
                yield row
                continue
            try:
                yield replace(row, cells=above.filled(row.cells))
            except UnfitCell as unsure:
                yield replace(row, cells=(), fault=str(unsure))


@dataclass(slots=True)
class _Above:
    """What the group of lines has said until now."""

    plan: Inherit
    key: tuple[str | None, ...] = ()
    said: dict[int, object] = field(default_factory=dict)
    gap: bool = False
    unsure: set[int] = field(default_factory=set)

    def lost(self) -> None:
        """Take note of a line that could not be read."""
        self.gap = True

    def filled(self, cells: Sequence[object]) -> tuple[object, ...]:
        self._enter(
            tuple(word(cells[index], self.plan.nulls) for index in self.plan.by)
        )
        found = list(cells)
        for index in self.plan.columns:
            if present(cells[index], self.plan.nulls) is not None:
                self.said[index] = cells[index]
                self.unsure.discard(index)
        if any(index in self.unsure for index in self.plan.columns):
            raise UnfitCell(UNSURE)
        for index in self.plan.columns:
            found[index] = self.said.get(index, cells[index])
        return tuple(found)

    def _enter(self, key: tuple[str | None, ...]) -> None:
        """Begin a group where the key is another; a line without one is alone."""
        if key != self.key or not any(key):
            self.key, self.said, self.unsure = key, {}, set()
        if self.gap:
            self.gap, self.unsure = False, set(self.plan.columns)
