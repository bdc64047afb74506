"""Tiles (C2SP tlog-tiles): the tree in pieces 256 hashes wide, and the entries.

Entry k of the tile (level, n) is the node at tree level 8 * level and index
256 * n + k; a tile grows to the right, and a full one never changes. `nodes` reads
the tree out of tiles, `Growth` appends to it. A partial tile carries its width in its
path and is never kept at the path of the full one.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from kit.errors import IntegrityFault, Malformed
from ledger.formats.encoding import decimal
from ledger.formats.merkle import (
    HASH_BYTES,
    CompactRange,
    ReadNode,
    leaf_hash,
    node_hash,
)

HEIGHT = 8
WIDTH = 1 << HEIGHT
ENTRIES = -1  # the "level" of entry bundles
MAX_LEVEL = 63  # C2SP tlog-tiles
MAX_ENTRY_BYTES = (1 << 16) - 1  # a bundle gives its length in two bytes

_LENGTH = 2
_KEPT = 64  # tiles of 8 KiB, and as much again hashed
_PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]{1,2})/(?P<n>(?:x[0-9]{3}/){0,5}[0-9]{3})"
    r"(?:\.p/(?P<width>[0-9]{1,3}))?"
)

ReadTile = Callable[[int, int], bytes]


class TileError(Malformed):
    """A tile's path or an entry bundle cannot be read."""

    code, title = "tile_invalid", "Not a tile"


@dataclass(frozen=True, slots=True)
class TileRef:
    """Which tile, or (at level `ENTRIES`) which bundle of entries, and how wide."""

    level: int
    n: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if not ENTRIES <= self.level <= MAX_LEVEL or self.n < 0:
            raise TileError("there is no such tile")
        if not 0 < self.width <= WIDTH:
            raise TileError("a tile is 1 to 256 wide")

    @property
    def path(self) -> str:
        """The tile's path under the log's prefix."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        suffix = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_number(self.n)}{suffix}"

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a tile's path.

        Raises:
            TileError: it is not one, or not spelled the one way.

        """
        found = _PATH.fullmatch(path)
        if not found:
            raise TileError("the path names no tile")
        level, n, width = found.group("level", "n", "width")
        try:
            ref = cls(
                ENTRIES if level == "entries" else decimal(level),
                int(n.replace("x", "").replace("/", "")),
                WIDTH if width is None else decimal(width),
            )
        except ValueError:
            raise TileError("the path names no tile") from None
        if ref.path != path:
            raise TileError("the path is not spelled the one way")
        return ref


def width_at(size: int, level: int, n: int) -> int:
    """Tell how wide the tile is in a tree of `size` entries; 0 if it is not there."""
    # How many complete nodes there are 8 * level up; bundles are as wide as level 0.
    hashes = size >> (HEIGHT * max(level, 0))
    return max(0, min(WIDTH, hashes - n * WIDTH))


def nodes(read_tile: ReadTile) -> ReadNode:
    """Give a reader of the tree's nodes, for proofs in a tree that stays as it is.

    It reads a tile once, and hashes the nodes in it once, as long as it is among the
    last few: in the log's order, proofs ask for the same tiles one after another.
    """
    kept: dict[tuple[int, int], _Tile] = {}

    def read(level: int, index: int) -> bytes:
        # Only each eighth level is kept: a node in between is hashed from 2**height
        # hashes of the tile below it.
        tile_level, height = divmod(level, HEIGHT)
        n, offset = divmod(index << height, WIDTH)
        key = tile_level, n
        tile = kept.pop(key, None) or _Tile(read_tile(*key))
        kept[key] = tile  # the last one used is the last to go
        if len(kept) > _KEPT:
            kept.pop(next(iter(kept)))
        return tile.node(height, offset >> height)

    return read


