"""The columns that a map names, and which of their cells a value is taken from.

They are kept each once, in the order in which the map names them.

How a column is named depends on the file: by its name (JSON Lines, CSV with a
header), by its number from 1, or by its characters (fixed width).
"""

from typing import Final

import yaml

from vault.catalog.yaml_nodes import Block, Source
from vault.imports.import_values import DEFAULT_JOIN, Picked
from vault.imports.row_parsers import Column, Format

MAX_COLUMNS: Final = 10_000
OPTIONS: Final = ("column", "columns", "join", "nulls")
"""The keys that say which cells a value is taken from."""


class Columns:
    """The columns named so far; a cell is found by its column's place among them."""

    def __init__(self, source: Source, format_: Format, *, named: bool) -> None:
        self._source = source
        self._format = format_
        self._named = named
        self._found: list[Column] = []

    @property
    def found(self) -> tuple[Column, ...]:
        """All columns that the map has named until now."""
        return tuple(self._found)

    def index(self, node: yaml.Node, path: str) -> int:
        """Give the place of a column among those that the map names."""
        column = self._column(node, path)
        if column is None:  # a place of its own: it is not taken for another one
            column = str(node.start_mark)
        if column not in self._found:
            self._found.append(column)
        return self._found.index(column)

    def _column(self, node: yaml.Node, path: str) -> Column | None:
        if self._named:
            return self._source.text(node, path)
        if self._format is Format.CSV and self._source.is_word(node):
            message = "columns go by number here; by name they go with `header: true`"
            self._source.fault(node, path, message)
            return None
        if self._format is not Format.FIXED:
            return self._source.integer(node, path, low=1, high=MAX_COLUMNS)
        span = self._source.text(node, path)
        first, _, last = (span or "").partition("-")
        if first.isdecimal() and last.isdecimal() and 0 < int(first) <= int(last):
            return int(first), int(last)
        self._source.fault(node, path, "write the first and last character, as in 1-5")
        return None


def pick(
    source: Source, block: Block, columns: Columns, nulls: frozenset[str]
) -> Picked:
    """Read which cells a value is taken from: those of `column`, or of `columns`."""
    one = block.node("column")
    nodes = block.items("columns") if one is None else [one]
    path = block.path("columns" if one is None else "column")
    join = block.node("join")
    if join is not None and one is not None:
        block.fault("join", "only several columns are joined")
    text = None if join is None else source.literal(join, block.path("join"))
    own = block.node("nulls")
    return Picked(
        tuple(columns.index(node, path) for node in nodes),
        nulls if own is None else words_of(source, own, block.path("nulls")),
        DEFAULT_JOIN if text is None else text,
    )


def words_of(source: Source, node: yaml.Node, path: str) -> frozenset[str]:
    """Read a list of words as cells may hold them, the empty one among them."""
    words = (source.literal(each, path) for each in source.sequence(node, path))
    return frozenset(word.strip() for word in words if word is not None)
