"""Lines gathered into records: a quoted text may run over several.

Where a record ends is told by quotation marks alone, as the csv module has it: one
that stands at the beginning of a cell opens a text, and the next one that is not
doubled closes it. A record that is broken or too long ends where it would have ended
were it not: what stands in its texts never becomes a record of its own.
"""

from collections.abc import Iterable, Iterator
from enum import Enum, auto
from typing import Final, NamedTuple

from vault.imports.input_files import MAX_LINE, InputLine

MAX_RECORD_LINES: Final = 1_000


class TextRecord(NamedTuple):
    """The text of the lines from `first` to `last`, or why it cannot be read.

    `old_first` is `first` as older programs counted.
    """

    first: int
    last: int
    text: str
    fault: str = ""
    old_first: int = 0


def single(lines: Iterable[InputLine]) -> Iterator[TextRecord]:
    """Give each line as a record of its own."""
    for line in lines:
        if line.ends:
            yield _of_line(line)


def quoted(
    lines: Iterable[InputLine], quote: str, separator: str, *, multiline: bool
) -> Iterator[TextRecord]:
    """Gather lines into records, by their quotation marks.

    Without `multiline` every text has to be closed on its line.
    """
    marks, gathered = _Marks(quote, separator), None
    for line in lines:
        if gathered is None:
            if line.ends and quote not in line.text:
                yield _of_line(line)
                continue
            gathered = _Gathered(line)
        gathered.take(line)
        marks.read(line.text)
        if line.ends and not (marks.opened and multiline):
            yield gathered.record(closed=not marks.opened)
            gathered = None
            marks.begin()
    if gathered is not None:
        yield gathered.record(closed=False)


def _of_line(line: InputLine) -> TextRecord:
    return TextRecord(line.number, line.number, line.text, line.fault, line.old_number)


class _Gathered:
    """The lines of a record so far; only as many are kept as a record may have."""

    def __init__(self, first: InputLine) -> None:
        self._first = self._last = first.number
        self._old_first = first.old_number
        self._texts: list[str] = []
        self._left = MAX_LINE
        self._fault = ""

    def take(self, line: InputLine) -> None:
        self._last = line.number
        self._left -= len(line.text)
        self._fault = self._fault or line.fault
        if self._left < 0 or self._last - self._first >= MAX_RECORD_LINES:
            self._fault = self._fault or "line.too_long"
        if self._fault:
            self._texts.clear()
        else:
            self._texts.append(line.text)

    def record(self, *, closed: bool) -> TextRecord:
        fault = self._fault if closed else "line.unclosed"
        text = "".join(self._texts)
        return TextRecord(self._first, self._last, text, fault, self._old_first)


class _Place(Enum):
    """Where the next character stands."""

    EDGE = auto()  # a mark here opens: a cell begins, or a doubled mark goes on
    INSIDE = auto()
    OUTSIDE = auto()


class _Marks:
    """Whether a quoted text is open behind what was read, piece by piece."""

    def __init__(self, quote: str, separator: str) -> None:
        self._quote = quote
        self._separator = separator
        self._place = _Place.EDGE

    @property
    def opened(self) -> bool:
        return self._place is _Place.INSIDE

    def begin(self) -> None:
        self._place = _Place.EDGE

    def read(self, text: str) -> None:
        at = 0
        while at < len(text):
            if self._place is _Place.EDGE:
                opens = text.startswith(self._quote, at)
                self._place = _Place.INSIDE if opens else _Place.OUTSIDE
                at += opens
            else:
                found = text.find(self._quote if self.opened else self._separator, at)
                if found < 0:
                    return
                self._place, at = _Place.EDGE, found + 1
