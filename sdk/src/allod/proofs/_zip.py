"""A reader of exports' zip files from the front, which leaves no byte unread.

It goes as a program does that unpacks a stream: header, deflated data up to its own
end, descriptor, the next file. What is left has to be the directory of just these
files, to the byte. So what a reader of the directory finds is what was read here; and
what only one of the two would see is refused (PKWARE APPNOTE, 4.3).
"""

import hashlib
import io
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from .errors import VerificationError

MAX_FILES = 100_000
MAX_RATIO = 200
HARMLESS = 1 << 24  # an archive that inflates to less is no bomb
MAX_PATH = 200
LONG = (1 << 31) - 1  # where ZIP64 begins
MANY = (1 << 16) - 1

_PIECE = 1 << 16
# APPNOTE 4.3.7 (local header), 4.3.9 (data descriptor), 4.3.12 (central directory
# header), 4.3.16 (end of central directory).
_HEADER = struct.Struct("<4sHHHHHLLLHH")
_AFTER = struct.Struct("<4sLLL")
_ENTRY = struct.Struct("<4sHHHHHHLLLHHHHHLL")
_LAST = struct.Struct("<4sHHHHLLH")
# Version 2.0 to unpack; bit 3, sizes and CRC come behind the data; method 8, deflate.
_FIRST_BYTES = b"PK\3\4" + struct.pack("<HHH", 20, 8, 8)
_PATH = re.compile(rb"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Packed:
    """A file of an archive that was read through: where it lies, and what it is.

    `when` is time and date of MS-DOS; `sha256` is in hexadecimal, sizes in bytes.
    """

    path: str
    when: tuple[int, int]
    start: int
    packed: int
    size: int
    crc: int
    sha256: str

    @property
    def data(self) -> int:
        """Where the deflated data begins."""
        return self.start + _HEADER.size + len(self.path)


class _Stream:
    """Bytes from the front on, and how many were taken."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._held = b""
        self.taken = 0

    def take(self, most: int) -> bytes:
        """Take so many bytes, or what there is."""
        while len(self._held) < most:
            more = self._file.read(_PIECE)
            if not more:
                break
            self._held += more
        data, self._held = self._held[:most], self._held[most:]
        self.taken += len(data)
        return data

    def back(self, data: bytes) -> None:
        """Put back what was taken too much."""
        self._held = data + self._held
        self.taken -= len(data)


def read_through(file: IO[bytes]) -> dict[str, Packed]:
    """Read a whole archive; gives its files by path, none of them believed yet.

    Raises:
        VerificationError: it is none, or holds a byte that belongs to no file.
        OSError: it cannot be read.

    """
    left = max(HARMLESS, MAX_RATIO * file.seek(0, io.SEEK_END))
    file.seek(0)
    stream, files = _Stream(file), list[Packed]()
    while (head := stream.take(_HEADER.size)).startswith(b"PK\3\4"):
        files.append(_file(stream, head, min(left, LONG)))
        left -= files[-1].size
        if len(files) > MAX_FILES:
            words = f"the archive holds more than {MAX_FILES} files"
            raise VerificationError(words, code="too-long")
    stream.back(head)
    directory = _directory(files, stream.taken)
    if stream.take(len(directory) + 1) != directory:
        words = "the archive is no zip, or holds bytes that are of none of its files"
        raise _misplaced(words)
    return _by_path(files)


def content(file: IO[bytes], packed: Packed, *, most: int) -> bytes:
    """Read one of the files that were read through.

    Raises:
        VerificationError: it is longer than `most` bytes, or not what it was.

    """
    if packed.size > most:
        words = f"{packed.path} is too long: {packed.size} bytes, {most} at most"
        raise VerificationError(words, code="too-long", file=packed.path)
    file.seek(packed.data)
    inflating = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        # One byte more than it had, so that a longer one does not pass for it.
        data = inflating.decompress(file.read(packed.packed), packed.size + 1)
    except zlib.error:
        data = b""
    if hashlib.sha256(data).hexdigest() != packed.sha256:
        raise _misplaced("the archive changes while it is read")
    return data


def _misplaced(words: str) -> VerificationError:
    return VerificationError(words, code="archive-layout")


def _file(stream: _Stream, head: bytes, most: int) -> Packed:
    start = stream.taken - len(head)
    if len(head) < _HEADER.size or not head.startswith(_FIRST_BYTES):
        raise _misplaced("a file of the archive is packed in another way")
    _, _, _, _, time, date, *sizes, named, extra = _HEADER.unpack(head)
    name = stream.take(named)
    if any(sizes) or extra or len(name) > MAX_PATH or not _PATH.fullmatch(name):
        raise _misplaced("a file of the archive has another name or header")
    digest, crc, size = hashlib.sha256(), 0, 0
    begin = stream.taken
    for piece in _inflated(stream):
        digest.update(piece)
        crc, size = zlib.crc32(piece, crc), size + len(piece)
        if size > most:
            words = "the archive inflates beyond all measure"
            raise VerificationError(words, code="too-long")
    packed = stream.taken - begin
    after = _AFTER.pack(b"PK\x07\x08", crc, packed, size) if packed <= LONG else b""
    if not after or stream.take(_AFTER.size) != after:
        raise _misplaced(f"{name.decode('ascii')} is damaged")
    path = name.decode("ascii")
    return Packed(path, (time, date), start, packed, size, crc, digest.hexdigest())


def _inflated(stream: _Stream) -> Iterator[bytes]:
    """Inflate to where the deflated data itself says that it ends."""
    inflating = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        while not inflating.eof:
            data = inflating.unconsumed_tail or stream.take(_PIECE)
            piece = inflating.decompress(data, _PIECE)
            if not data and not piece:
                raise _misplaced("the archive breaks off")
            yield piece
    except zlib.error:
        raise _misplaced("a file of the archive is damaged") from None
    stream.back(inflating.unused_data)


def _directory(files: Sequence[Packed], start: int) -> bytes:
    listed = b"".join(map(_listed, files))
    # 4.3.14 and 4.3.15: the ZIP64 records stand there where a count or a place does not
    # fit, and nowhere else; all-ones in the old fields refers to them (4.4.1.4).
    count, length = len(files), len(listed)
    long = b""
    if count > MANY or start > LONG:
        sizes = (count, count, length, start)
        long = struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, *sizes)
        long += struct.pack("<4sLQL", b"PK\6\7", 0, start + length, 1)
    count, start = min(count, MANY), min(start, (1 << 32) - 1)
    return listed + long + _LAST.pack(b"PK\5\6", 0, 0, count, count, length, start, 0)


def _listed(file: Packed) -> bytes:
    # Made by Unix (3), so that the upper half of the attributes is a file's mode.
    long = file.start > LONG
    version = 45 if long else 20
    extra = struct.pack("<HHQ", 1, 8, file.start) if long else b""
    entry = _ENTRY.pack(
        *(b"PK\1\2", 3 << 8 | version, version, 8, 8, *file.when),
        *(file.crc, file.packed, file.size, len(file.path), len(extra)),
        *(0, 0, 0, 0o600 << 16, (1 << 32) - 1 if long else file.start),
    )
    return entry + file.path.encode() + extra


def _by_path(files: Sequence[Packed]) -> dict[str, Packed]:
    """Give the files by path; no two of them may meet on a disk without case."""
    lower = [each.path.lower() for each in files]
    folders = {path[: at.start()] for path in lower for at in re.finditer("/", path)}
    if len(set(lower)) != len(lower) or folders & set(lower):
        raise _misplaced("the archive holds a file twice")
    return {each.path: each for each in files}
