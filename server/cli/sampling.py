"""What an import is about to read, shown to a person at a terminal.

An encoding that takes the bytes of any other shows its mistakes to the eye alone.
"""

from pathlib import Path
from typing import Final

from server.cli.console import Console
from vault.imports.row_parsers import Column, Layout, first_records

MAX_SIGNS: Final = 40


def show_sample(voice: Console, file: Path, layout: Layout) -> None:
    """Show the first records as they are read; to a log or a program, nothing.

    Raises:
        SourceUnreadable: the file is missing, damaged, or not of the layout's shape.

    """
    if not voice.is_before_a_person:
        return
    voice.say(f"{file.name} begins so, read as {layout.encoding}:")
    voice.table(
        *map(_head, layout.columns),
        rows=[tuple(map(_shown, cells)) for cells in first_records(file, layout)],
    )


def _head(column: Column) -> str:
    match column:
        case str():
            return _shown(column)
        case int():
            return f"column {column}"
        case (first, last):
            return f"{first}-{last}"


def _shown(cell: object) -> str:
    """Write a cell in one line that moves nothing on a terminal."""
    text = "" if cell is None else str(cell)
    cut = text[:MAX_SIGNS] + ("…" if len(text) > MAX_SIGNS else "")
    return "".join(
        sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in cut
    )
