"""The one layout of our archives: which bytes lie where, from the first to the last.

A zip says everything twice, before each file and in the directory at its end, and
programs differ in which of the two they believe, and in what they pass over. So an
archive is read only if it is laid out as our writer does it (PKWARE APPNOTE, 4.3):

    each file, from byte 0 on, without a gap: local header, deflated data, descriptor
    the directory, in the same order, and the end record, which has no comment

The offsets are counted, not read; header, descriptor and directory are written again
from what the directory says, and have to be the same bytes. Where an archive holds
more than 65,535 files or is longer than 2 GiB, the ZIP64 records stand that our
writer then makes, and otherwise none.
"""

import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Final

MAX_SIZE: Final = (1 << 31) - 1  # of one file, and where ZIP64 begins
MAX_COUNT: Final = (1 << 16) - 1

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_DESCRIPTOR: Final = struct.Struct("<4s3L")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_LONG_OFFSET: Final = struct.Struct("<2HQ")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR: Final = struct.Struct("<4sLQL")
_END: Final = struct.Struct("<4s4H2LH")

_VERSION, _VERSION64, _UNIX = 20, 45, 3 << 8
_FLAGS, _DEFLATED = 0x08, 8  # sizes and checksum follow the data
_MODE: Final = 0o600 << 16
_ALL_16, _ALL_32 = (1 << 16) - 1, (1 << 32) - 1
_MAX_ENTRY: Final = 512  # of the directory, in bytes, with the longest path


class LayoutError(ValueError):
    """The bytes are not laid out so."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file as the directory lists it; sizes and `offset` in bytes.

    `time` and `date` are those of MS-DOS: two seconds are their smallest step.
    """

    name: bytes
    time: int
    date: int
    crc: int
    packed: int
    size: int
    offset: int

    def header(self) -> bytes:
        """Write the local header that stands before the file's data."""
        when, name = (self.time, self.date), self.name
        common = (_VERSION, _FLAGS, _DEFLATED, *when, 0, 0, 0, len(name), 0)
        return _LOCAL.pack(b"PK\3\4", *common) + name

    def descriptor(self) -> bytes:
        """Write the descriptor that stands after it."""
        return _DESCRIPTOR.pack(b"PK\7\x08", self.crc, self.packed, self.size)

    @property
    def data(self) -> int:
        """Where its deflated data begins."""
        return self.offset + _LOCAL.size + len(self.name)

    @property
    def end(self) -> int:
        """Where the next file begins."""
        return self.data + self.packed + _DESCRIPTOR.size

    def listed(self) -> bytes:
        """Write the file's entry in the directory."""
        long = self.offset > MAX_SIZE
        version = _VERSION64 if long else _VERSION
        extra = _LONG_OFFSET.pack(1, 8, self.offset) if long else b""
        entry = _CENTRAL.pack(
            *(b"PK\1\2", _UNIX | version, version, _FLAGS, _DEFLATED),
            *(self.time, self.date, self.crc, self.packed, self.size),
            *(len(self.name), len(extra), 0, 0, 0, _MODE),
            _ALL_32 if long else self.offset,
        )
        return entry + self.name + extra


def dos_time(at: datetime) -> tuple[int, int]:
    """Give time and date as a zip has them: MS-DOS, in steps of two seconds."""
    year, month, day, hour, minute, second = at.timetuple()[:6]
    date = (year - 1980) << 9 | month << 5 | day
    return hour << 11 | minute << 5 | second // 2, date


def members_of(file: IO[bytes], *, most: int) -> tuple[Member, ...]:
    """Read which files an archive holds, and check that every byte has its place.

    That the deflated data ends where it should is for the reader of it to check.

    Raises:
        LayoutError: it is no zip, holds more than `most` files, or is laid out in
            another way.
        OSError: it cannot be read.

    """
    size = file.seek(0, io.SEEK_END)
    start, length = _directory_at(file, size)
    if not 0 <= start <= start + length <= size or length > most * _MAX_ENTRY:
        raise LayoutError
    file.seek(start)
    tail = file.read(size - start)
    members = tuple(_members(tail[:length]))
    if _directory(members) != tail or (members[-1].end if members else 0) != start:
        raise LayoutError
    for member in members:
        _require(file, member.offset, member.header())
        _require(file, member.end - _DESCRIPTOR.size, member.descriptor())
    return members


def _directory_at(file: IO[bytes], size: int) -> tuple[int, int]:
    """Tell where the directory begins, and how many bytes its entries have."""
    if size < _END.size:
        raise LayoutError
    *_, length, start, _ = _unpacked(file, size - _END.size, _END)
    if start == _ALL_32:
        where = size - _END.size - _LOCATOR.size - _END64.size
        *_, length, start = _unpacked(file, where, _END64)
    return start, length


def _members(entries: bytes) -> Iterator[Member]:
    at = offset = 0
    while at < len(entries):
        if len(entries) - at < _CENTRAL.size:
            raise LayoutError
        *_, time, date, crc, packed, size, named, extra, _, _, _, _, _ = (
            _CENTRAL.unpack_from(entries, at)
        )
        at += _CENTRAL.size
        name = entries[at : at + named]
        member = Member(name, time, date, crc, packed, size, offset)
        if max(packed, size) > MAX_SIZE:
            raise LayoutError
        yield member
        at, offset = at + named + extra, member.end


def _directory(members: Sequence[Member]) -> bytes:
    """Write all that stands after the last file."""
    start = members[-1].end if members else 0
    entries = b"".join(member.listed() for member in members)
    count, length = len(members), len(entries)
    long = b""
    if count > MAX_COUNT or max(start, length) > MAX_SIZE:
        numbers = (_VERSION64, _VERSION64, 0, 0, count, count, length, start)
        long = _END64.pack(b"PK\6\6", _END64.size - 12, *numbers)
        long += _LOCATOR.pack(b"PK\6\7", 0, start + length, 1)
        count, length = min(count, _ALL_16), min(length, _ALL_32)
        start = min(start, _ALL_32)
    end = _END.pack(b"PK\5\6", 0, 0, count, count, length, start, 0)
    return entries + long + end


def _unpacked(file: IO[bytes], at: int, form: struct.Struct) -> tuple[int, ...]:
    if at < 0:
        raise LayoutError
    file.seek(at)
    values: tuple[int, ...] = form.unpack(file.read(form.size))
    return values


def _require(file: IO[bytes], at: int, expected: bytes) -> None:
    file.seek(at)
    if file.read(len(expected)) != expected:
        raise LayoutError
