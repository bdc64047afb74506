"""Files read line by line: CSV, JSON Lines, fixed width, separated by blanks.

A file may be compressed (xz, gzip; told by its first bytes, not by its name) and is
never held in memory: lines are bounded, and one that is longer is refused and passed
over. What cannot be read as a line of its format is a row with a fault; the reading
goes on. `fingerprint` reads the whole file first, so that damaged compression is
found before anything is imported.
"""

import csv
import gzip
import hashlib
import lzma
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from io import BufferedReader
from pathlib import Path
from typing import IO, Final

from kit.canonical import parse
from kit.errors import Malformed

MAX_LINE: Final = 1 << 20
_CHUNK: Final = 1 << 20
_XZ: Final = b"\xfd7zXZ\x00"
_GZIP: Final = b"\x1f\x8b"
_BOM: Final = b"\xef\xbb\xbf"
_DAMAGED: Final = (OSError, EOFError, lzma.LZMAError, zlib.error)

ENCODINGS: Final = ("utf-8", "gb18030", "cp1252", "latin-1")


class SourceUnreadable(Malformed):
    """The file is missing, damaged, or not of the shape that its map says."""

    code, title = "import_unreadable", "The file cannot be imported"


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
    encoding: str = "utf-8"
    skip: int = 0
    header: bool = False
    separator: str = ","
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one record, in the order of the layout's columns, or a fault.

    `line` is where the record begins; a quoted text may end it further down.
    """

    line: int
    last: int
    cells: tuple[object, ...] = field(default=(), repr=False)
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells one file from another, however it was compressed."""

    digest: bytes
    lines: int


def fingerprint(path: Path) -> Fingerprint:
    """Hash a file's lines and count them.

    Raises:
        SourceUnreadable: it is not there, or its compression is damaged.

    """
    digest, lines, last = hashlib.sha256(), 0, b"\n"
    with opened(path) as stream:
        try:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                lines += chunk.count(b"\n")
                last = chunk[-1:]
        except _DAMAGED:
            raise _unreadable() from None
    return Fingerprint(digest.digest(), lines + (last != b"\n"))


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, decompressed if it is compressed.

    Raises:
        SourceUnreadable: it is not there, or may not be read.

    """
    with ExitStack() as stack:
        try:
            stream: IO[bytes] = stack.enter_context(path.open("rb"))
            start = stream.read(len(_XZ))
            stream.seek(0)
        except OSError:
            raise _unreadable() from None
        if start == _XZ:
            plain = stack.enter_context(lzma.LZMAFile(stream))
            stream = BufferedReader(plain)
        elif start.startswith(_GZIP):
            stream = stack.enter_context(BufferedReader(gzip.GzipFile(fileobj=stream)))
        yield stream


def _unreadable() -> SourceUnreadable:
    return SourceUnreadable(
        "the file is missing, damaged or may not be read",
        fix="name a file of text, or one compressed by xz or gzip",
    )


def read_rows(stream: IO[bytes], layout: Layout) -> Iterator[Row]:
    """Divide a file into rows. Empty lines are passed over.

    Raises:
        SourceUnreadable: the header does not have a column that the map names.

    """
    lines = _Lines(stream, layout.encoding)
    for _ in range(layout.skip):
        next(lines, None)
    return _READERS[layout.format](lines, layout)


class _Lines:
    """The lines of a file as text, counted; `fault` tells of those just taken."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self.number = 0
        self.fault = ""

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._stream.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        if self.number == 1:
            line = line.removeprefix(_BOM)
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            self._pass_over()
            self.fault = "line.too_long"
            return "\n"
        try:
            return line.decode(self._encoding)
        except UnicodeDecodeError:
            self.fault = "line.encoding"
            # Kept apart byte for byte, so that quotes still end where they end.
            return line.decode(self._encoding, "surrogateescape")

    def take_fault(self) -> str:
        """Give the fault of the lines taken since the last call."""
        fault, self.fault = self.fault, ""
        return fault

    def _pass_over(self) -> None:
        while line := self._stream.readline(MAX_LINE):
            if line.endswith(b"\n"):
                return


Divide = Callable[[str], Sequence[object]]


class _Fault(ValueError):
    """A line cannot be divided; its one argument is the code."""


def _simple(lines: _Lines, divide: Divide) -> Iterator[Row]:
    """Read records of one line each."""
    for line in lines:
        fault = lines.take_fault()
        if not fault and not line.strip():
            continue
        cells: tuple[object, ...] = ()
        try:
            cells = () if fault else tuple(divide(line))
        except _Fault as error:
            fault = str(error)
        yield Row(lines.number, lines.number, cells, fault)


def _blanks(lines: _Lines, layout: Layout) -> Iterator[Row]:
    pick = _picker([each for each in layout.columns if isinstance(each, int)], layout)
    return _simple(lines, lambda line: pick(line.split()))


def _fixed(lines: _Lines, layout: Layout) -> Iterator[Row]:
    spans = [each for each in layout.columns if isinstance(each, tuple)]

    def divide(line: str) -> list[str]:
        text = line.rstrip("\r\n")
        return [text[first - 1 : last] for first, last in spans]

    return _simple(lines, divide)


def _jsonl(lines: _Lines, layout: Layout) -> Iterator[Row]:
    def divide(line: str) -> list[object]:
        try:
            value = parse(line.encode())
        except Malformed:
            raise _Fault("line.json") from None
        if not isinstance(value, dict):
            raise _Fault("line.json")
        return [value.get(name) for name in layout.columns]

    return _simple(lines, divide)


def _csv(lines: _Lines, layout: Layout) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=layout.separator, strict=True)
    numbers, width = _numbers(reader, layout) if layout.header else (None, layout.width)
    if numbers is None:
        numbers = [each for each in layout.columns if isinstance(each, int)]
    pick = _picker(numbers, layout, width)
    while True:
        first = lines.number + 1
        try:
            cells: Sequence[str] = next(reader)
            fault = lines.take_fault()
            if not fault and not cells:
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
