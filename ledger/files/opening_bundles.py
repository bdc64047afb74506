"""Openings of operator entries as auditors read them, for each bundle of entries.

`operator/<N>` opens those of bundle N, a line of JSON each: index, salt and payload.
Where a bundle holds no operator entry there is no such file, and while it still grows
so does its file; what is beyond the checkpoint is of no account.
"""

from collections.abc import Iterable
from typing import Final

from kit.canonical import canonical, parse
from kit.errors import IntegrityFault, Malformed
from ledger.formats.encoding import decode64, encode64
from ledger.formats.tiles import ENTRIES, TileError, TileRef

FOLDER: Final = "operator"

_BUNDLE: Final = "tile/entries/"
_MEMBERS: Final = frozenset({"index", "salt", "payload"})

Opened = tuple[int, bytes, bytes]
"""Index, salt and payload of an operator entry."""


def operator_path(n: int) -> str:
    """Give the path of the openings of bundle `n`."""
    return f"{FOLDER}/{TileRef(ENTRIES, n).path.removeprefix(_BUNDLE)}"


def bundle_at(path: str) -> int:
    """Tell whose openings are at a path.

    Raises:
        TileError: the path is no such one, or not spelled the one way.

    """
    head, _, number = path.partition("/")
    ref = TileRef.parse(f"{_BUNDLE}{number}")
    if head != FOLDER or path != operator_path(ref.n):
        raise TileError("the path names no openings")
    return ref.n


def encode_openings(opened: Iterable[Opened]) -> bytes:
    """Write openings as the lines of a file."""
    return b"".join(map(_line, opened))


def parse_openings(data: bytes) -> list[Opened]:
    """Read the lines of a file; nothing is opened with them yet.

    Raises:
        IntegrityFault: a line is no opening, or stands out of order.

    """
    *lines, rest = data.split(b"\n")
    try:
        opened = [_read(line) for line in lines]
    except (Malformed, ValueError, TypeError, AttributeError):
        opened, rest = [], data
    indexes = [index for index, _, _ in opened]
    if rest or indexes != sorted(set(indexes)):
        raise IntegrityFault("openings of operator entries are damaged")
    return opened


def _line(opened: Opened) -> bytes:
    index, salt, payload = opened
    line = {"index": index, "salt": encode64(salt), "payload": encode64(payload)}
    return canonical(line) + b"\n"


def _read(line: bytes) -> Opened:
    said = parse(line, exact=True)
    index = said["index"] if said.keys() == _MEMBERS else None
    if type(index) is not int or canonical(said) != line:
        raise ValueError
    return index, decode64(said["salt"]), decode64(said["payload"])
