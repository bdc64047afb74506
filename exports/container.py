"""Reading an archive from a stranger: a zip that is not trusted in any respect.

Names are plain relative paths, each once. What it inflates to is bounded before
anything is inflated (overlapping entries count as often as they are listed), and
nothing is ever written to disk. Whatever is wrong, there is one error for it.
"""

import hashlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from kit.errors import Malformed

MAX_FILES: Final = 100_000
MAX_RATIO: Final = 200
HARMLESS: Final = 1 << 24  # an archive that inflates to less is no bomb
MAX_PATH: Final = 200
CHUNK: Final = 1 << 16

_PATH: Final = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)*", re.ASCII)
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 0x1
# All that zipfile lets out when the bytes are not what they claim to be.
_UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class ArchiveError(Malformed):
    """The archive is not whole, or not what was signed.

    `file` is the path of the file that is wrong, or empty where it is none of them.
    """

    code, title = "archive_invalid", "The archive does not verify"

    def __init__(self, detail: str, *, file: str = "") -> None:
        super().__init__(detail)
        self.file = file


def is_path(text: str) -> bool:
    """Tell whether a file of an archive may be called so: relative, no dots leading."""
    return len(text) <= MAX_PATH and bool(_PATH.fullmatch(text))


class Container:
    """The files of one archive, by path."""

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._archive = archive
        self._files = _indexed(archive.infolist())
        inflated = sum(info.file_size for info in self._files.values())
        if inflated > max(HARMLESS, MAX_RATIO * size):
            raise ArchiveError("the archive inflates beyond all measure")

    @property
    def paths(self) -> frozenset[str]:
        """The paths of all files."""
        return frozenset(self._files)

    @classmethod
    @contextmanager
    def opened(cls, source: Path | bytes) -> Iterator[Self]:
        """Open an archive from a path, or one that is held in memory.

        Raises:
            ArchiveError: it is no archive, or not one that is safe to read.
            OSError: the path cannot be opened.

        """
        file = source.open("rb") if isinstance(source, Path) else io.BytesIO(source)
        with file:
            size = file.seek(0, io.SEEK_END)
            try:
                archive = zipfile.ZipFile(file)
            except _UNREADABLE:
                raise ArchiveError(
                    "this is not a zip archive, or a damaged one"
                ) from None
            with archive:
                yield cls(archive, size)

    def read(self, path: str, *, limit: int) -> bytes:
        """Read one file whole.

        Raises:
            ArchiveError: it is missing, damaged, or longer than `limit` bytes.

        """
        info = self._files.get(path)
        if info is None:
            raise ArchiveError("a file is missing", file=path)
        if info.file_size > limit:
            raise ArchiveError("a file is too long", file=path)
        return b"".join(self._chunks(path))

    def digest(self, path: str) -> tuple[str, int]:
        """Read one file through; gives its SHA-256 in hexadecimal, and its size.

        Raises:
            ArchiveError: it is damaged.

        """
        digest, size = hashlib.sha256(), 0
        for chunk in self._chunks(path):
            digest.update(chunk)
            size += len(chunk)
        return digest.hexdigest(), size

    def _chunks(self, path: str) -> Iterator[bytes]:
        try:
            with self._archive.open(self._files[path]) as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except _UNREADABLE:
            raise ArchiveError("a file is damaged", file=path) from None


def _indexed(infos: list[zipfile.ZipInfo]) -> Mapping[str, zipfile.ZipInfo]:
    if len(infos) > MAX_FILES:
        raise ArchiveError(f"the archive holds more than {MAX_FILES} files")
    files: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        # The name as it is written: zipfile cuts one at a null byte.
        if not is_path(info.orig_filename):
            raise ArchiveError("a file's name is not a plain relative path")
        if info.filename in files:
            raise ArchiveError("a file is there twice", file=info.filename)
        if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
            raise ArchiveError("a file is packed in another way", file=info.filename)
        files[info.filename] = info
    return files
