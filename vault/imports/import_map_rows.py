"""How a map says which lines it is about, and what they take from the line above."""

from types import MappingProxyType
from typing import Final

import yaml

from vault.catalog.yaml_nodes import Block, Source
from vault.imports.import_map_columns import Columns, words_of
from vault.imports.import_rows import Inherit, Where

OPTIONS: Final = ("nulls", "where", "inherit")
"""The keys of a map's top level that say how its rows are taken."""


def null_words(source: Source, top: Block) -> frozenset[str]:
    """Read which words in any cell mean that there is no value."""
    node = top.node("nulls")
    return frozenset() if node is None else words_of(source, node, "nulls")


def where(
    source: Source, top: Block, columns: Columns, nulls: frozenset[str]
) -> Where | None:
    """Read which lines a map is about."""
    node = top.node("where")
    if node is None:
        return None
    if not isinstance(node, yaml.MappingNode) or not node.value:
        source.fault(node, "where", "write columns, each with the words it may say")
        return None
    words: dict[int, frozenset[str]] = {}
    for column, value in node.value:
        index = columns.index(column, "where")
        if index in words:
            source.fault(column, "where", "the column stands here twice")
        words[index] = _words(source, value)
    return Where(MappingProxyType(words), nulls)


def _words(source: Source, node: yaml.Node) -> frozenset[str]:
    if isinstance(node, yaml.SequenceNode):
        return words_of(source, node, "where")
    word = source.literal(node, "where")
    return frozenset() if word is None else frozenset({word.strip()})


def inherit(
    source: Source, top: Block, columns: Columns, nulls: frozenset[str]
) -> Inherit | None:
    """Read which columns are inherited, within the lines of which key."""
    node = top.node("inherit")
    if node is None:
        return None
    block = source.block(node, "inherit", required=("by", "columns"))
    by, taken = (
        tuple(columns.index(each, block.path(key)) for each in block.items(key))
        for key in ("by", "columns")
    )
    if set(by) & set(taken):
        block.fault("columns", "what makes the key is not inherited")
    return Inherit(by, taken, nulls)
