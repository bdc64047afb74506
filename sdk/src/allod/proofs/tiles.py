"""A log's tree as files (C2SP tlog-tiles): where its pieces lie, and what they give.

A tile of level L holds up to 256 nodes of the tree's level 8L; a bundle holds as many
entries. Both grow to the right, and a full one never changes. Nothing here fetches:
`Fetch` gives the bytes under a path of the log, or None where there are none.
"""

import hashlib
from collections.abc import Callable, Sequence

from .errors import VerificationError
from .merkle import EMPTY_ROOT, HASH_BYTES, node_hash

Fetch = Callable[[str], bytes | None]
ReadNode = Callable[[int, int], bytes]

HEIGHT = 8
WIDTH = 1 << HEIGHT
ENTRIES = "entries"
# 256 entries, each of 65,535 bytes at most behind two bytes of length.
MAX_BUNDLE_BYTES = WIDTH * (2 + (1 << 16) - 1)

_LENGTH = 2


def tile_path(level: int | str, n: int, width: int) -> str:
    """Give the path of a tile, or (at the level `ENTRIES`) of a bundle."""
    # C2SP tlog-tiles: groups of three digits, each but the last behind an `x`.
    groups = [f"{n % 1000:03}"]
    while n := n // 1000:
        groups.append(f"x{n % 1000:03}")
    suffix = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(groups))}{suffix}"


def width_at(size: int, level: int, n: int) -> int:
    """Tell how wide a tile is in a tree of `size` entries; 0 if it is not there."""
    # The complete nodes of the tree's level 8·L, less those of the tiles before it.
    return max(0, min(WIDTH, (size >> HEIGHT * level) - n * WIDTH))


def fetch_piece(
    fetch: Fetch, level: int | str, n: int, width: int
) -> tuple[bytes | None, bool]:
    """Fetch a tile or bundle, and tell whether it may hold more than `width`.

    It may where a partial one went and the full one that came after is in its place.
    """
    data = fetch(tile_path(level, n, width))
    if data is None and width < WIDTH:
        return fetch(tile_path(level, n, WIDTH)), True
    return data, False


def fetch_tile(fetch: Fetch, level: int, n: int, width: int) -> bytes | None:
    """Fetch a tile's first `width` hashes, as they lie there."""
    data, more = fetch_piece(fetch, level, n, width)
    return data[: width * HASH_BYTES] if data is not None and more else data


def bundle_leaves(data: bytes, width: int) -> tuple[list[bytes], bool]:
    """Hash a bundle's entries, and tell whether it holds `width` and nothing else.

    This is the loop in which an audit spends its time: two slices, one hash an entry.
    """
    sha256, leaves = hashlib.sha256, list[bytes]()
    at, end = 0, len(data)
    for _ in range(width):
        start = at + _LENGTH
        at = start + int.from_bytes(data[at:start], "big")
        if at > end or start > end:
            return leaves, False
        leaves.append(sha256(b"\x00" + data[start:at]).digest())
    return leaves, at == end


def split_hashes(data: bytes) -> list[bytes]:
    """Take a tile apart; half a hash at its end is left out."""
    whole = len(data) // HASH_BYTES * HASH_BYTES
    return [data[at : at + HASH_BYTES] for at in range(0, whole, HASH_BYTES)]


def subtree(hashes: Sequence[bytes]) -> bytes:
    """Hash a power of two of neighbours into their common ancestor."""
    level, sha256 = hashes, hashlib.sha256
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return level[0]


def peaks_of(hashes: Sequence[bytes]) -> list[bytes]:
    """Give the complete subtrees of neighbours, from left to right."""
    peaks, start = [], 0
    for bit in reversed(range(len(hashes).bit_length())):
        if len(hashes) >> bit & 1:
            peaks.append(subtree(hashes[start : start + (1 << bit)]))
            start += 1 << bit
    return peaks


def fold(peaks: Sequence[bytes]) -> bytes:
    """Give the root of a tree from its complete subtrees."""
    if not peaks:
        return EMPTY_ROOT
    # From the right: the smallest subtrees lie deepest (RFC 6962, section 2.1).
    node = peaks[-1]
    for peak in reversed(peaks[:-1]):
        node = node_hash(peak, node)
    return node


def node_reader(fetch: Fetch, size: int) -> ReadNode:
    """Give a reader of the complete nodes of a tree that reads each tile once.

    Nothing that it gives is verified; what is built of it has to lead to a root.
    """
    tiles: dict[tuple[int, int], list[bytes]] = {}

    def read(level: int, index: int) -> bytes:
        # A node between two levels of tiles is the root of 2^height neighbours in one.
        tile_level, height = divmod(level, HEIGHT)
        n, offset = divmod(index << height, WIDTH)
        if (tile_level, n) not in tiles:
            width = width_at(size, tile_level, n)
            data = fetch_tile(fetch, tile_level, n, width)
            tiles[tile_level, n] = split_hashes(data or b"")
        hashes = tiles[tile_level, n][offset : offset + (1 << height)]
        if len(hashes) != 1 << height:
            raise VerificationError("a tile that the tree asks for is not whole")
        return subtree(hashes)

    return read


def range_root(start: int, end: int, read: ReadNode) -> bytes:
    """Give the root of the leaves from `start` to `end`, a subtree of the tree."""
    peaks = []
    while start < end:
        level = (end - start).bit_length() - 1
        peaks.append(read(level, start >> level))
        start += 1 << level
    return fold(peaks)


def consistency_path(size1: int, size2: int, read: ReadNode) -> list[bytes]:
    """Build the path that shows how `size2` begins with `size1` leaves.

    RFC 6962, section 2.1.2: SUBPROOF, unrolled; 0 < size1 <= size2.
    """
    path, start, end = [], 0, size2
    # Until the range ends where the older tree did: from there on it is one subtree of
    # both.
    while size1 != end:
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        if size1 <= middle:
            path.append(range_root(middle, end, read))
            end = middle
        else:
            path.append(range_root(start, middle, read))
            start = middle
    # From 0 on, the subtree is the older tree itself, whose root the verifier has.
    if start:
        path.append(range_root(start, end, read))
    return path[::-1]
