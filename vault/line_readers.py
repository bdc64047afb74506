"""Lines divided into rows: CSV, JSON Lines, fixed width, separated by blanks.

What cannot be read as a line of its format is a row with a fault; the reading goes
on. A quoted text may run over several lines, so a row says where it begins and ends.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import IO, Final

from kit.canonical import parse
from kit.errors import Malformed
from vault.line_sources import ENCODINGS, Lines, SourceUnreadable


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
    """What must be known of a file to divide it; `width` is the number of columns."""

    format: Format
    columns: tuple[Column, ...]
    encoding: str = ENCODINGS[0]
    skip: int = 0
    header: bool = False
    separator: str = ","
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one record, in the order of the layout's columns, or a fault.

    It covers the lines from `line`, where it begins, to `last`: a quoted text may run
    over several. What is no record (header, lines before it, empty lines) is
    `skipped`, so that the rows of a file cover every line of it, once each.
    """

    line: int
    last: int
    cells: tuple[object, ...] = field(default=(), repr=False)
    fault: str = ""
    skipped: bool = False


def read_rows(stream: IO[bytes], layout: Layout) -> Iterator[Row]:
    """Divide a file into rows, which cover all its lines.

    Raises:
        SourceUnreadable: the header does not have a column that the map names.

    """
    lines = Lines(stream, layout.encoding)
    for _ in islice(lines, layout.skip):
        lines.take_fault()
        yield _skipped(lines.number, lines)
    yield from _READERS[layout.format](lines, layout)


def _skipped(first: int, lines: Lines) -> Row:
    return Row(first, lines.number, skipped=True)


Divide = Callable[[str], Sequence[object]]


class _Fault(ValueError):
    """A line cannot be divided; its one argument is the code."""


def _simple(lines: Lines, divide: Divide) -> Iterator[Row]:
    """Read records of one line each."""
    for line in lines:
        fault = lines.take_fault()
        if not fault and not line.strip():
            yield _skipped(lines.number, lines)
            continue
        cells: tuple[object, ...] = ()
        try:
            cells = () if fault else tuple(divide(line))
        except _Fault as error:
            fault = str(error)
        yield Row(lines.number, lines.number, cells, fault)


def _blanks(lines: Lines, layout: Layout) -> Iterator[Row]:
    pick = _picker([each for each in layout.columns if isinstance(each, int)], layout)
    return _simple(lines, lambda line: pick(line.split()))


def _fixed(lines: Lines, layout: Layout) -> Iterator[Row]:
    spans = [each for each in layout.columns if isinstance(each, tuple)]

    def divide(line: str) -> list[str]:
        text = line.rstrip("\r\n")
        return [text[first - 1 : last] for first, last in spans]

    return _simple(lines, divide)


def _jsonl(lines: Lines, layout: Layout) -> Iterator[Row]:
    def divide(line: str) -> list[object]:
        try:
            value = parse(line.encode())
        except Malformed:
            raise _Fault("line.json") from None
        if not isinstance(value, dict):
            raise _Fault("line.json")
        return [value.get(name) for name in layout.columns]

    return _simple(lines, divide)


def _csv(lines: Lines, layout: Layout) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=layout.separator, strict=True)
    numbers, width = [each for each in layout.columns if isinstance(each, int)], None
    if layout.header:
        first = lines.number + 1
        numbers, width = _numbers(reader, layout)
        yield _skipped(first, lines)
    pick = _picker(numbers, layout, width)
    while True:
        first = lines.number + 1
        try:
            cells: Sequence[str] = next(reader)
            fault = lines.take_fault()
            if not fault and not cells:
                yield _skipped(first, lines)
                continue
            picked = () if fault else tuple(pick(cells))
            yield Row(first, lines.number, picked, fault)
        except StopIteration:
            return
        except csv.Error:
            lines.take_fault()
            yield Row(first, lines.number, fault="line.csv")
        except _Fault as error:
            yield Row(first, lines.number, fault=str(error))


def _numbers(reader: Iterator[list[str]], layout: Layout) -> tuple[list[int], int]:
    """Find each named column in the header, which also says how many there are."""
    try:
        names = [name.strip() for name in next(reader, [])]
    except csv.Error:
        names = []
    missing = [name for name in layout.columns if names.count(str(name)) != 1]
    if missing:
        # The names are the map's own, not the file's.
        raise SourceUnreadable(
            f"the header does not have, or has twice: {', '.join(map(str, missing))}",
            fix="correct `column` or `skip` in the map",
        )
    return [names.index(str(name)) + 1 for name in layout.columns], len(names)


def _picker(
    numbers: Sequence[int], layout: Layout, width: int | None = None
) -> Callable[[Sequence[str]], Sequence[str]]:
    wanted = layout.width if width is None else width
    least = max(numbers, default=0)

    def pick(cells: Sequence[str]) -> list[str]:
        if len(cells) < least or wanted not in {None, len(cells)}:
            raise _Fault("line.columns")
        return [cells[number - 1] for number in numbers]

    return pick


_READERS: Final = {
    Format.CSV: _csv,
    Format.JSONL: _jsonl,
    Format.FIXED: _fixed,
    Format.BLANKS: _blanks,
}