class _Tile:
    """A tile, and the nodes above its hashes as far as they were asked for."""

    def __init__(self, data: bytes) -> None:
        starts = range(0, len(data) - HASH_BYTES + 1, HASH_BYTES)
        self._rows = [[data[at : at + HASH_BYTES] for at in starts]]

    def node(self, height: int, index: int) -> bytes:
        """Give a complete node, `height` levels above the tile's hashes.

        Raises:
            IntegrityFault: the tile is too narrow to have it.

        """
        while len(self._rows) <= height:
            below = self._rows[-1]
            pairs = zip(below[::2], below[1::2], strict=False)
            self._rows.append([node_hash(left, right) for left, right in pairs])
        if index >= len(self._rows[height]):
            raise IntegrityFault("a tile is narrower than the tree's size asks for")
        return self._rows[height][index]


class Growth:
    """The tiles that change while entries are appended to a tree.

    It starts from the tree's compact range and reads a partial tile when the first
    hash is added to it. Each node is hashed once (about two hashes an entry).
    """

    def __init__(self, start: CompactRange, read_tile: ReadTile) -> None:
        self.range = start
        self._read = read_tile
        self._open: dict[tuple[int, int], bytearray] = {}

    @classmethod
    def resume(cls, size: int, read_tile: ReadTile) -> Self:
        """Start from the tree of `size` entries as its tiles have it."""
        return cls(CompactRange.read(size, nodes(read_tile)), read_tile)

    def add(self, entries: Sequence[bytes]) -> None:
        """Append entries, in order."""
        append, visit = self.range.append, self._visit
        for entry in entries:
            append(leaf_hash(entry), visit)

    def drain(self, *, full_only: bool = False) -> list[tuple[TileRef, bytes]]:
        """Hand over the tiles that changed; with `full_only` the partial ones stay."""
        least = WIDTH if full_only else 1
        done = [
            key for key, data in self._open.items() if len(data) >= least * HASH_BYTES
        ]
        return [self._take(key) for key in sorted(done)]

    def _take(self, key: tuple[int, int]) -> tuple[TileRef, bytes]:
        data = bytes(self._open.pop(key))
        return TileRef(*key, len(data) // HASH_BYTES), data

    def _visit(self, level: int, index: int, node: bytes) -> None:
        # Levels in between are in no tile.
        if level % HEIGHT:
            return
        key = level // HEIGHT, index // WIDTH
        tile = self._open.get(key)
        if tile is None:
            tile = self._open[key] = self._begun(key, index % WIDTH)
        tile += node

    def _begun(self, key: tuple[int, int], width: int) -> bytearray:
        if not width:
            return bytearray()
        # Cut to the width that the range speaks of: a tile may be ahead of it, after a
        # crash.
        data = self._read(*key)[: width * HASH_BYTES]
        if len(data) != width * HASH_BYTES:
            raise IntegrityFault("a tile is narrower than the tree's size asks for")
        return bytearray(data)


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Write entries as a bundle: each after its length, two bytes big endian.

    Raises:
        TileError: an entry is longer than 65,535 bytes.

    """
    if any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
        raise TileError("an entry is too long for a bundle")
    return b"".join(len(e).to_bytes(_LENGTH, "big") + e for e in entries)


def parse_bundle(data: bytes, width: int) -> list[bytes]:
    """Read a bundle that holds `width` entries.

    Raises:
        TileError: it holds more, fewer, or half an entry.

    """
    entries = list(_entries(data))
    if len(entries) != width:
        raise TileError("the bundle holds another number of entries")
    return entries


def _entries(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + _LENGTH], "big")
        entry = data[at + _LENGTH : at + _LENGTH + length]
        if at + _LENGTH > len(data) or len(entry) != length:
            raise TileError("the bundle ends within an entry")
        yield entry
        at += _LENGTH + length


def _number(n: int) -> str:
    """Write a tile's number as path elements: 1234067 is x001/x234/067."""
    groups = [f"{n % 1000:03}"]
    while n := n // 1000:
        groups.append(f"x{n % 1000:03}")
    return "/".join(reversed(groups))
