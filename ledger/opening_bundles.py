"""Openings of operator entries as auditors read them, for each bundle of entries.

`operator/<N>` opens those of bundle N, a line of JSON each: index, salt and payload.
Where a bundle holds no operator entry there is no such file, and while it still grows
so does its file; what is beyond the checkpoint is of no account.
"""

import json
from collections.abc import Iterable
from typing import Final

from kit.errors import IntegrityFault
from ledger.strict import decode64, encode64
from ledger.tiles import ENTRIES, TileError, TileRef

FOLDER: Final = "operator"

_BUNDLE: Final = "tile/entries/"

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
    return "".join(map(_line, opened)).encode()


def parse_openings(data: bytes) -> list[Opened]:
    """Read the lines of a file; nothing is opened with them yet.

    Raises:
        IntegrityFault: a line is no opening.

    """
    try:
        return [_read(line) for line in data.splitlines()]
    except (ValueError, KeyError, TypeError):
        raise IntegrityFault("openings of operator entries are damaged") from None


def _line(opened: Opened) -> str:
    index, salt, payload = opened
    line = {"index": index, "salt": encode64(salt), "payload": encode64(payload)}
    return json.dumps(line, sort_keys=True, separators=(",", ":")) + "\n"


def _read(line: bytes) -> Opened:
    said = json.loads(line)
    index = said["index"]
    if type(index) is not int:
        raise TypeError
    return index, decode64(said["salt"]), decode64(said["payload"])
