"""How the file of a map is divided: its format, and the options that this one has."""

from typing import Final

from vault.catalog.yaml_nodes import Block, Source
from vault.imports.encodings import ENCODINGS, UTF_8
from vault.imports.import_map_columns import MAX_COLUMNS
from vault.imports.row_parsers import Column, Format, Layout

OPTIONS: Final = (
    "encoding",
    "skip",
    "header",
    "separator",
    "quote",
    "single_line",
    "width",
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
