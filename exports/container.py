"""Reading an archive from a stranger: a zip that is not trusted in any respect.

It is laid out as ours are, to the byte (`exports.layout`), so that a program which
reads it from the front and one which reads its directory find the same files. Names
are plain relative paths, and no two of them meet on a disk that knows no case. What
it inflates to is bounded before anything is inflated, and nothing is ever written to
disk. Whatever is wrong, there is one error for it.
"""

import hashlib
import io
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Self

from exports.layout import LayoutError, Member, members_of
from kit.errors import Malformed

MAX_FILES: Final = 100_000
MAX_RATIO: Final = 200
HARMLESS: Final = 1 << 24  # an archive that inflates to less is no bomb
MAX_PATH: Final = 200
CHUNK: Final = 1 << 16

_PATH: Final = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)*", re.ASCII)
_RAW_DEFLATE: Final = -15


class ArchiveError(Malformed):
    """The archive is not whole, or not what was signed.

    `file` is the path of the file that is wrong, or empty where it is none of them.
    """

    code, title = "archive_invalid", "The archive does not verify"

    def __init__(self, detail: str, *, file: str = "", code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.file = file


def is_path(text: str) -> bool:
    """Tell whether a file of an archive may be called so: relative, no dots leading."""
    return len(text) <= MAX_PATH and bool(_PATH.fullmatch(text))


class Container:
    """The files of one archive, by path."""

    def __init__(self, file: IO[bytes], members: tuple[Member, ...], size: int) -> None:
        self._file = file
        self._files = _indexed(members)
        inflated = sum(member.size for member in members)
        if inflated > max(HARMLESS, MAX_RATIO * size):
            raise ArchiveError("the archive inflates beyond all measure")

    @property
    def paths(self) -> frozenset[str]:
        """The paths of all files."""
        return frozenset(self._files)

    @property
    def dates(self) -> frozenset[tuple[int, int]]:
        """The times and dates that its files have, as MS-DOS writes them."""
        return frozenset((each.time, each.date) for each in self._files.values())

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
            try:
                members = members_of(file, most=MAX_FILES)
            except LayoutError:
                raise ArchiveError(
                    "this is no zip archive, or a damaged one, or it holds bytes that"
                    " are of none of the files in its directory"
                ) from None
            yield cls(file, members, file.seek(0, io.SEEK_END))

    def read(self, path: str, *, limit: int) -> bytes:
        """Read one file whole.

        Raises:
            ArchiveError: it is missing, damaged, or longer than `limit` bytes.

        """
        member = self._files.get(path)
        if member is None:
            raise ArchiveError("a file is missing", file=path)
        if member.size > limit:
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
            yield from _inflated(self._file, self._files[path])
        except (zlib.error, LayoutError):
            raise ArchiveError("a file is damaged", file=path) from None


def _indexed(members: tuple[Member, ...]) -> Mapping[str, Member]:
    if len(members) > MAX_FILES:
        raise ArchiveError(f"the archive holds more than {MAX_FILES} files")
    files: dict[str, Member] = {}
    taken: dict[str, bool] = {}  # names as a disk without case has them: a folder?
    for member in members:
        path = member.name.decode("ascii", "replace")
        if not is_path(path):
            raise ArchiveError("a file's name is not a plain relative path")
        *folders, name = _with_folders(path.lower())
        if name in taken or not all(taken.setdefault(each, True) for each in folders):
            raise ArchiveError("a file is there twice", file=path)
        taken[name] = False
        files[path] = member
    return files


def _with_folders(path: str) -> list[str]:
    """List the folders that a file lies in, and then itself."""
    ends = [at for at, letter in enumerate(path) if letter == "/"]
    return [*(path[:end] for end in ends), path]


def _inflated(file: IO[bytes], member: Member) -> Iterator[bytes]:
    """Inflate a file, whose deflated data has to fill its place to the last byte."""
    inflating = zlib.decompressobj(_RAW_DEFLATE)
    at, left, crc, size = member.data, member.packed, 0, 0
    while not inflating.eof:
        packed = inflating.unconsumed_tail
        if not packed:
            file.seek(at)
            packed = file.read(min(CHUNK, left))
            at, left = at + len(packed), left - len(packed)
        chunk = inflating.decompress(packed, CHUNK)
        crc, size = zlib.crc32(chunk, crc), size + len(chunk)
        if size > member.size or not (packed or chunk):
            raise LayoutError
        if chunk:
            yield chunk
    if left or inflating.unused_data or (crc, size) != (member.crc, member.size):
        raise LayoutError
