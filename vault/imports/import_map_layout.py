"""How the file of a map is divided, which of its lines are meant, and what they take.

The format with the options that this one has; the words for no value; the lines that
the map is about; what a line takes from the one above.
"""

from types import MappingProxyType
from typing import Final

import yaml

from vault.catalog.yaml_nodes import Block, Source
from vault.imports.encodings import ENCODINGS, UTF_8
from vault.imports.import_map_columns import MAX_COLUMNS, Columns, words_of
from vault.imports.import_rows import Inherit, Where
from vault.imports.row_parsers import Column, Format, Layout

OPTIONS: Final = (
    "encoding",
    "skip",
    "header",
    "separator",
    "quote",
    "single_line",
    "width",
    "nulls",
    "where",
    "inherit",
)
"""The keys of a map's top level that say how its file is divided."""

NO_QUOTE: Final = "none"

_QUOTE: Final = '"'
_NEVER: Final = "\0\r\n"


def format_of(top: Block) -> tuple[Format, bool]:
    """Give the format, and whether its columns go by name."""
    format_ = top.choice("format", Format.CSV, Format)
    own = {
        "header": {Format.CSV},
        "separator": {Format.CSV},
        "quote": {Format.CSV},
        "single_line": {Format.CSV},
        "width": {Format.CSV, Format.BLANKS},
    }
    for option, formats in own.items():
        if top.node(option) is not None and format_ not in formats:
            top.fault(option, f"a file of format {format_} has no {option}")
    return format_, top.flag("header") or format_ is Format.JSONL


def layout(
    source: Source, top: Block, format_: Format, columns: tuple[Column, ...]
) -> Layout:
    """Read the layout; `columns` are all that the map names."""
    node, encoding = top.node("encoding"), UTF_8
    if node is not None:
        encoding = source.choice(node, "encoding", ENCODINGS) or encoding
    separator, quote = _signs(top)
    width = top.integer("width", 0, low=1, high=MAX_COLUMNS)
    return Layout(
        format=format_,
        columns=columns,
        encoding=encoding,
        skip=top.integer("skip", 0, low=0, high=MAX_COLUMNS),
        header=top.flag("header"),
        separator=separator,
        quote=quote,
        single_line=top.flag("single_line"),
        width=width or None,
    )


def _signs(top: Block) -> tuple[str, str]:
    """Give what stands between two cells, and around a text; the latter may be none."""
    quote = top.text("quote") or _QUOTE
    quote = "" if quote == NO_QUOTE else quote
    separator = top.text("separator") or ","
    if len(separator) != 1 or separator in _NEVER + quote:
        top.fault("separator", "write one character, and not a quotation mark")
    if len(quote) > 1 or quote in (*_NEVER, separator):
        top.fault("quote", f"write one character, or {NO_QUOTE} if texts have none")
    return separator, quote


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
