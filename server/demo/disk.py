"""Looking for cleartext on a disk, as a thief of the disk would.

Each value is looked for as UTF-8 and UTF-16, in hexadecimal, URL-encoded, and in
base64 wherever in a group of three bytes it may begin.
"""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

ENVELOPE: Final = b"AV\x01\x01"
_WIDTH: Final = 16
_PRINTABLE: Final = range(0x20, 0x7F)
# How many characters of base64 the bytes before the value have a say in.
_LEADING: Final = (0, 2, 3)


@dataclass(frozen=True, slots=True)
class Search:
    """What a search looked through, and how often it found something."""

    files: int
    bytes: int
    hits: int


def spellings(value: str) -> frozenset[bytes]:
    """Give every way in which a value may stand in a file."""
    plain = value.encode()
    found = {
        plain,
        value.encode("utf-16-le"),
        value.encode("utf-16-be"),
        plain.hex().encode(),
        plain.hex().upper().encode(),
        quote(value, safe="").encode(),
    }
    for offset, leading in enumerate(_LEADING):
        length = (offset + len(plain)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(bytes(offset) + plain)[leading:length])
    return frozenset(found)


def search(folder: Path, values: Iterable[str], *, but: Path | None = None) -> Search:
    """Look for values in every file under a folder, except under `but`."""
    wanted = [spelling for value in values for spelling in spellings(value)]
    files, size, hits = 0, 0, 0
    for path in _files(folder, but):
        data = path.read_bytes()
        files, size = files + 1, size + len(data)
        hits += sum(spelling in data for spelling in wanted)
    return Search(files, size, hits)


def dump(path: Path, lines: int) -> list[str]:
    """Show the bytes of a sealed record somewhere in the middle of a file."""
    data = path.read_bytes()
    middle = len(data) // 2
    start = max(0, data.find(ENVELOPE, middle))
    rows = (
        data[at : at + _WIDTH] for at in range(start, start + lines * _WIDTH, _WIDTH)
    )
    return [f"{row.hex(' ')}  {_printable(row)}" for row in rows]


def _files(folder: Path, but: Path | None) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (but is None or not path.is_relative_to(but)):
            yield path


def _printable(row: bytes) -> str:
    return "".join(chr(byte) if byte in _PRINTABLE else "·" for byte in row)
