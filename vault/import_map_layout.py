"""How the file of a map is divided: its format, and the options that this one has."""

from typing import Final

from vault._catalog_yaml import Block, Source
from vault.import_map_columns import MAX_COLUMNS
from vault.line_readers import Column, Format, Layout
from vault.line_sources import ENCODINGS

OPTIONS: Final = ("encoding", "skip", "header", "separator", "width")
"""The keys of a map's top level that say how its file is divided."""


def format_of(top: Block) -> tuple[Format, bool]:
    """Give the format, and whether its columns go by name."""
    format_ = top.choice("format", Format.CSV, Format)
    own = {
        "header": {Format.CSV},
        "separator": {Format.CSV},
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
    node, encoding = top.node("encoding"), ENCODINGS[0]
    if node is not None:
        encoding = source.choice(node, "encoding", ENCODINGS) or encoding
    separator = top.text("separator") or ","
    if len(separator) != 1 or separator in '"\r\n':
        top.fault("separator", "write one character, and not a quotation mark")
    width = top.integer("width", 0, low=1, high=MAX_COLUMNS)
    return Layout(
        format=format_,
        columns=columns,
        encoding=encoding,
        skip=top.integer("skip", 0, low=0, high=MAX_COLUMNS),
        header=top.flag("header"),
        separator=separator,
        width=width or None,
    )
