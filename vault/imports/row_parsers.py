"""Lines divided into rows: CSV, JSON Lines, fixed width, separated by blanks.

What cannot be read as a line of its format is a row with a fault; the reading goes
on. A quoted text may run over several lines, so a row says where it begins and ends.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Final

from kit.canonical import parse
from kit.errors import Malformed
from vault.imports.encodings import ENCODINGS, UTF_8
from vault.imports.input_files import InputLine, read_lines
from vault.imports.line_records import TextRecord, quoted, single
from vault.imports.packed_files import (
    DAMAGED,
    Readable,
    SourceUnreadable,
    opened,
    unreadable,
)

_LINE_ENDS: Final = "\r\n"
_NOTHING: Final = TextRecord(1, 1, "\n")  # the header of an empty file
MOST_SHOWN: Final = 3
"""So many records are shown before an import, out of so many rows at most."""
_MOST_ROWS: Final = 1_000


class Format(StrEnum):
    """How the lines of a file are divided."""

    CSV = "csv"
    JSONL = "jsonl"
    FIXED = "fixed"
    BLANKS = "blanks"


# Where a value stands: by name (JSON member, CSV header), by number from 1, or from
# the first to the last character, both from 1 and inclusive.
Column = str | int | tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """What must be known of a file to divide it.

    `width` is the number of columns. `quote` is what encloses a text in CSV, or empty;
    in `single_line` such a text cannot run over several lines.
    """

    format: Format
    columns: tuple[Column, ...]
    encoding: str = UTF_8
    skip: int = 0
    header: bool = False
    separator: str = ","
    quote: str = '"'
    single_line: bool = False
    width: int | None = None


@dataclass(frozen=True, slots=True)
class FileRow:
    """The cells of one record, in the order of the layout's columns, or a fault.

    It covers the lines from `line`, where it begins, to `last`: a quoted text may run
    over several. What is no record (header, lines before it, empty lines) is
    `skipped`, so that the rows of a file cover every line of it, once each. `old_line`
    is where it begins as programs before 0.2 counted (`vault.imports.input_files`).
    """

    line: int
    last: int
    cells: tuple[object, ...] = field(default=(), repr=False)
    fault: str = ""
    skipped: bool = False
    old_line: int = 0


def read_rows(stream: Readable, layout: Layout) -> Iterator[FileRow]:
    """Divide a file into rows, which cover all its lines.

    Raises:
        SourceUnreadable: the header does not have a column that the map names, or
            the file's byte-order mark says another encoding than the map.

    """
    lines = read_lines(stream, layout.encoding)
    for record in islice(single(lines), layout.skip):
        yield _skipped(record)
    yield from _READERS[layout.format](lines, layout)


Divide = Callable[[str], Sequence[object]]


class _RowFault(ValueError):
    """A record cannot be divided; its one argument is the code."""


def _rows(
    records: Iterable[TextRecord], divide: Divide, *, blank: str = ""
) -> Iterator[FileRow]:
    """Divide records; one of nothing but line ends, or `blank` signs, is none."""
    for record in records:
        if record.fault:
            yield FileRow(record.first, record.last, fault=record.fault)
        elif not record.text.strip(blank or None):
            yield _skipped(record)
        else:
            yield _divided(record, divide)


def _divided(record: TextRecord, divide: Divide) -> FileRow:
    try:
        cells = tuple(divide(record.text))
        return FileRow(record.first, record.last, cells, old_line=record.old_first)
    except _RowFault as fault:
        return FileRow(record.first, record.last, fault=str(fault))


def _skipped(record: TextRecord) -> FileRow:
    return FileRow(record.first, record.last, skipped=True)


def _blanks(lines: Iterator[InputLine], layout: Layout) -> Iterator[FileRow]:
    pick = _picker(_by_number(layout), layout.width)
    return _rows(single(lines), lambda text: pick(text.split()))


def _fixed(lines: Iterator[InputLine], layout: Layout) -> Iterator[FileRow]:
    spans = [each for each in layout.columns if isinstance(each, tuple)]

    def divide(text: str) -> list[str]:
        line = text.rstrip(_LINE_ENDS)
        return [line[first - 1 : last] for first, last in spans]

    return _rows(single(lines), divide)


def _jsonl(lines: Iterator[InputLine], layout: Layout) -> Iterator[FileRow]:
    def divide(text: str) -> list[object]:
        try:
            value = parse(text.encode())
        except Malformed:
            raise _RowFault("line.json") from None
        if not isinstance(value, dict):
            raise _RowFault("line.json")
        return [value.get(name) for name in layout.columns]

    return _rows(single(lines), divide)


def _csv(lines: Iterator[InputLine], layout: Layout) -> Iterator[FileRow]:
    divide = _divider(layout)
    records = _records(lines, layout)
    numbers, width = _by_number(layout), layout.width
    if layout.header:
        header = next(records, _NOTHING)
        numbers, width = _numbers(header, divide, layout)
        if header is not _NOTHING:
            yield _skipped(header)
    pick = _picker(numbers, width)
    yield from _rows(records, lambda text: pick(divide(text)), blank=_LINE_ENDS)


def _records(lines: Iterator[InputLine], layout: Layout) -> Iterator[TextRecord]:
    if not layout.quote:
        return single(lines)
    return quoted(
        lines, layout.quote, layout.separator, multiline=not layout.single_line
    )


def _divider(layout: Layout) -> Callable[[str], list[str]]:
    def divide(text: str) -> list[str]:
        # A reader of its own for each record: none can go on into the next.
        reader = csv.reader(
            (text,),
            delimiter=layout.separator,
            quotechar=layout.quote or None,
            quoting=csv.QUOTE_MINIMAL if layout.quote else csv.QUOTE_NONE,
            strict=True,
        )
        try:
            (cells,) = reader
        except (csv.Error, ValueError):
            # It takes no cell that is longer than this.
            long = len(text) > csv.field_size_limit()
            raise _RowFault("line.too_long" if long else "line.csv") from None
        return cells

    return divide


def _numbers(
    header: TextRecord, divide: Callable[[str], list[str]], layout: Layout
) -> tuple[list[int], int]:
    """Find each named column in the header, which also says how many there are."""
    if header is _NOTHING:
        raise SourceUnreadable(
            "the file ends before its header",
            fix="correct `skip` in the map, or name a file that has a header",
        )
    names = [name.strip() for name in _header(header, divide, layout)]
    missing = [name for name in layout.columns if names.count(str(name)) != 1]
    if missing:
        # The names are the map's own, not the file's.
        raise SourceUnreadable(
            f"the header does not have, or has twice: {', '.join(map(str, missing))}",
            fix="correct `column`, `separator` or `skip` in the map",
        )
    return [names.index(str(name)) + 1 for name in layout.columns], len(names)


def _header(
    header: TextRecord, divide: Callable[[str], list[str]], layout: Layout
) -> list[str]:
    fault = header.fault or ("line.encoding" if "\0" in header.text else "")
    try:
        if not fault:
            return divide(header.text)
    except _RowFault as error:
        fault = str(error)
    if fault in {"line.encoding", "line.wrong_encoding"}:
        raise SourceUnreadable(
            f"the header is not written in {layout.encoding}",
            fix="let `encoding` in the map say how the file was written: "
            + ", ".join(ENCODINGS),
        )
    raise SourceUnreadable(
        f"the header, line {header.first}, cannot be read: {fault}",
        fix="correct `separator`, `quote` or `skip` in the map, or the file's header",
    )


def _by_number(layout: Layout) -> list[int]:
    return [each for each in layout.columns if isinstance(each, int)]


def _picker(
    numbers: Sequence[int], width: int | None
) -> Callable[[Sequence[str]], Sequence[str]]:
    least = max(numbers, default=0)

    def pick(cells: Sequence[str]) -> list[str]:
        if len(cells) < least or width not in {None, len(cells)}:
            raise _RowFault("line.columns")
        return [cells[number - 1] for number in numbers]

    return pick


_READERS: Final = {
    Format.CSV: _csv,
    Format.JSONL: _jsonl,
    Format.FIXED: _fixed,
    Format.BLANKS: _blanks,
}


def first_records(path: Path, layout: Layout) -> list[tuple[object, ...]]:
    """Give the cells of a file's first records, in the order of the layout's columns.

    They are a person's data: whoever asks shows them to somebody who may see the file.

    Raises:
        SourceUnreadable: it is missing, damaged, or not of the layout's shape.

    """
    try:
        with opened(path) as stream:
            rows = islice(read_rows(stream, layout), _MOST_ROWS)
            return list(islice((row.cells for row in rows if row.cells), MOST_SHOWN))
    except DAMAGED as error:
        raise unreadable(error) from None
