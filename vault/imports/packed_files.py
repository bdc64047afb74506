"""Files opened for reading, decompressed as they are read if they are compressed.

Compression (xz, gzip) is told by a file's first bytes, not by its name. What it may
take in memory is bounded: an xz file says itself how much it needs.
"""

import gzip
import lzma
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, Protocol

from kit.errors import Malformed

CHUNK: Final = 1 << 18
DAMAGED: Final = (OSError, EOFError, lzma.LZMAError, zlib.error)

_XZ: Final = b"\xfd7zXZ\x00"
_GZIP: Final = b"\x1f\x8b"
_XZ_MEMORY: Final = 128 << 20  # the highest of xz's own levels needs half of it


_CAUSES: Final[tuple[tuple[type[Exception], str, str], ...]] = (
    (FileNotFoundError, "the file is not there", "correct its name"),
    (IsADirectoryError, "this is a folder", "name one file in it"),
    (PermissionError, "the file may not be read", "let whoever imports read it"),
)


class SourceUnreadable(Malformed):
    """The file is missing, damaged, or not of the shape that its map says."""

    code, title = "import_unreadable", "The file cannot be imported"


class Readable(Protocol):
    """What gives at most so many bytes, and none at its end."""

    def read(self, size: int, /) -> bytes:
        """Give the next bytes."""


@contextmanager
def opened(path: Path) -> Iterator[Readable]:
    """Open a file for reading, decompressed if it is compressed.

    Raises:
        SourceUnreadable: it is not there, or may not be read.

    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            start = file.read(len(_XZ))
            file.seek(0)
        except OSError as error:
            raise unreadable(error) from None
        stream: Readable = file
        if start == _XZ:
            stream = _Xz(file)
        elif start.startswith(_GZIP):
            stream = stack.enter_context(gzip.GzipFile(fileobj=file))
        yield stream


def unreadable(error: Exception) -> SourceUnreadable:
    """Say why a file cannot be read, by what was met."""
    for kind, why, fix in _CAUSES:
        if isinstance(error, kind):
            return SourceUnreadable(why, fix=fix)
    return SourceUnreadable(
        "the file is damaged where it is compressed, or was cut off",
        fix="compress it anew, by xz or gzip, or name a file of text",
    )


class _Xz:
    """What the streams of an xz file hold, one behind the other."""

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._stream = _decompressor()
        self._packed = b""

    def read(self, size: int, /) -> bytes:
        while not self._stream.eof or self._next_stream():
            if self._stream.needs_input and not self._packed:
                self._packed = self._file.read(CHUNK)
                if not self._packed:
                    raise EOFError("the compressed file ends too early")
            data = self._stream.decompress(self._packed, size)
            self._packed = b""
            if data:
                return data
        return b""

    def _next_stream(self) -> bool:
        # Zeros may fill up a stream.
        self._packed = self._stream.unused_data.lstrip(b"\0")
        while not self._packed and (more := self._file.read(CHUNK)):
            self._packed = more.lstrip(b"\0")
        self._stream = _decompressor()
        return bool(self._packed)


def _decompressor() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
