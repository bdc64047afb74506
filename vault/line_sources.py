"""Files read line by line, compressed or not, and never held in memory.

Compression (xz, gzip) is told by a file's first bytes, not by its name. `fingerprint`
reads the whole file first, so that damage is found before anything is imported. A
line is bounded: one that is longer is passed over, and told of.
"""

import gzip
import hashlib
import lzma
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO, Final

from kit.errors import Malformed

MAX_LINE: Final = 1 << 20
ENCODINGS: Final = ("utf-8", "gb18030", "cp1252", "latin-1")

_CHUNK: Final = 1 << 20
_XZ: Final = b"\xfd7zXZ\x00"
_GZIP: Final = b"\x1f\x8b"
_BOM: Final = b"\xef\xbb\xbf"
_DAMAGED: Final = (OSError, EOFError, lzma.LZMAError, zlib.error)


class SourceUnreadable(Malformed):
    """The file is missing, damaged, or not of the shape that its map says."""

    code, title = "import_unreadable", "The file cannot be imported"


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


class Lines:
    """The lines of a file as text, counted; `fault` tells of those just taken."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self.number = 0
        self.fault = ""

    def __iter__(self) -> "Lines":
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


def _unreadable() -> SourceUnreadable:
    return SourceUnreadable(
        "the file is missing, damaged or may not be read",
        fix="name a file of text, or one compressed by xz or gzip",
    )
