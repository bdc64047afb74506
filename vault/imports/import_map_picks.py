"""How a map says which cells are taken, and which words in them mean nothing."""

from typing import Final

import yaml

from vault.catalog.yaml_nodes import Block, Source
from vault.imports.import_cells import DEFAULT_JOIN, Picked
from vault.imports.import_map_columns import Columns

OPTIONS: Final = ("column", "columns", "join", "nulls")
"""The keys that say which cells a value is taken from."""


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
