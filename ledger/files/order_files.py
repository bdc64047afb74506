"""The orders as they lie in the mirror: segments that are only ever appended to.

A segment holds at most 4,096 lines and begins with the digest of the head before it, so
that a start reads no further back than it has to. Its name is the number of its first
order. An appended line counts once its newline is there; what a crash left after the
last newline is cut off by the next writer, who has those bytes in a row.

The folder is private. Nothing else belongs in it, and nothing else in it is obeyed.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kit.canonical import canonical, parse
from kit.errors import Malformed
from kit.home import sync_folder
from ledger.formats.encoding import decode64, encode64
from ledger.formats.order import NOTHING, OrderError, OrderRef, digest_of

SEGMENT: Final = 4096

_NAME: Final = re.compile(r"([0-9]{12})\.orders")
_HEADER: Final = frozenset({"first", "head", "v"})


class OrdersBroken(OrderError):
    """What lies in the mirror does not continue the chain."""

    code = "orders_broken"


@dataclass(frozen=True, slots=True)
class Lined:
    """One order's line, and its place."""

    ref: OrderRef
    before: bytes
    line: bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment as it lies: the head before it, its lines, and its whole length."""

    path: Path
    first: int
    head: bytes
    lines: tuple[bytes, ...]
    length: int
    """In bytes, up to the last newline."""


@dataclass(frozen=True, slots=True)
class _End:
    """Where the next line goes: behind so many lines, and bytes, of a segment."""

    path: Path
    length: int
    count: int
    last: OrderRef

    def is_at(self, path: Path) -> bool:
        return path == self.path and path.stat().st_size == self.length


class OrderFiles:
    """The segments in one folder. Whoever writes holds the orders' lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # The writer's alone, who holds the orders' lock. It is believed only while the
        # file has the length that was left: another process may have written since.
        self._known: _End | None = None

    def segments(self, after: int = 0) -> Iterator[Segment]:
        """Give the segments, from the one that holds the order after `after` on.

        Raises:
            OrdersBroken: a segment has no header, or another one's.

        """
        names = self._names()
        begun = [first for first in names if first <= after + 1]
        for first in names[max(len(begun) - 1, 0) :]:
            yield self._read(first)

    def strays(self) -> list[str]:
        """Name what lies in the folder and is none of its segments."""
        if not self.folder.is_dir():
            return []
        found = sorted(each.name for each in self.folder.iterdir())
        return [name for name in found if not _NAME.fullmatch(name)]

    def append(self, lined: Sequence[Lined]) -> None:
        """Append lines in order and make them durable; those that are here stay.

        Raises:
            OrdersBroken: they do not continue what is here.
            OSError: the mirror cannot be written.

        """
        end = self._end()
        if lined[0].ref.number <= end.last.number:
            lined = self._lacking(lined)
        if not lined:
            return
        # Only what follows the last line: a gap here could never be told from a loss.
        if lined[0].before != end.last.digest:
            number = lined[0].ref.number
            raise OrdersBroken(f"the mirror lacks what order {number} follows")
        # Without a line there is no segment yet to extend.
        room = SEGMENT - end.count if end.count else 0
        if room:
            end = _extend(end, lined[:room])
        for start in range(room, len(lined), SEGMENT):
            end = self._begin(lined[start : start + SEGMENT])
        # Last: after a failure the end is read from the disk again.
        self._known = end

    def _lacking(self, lined: Sequence[Lined]) -> Sequence[Lined]:
        """Leave out those that are here, each of which has to be the very same."""
        here = {
            number_of(line): line
            for segment in self.segments(lined[0].ref.number - 1)
            for line in segment.lines
        }
        for each in lined:
            if here.get(each.ref.number, each.line) != each.line:
                number = each.ref.number
                raise OrdersBroken(f"order {number} in the mirror is another one")
        return [each for each in lined if each.ref.number not in here]

    def _begin(self, lot: Sequence[Lined]) -> _End:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        first = lot[0]
        header = {"v": 1, "first": first.ref.number, "head": encode64(first.before)}
        lines = [canonical(header), *(each.line for each in lot)]
        path = self.folder / _name(first.ref.number)
        # Truncated: one of this name holds no line that counts, or it would be the end.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        length = _write(os.open(path, flags, 0o600), lines)
        # The file's name, and the folder's: each is durable only by its own parent.
        sync_folder(self.folder)
        sync_folder(self.folder.parent)
        return _End(path, length, len(lot), lot[-1].ref)

    def _end(self) -> _End:
        """Tell where the next line goes; what is here is read only if it changed."""
        names = self._names()
        known = self._known
        if known and names and known.is_at(self.folder / _name(names[-1])):
            return known
        while names:
            segment = self._read(names.pop(), torn=True)
            if segment.lines:
                last = segment.lines[-1]
                ref = OrderRef(number_of(last), digest_of(last))
                return _End(segment.path, segment.length, len(segment.lines), ref)
        return _End(self.folder, 0, 0, NOTHING)

    def _names(self) -> list[int]:
        if not self.folder.is_dir():
            return []
        found = map(_NAME.fullmatch, (each.name for each in self.folder.iterdir()))
        return sorted(int(each[1]) for each in found if each)

    def _read(self, first: int, *, torn: bool = False) -> Segment:
        path = self.folder / _name(first)
        data = path.read_bytes()
        # No newline at all gives 0: nothing of it counts.
        length = data.rfind(b"\n") + 1
        header, *lines = data[:length].split(b"\n")[:-1] or [b""]
        # It is begun anew by the next append, from the segment before it.
        if not lines and torn:  # a crash while it was begun
            return Segment(path, first, b"", (), 0)
        return Segment(path, first, _head(header, first), tuple(lines), length)


def number_of(line: bytes) -> int:
    """Read an order's number out of its line, whether it authenticates or not.

    Raises:
        OrdersBroken: there is none.

    """
    try:
        said = parse(line, max_depth=2)
    except Malformed:
        said = None
    number = said.get("n") if isinstance(said, dict) else None
    if type(number) is not int:
        raise OrdersBroken("a line in the mirror is no order")
    return number


def _extend(end: _End, lot: Sequence[Lined]) -> _End:
    descriptor = os.open(end.path, os.O_WRONLY | os.O_NOFOLLOW)
    if os.fstat(descriptor).st_size != end.length:
        # What a crash left after the last newline: nobody was told that it is there.
        os.ftruncate(descriptor, end.length)
    os.lseek(descriptor, end.length, os.SEEK_SET)
    length = end.length + _write(descriptor, [each.line for each in lot])
    return _End(end.path, length, end.count + len(lot), lot[-1].ref)


def _write(descriptor: int, lines: Sequence[bytes]) -> int:
    data = b"".join(line + b"\n" for line in lines)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        # A line counts from here on; whoever waits is told after it.
        os.fsync(descriptor)
    return len(data)


def _head(header: bytes, first: int) -> bytes:
    try:
        said = parse(header, max_depth=1)
    except Malformed:
        said = None
    if not isinstance(said, dict) or set(said) != _HEADER or said["first"] != first:
        raise OrdersBroken(f"the segment of order {first} has no header of its own")
    try:
        return decode64(str(said["head"]))
    except ValueError:
        raise OrdersBroken(f"the segment of order {first} names no head") from None


def _name(first: int) -> str:
    return f"{first:012d}.orders"
