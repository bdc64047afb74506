"""Walk along a log: hash every entry again, and hold every tile to what that gives.

Entries give the hashes of the lowest tiles, each full tile gives one hash of the tile
above, up to the root; at the right edge the tiles are partial. Where a stored tile
says something else, the walk notes the place and goes on with what is stored, so that
one fault is not seen again in everything above it; `fault` then says of what sort the
first one is, and where it begins.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .merkle import HASH_BYTES
from .tiles import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    Fetch,
    bundle_leaves,
    fetch_piece,
    fetch_tile,
    fold,
    peaks_of,
    split_hashes,
    subtree,
    width_at,
)

Progress = Callable[[int], None]

TRUNCATED = "truncated"
SWAPPED = "swapped"
REORDERED = "reordered"
DAMAGED = "damaged"

# What is kept of a log in which nothing fits; the first fault is found in far fewer.
MAX_DIFFERENCES = 1 << 16
_PAIR = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """What sort of fault there is, the first entry that it concerns, and words."""

    code: str
    index: int
    words: str


@dataclass(frozen=True, slots=True)
class _Difference:
    """The hash that follows from what lies below a tile's, and the one stored there.

    An empty hash is one that is missing; `extra` says that there is too much.
    """

    level: int
    index: int
    found: bytes
    stored: bytes
    extra: bool = False

    @property
    def whole(self) -> bool:
        return bool(self.found and self.stored)

    # A hash of a tile of level L covers 256^L entries; `<<` binds less than `+`, `*`.
    @property
    def first(self) -> int:
        return self.index << HEIGHT * self.level

    @property
    def end(self) -> int:
        return self.index + 1 << HEIGHT * self.level


class _Ended(Exception):
    """So much is missing that there is no way on."""


class Walk:
    """One walk along the tree of `size` entries; `mark` is a size to remember.

    After it, `before` holds the peaks of the first `mark` entries, and `peaks` those of
    the whole; both are worth something only where `whole` is true.
    """

    def __init__(self, fetch: Fetch, size: int, *, mark: int = 0) -> None:
        self._fetch = fetch
        self._size, self._mark = size, mark
        # Of each level: the tile that is being filled, and how many were before it.
        self._open: list[list[bytes]] = [[]]
        self._done = [0]
        self._differences: list[_Difference] = []
        self._next = 0
        self.before: list[bytes] = []

    def resume(self) -> None:
        """Leave out the bundles before the mark; their tiles are taken as they lie.

        It is for the caller to compare `before` with peaks that were verified once.
        """
        self._next = self._mark // WIDTH
        # Of each level the tile that the mark cuts, as wide as it was then; the full
        # ones before it never change, and are not looked at.
        level = 1
        while self._mark >> HEIGHT * level:
            n, width = divmod(self._mark >> HEIGHT * level, WIDTH)
            tile = b""
            if width:
                wide = width_at(self._size, level, n)
                tile = fetch_tile(self._fetch, level, n, wide) or b""
            self._open.append(split_hashes(tile)[:width])
            self._done.append(n)
            level += 1

    def run(self, progress: Progress | None = None) -> None:
        """Walk to the end, or to where there is no way on."""
        try:
            self._run(progress)
        except _Ended:
            return

    @property
    def whole(self) -> bool:
        """Whether all was there, and each piece followed from those below."""
        return not self._differences

    @property
    def peaks(self) -> list[bytes]:
        """The complete subtrees of what was walked, from left to right."""
        return [peak for tile in reversed(self._open) for peak in peaks_of(tile)]

    def fault(self, root: bytes) -> Fault | None:
        """Say what the first fault is, by the root that was signed."""
        own = self._own()
        if not own:
            return None
        first = min(own, key=lambda each: (each.first, each.level))
        code = self._code(first, own)
        # What is stored was hashed on: if all above agrees, it is what was signed.
        signed = fold(self.peaks) == root and not any(
            each.level > first.level and each.first <= first.first < each.end
            for each in self._differences
        )
        return Fault(code, first.first, _words(code, first, signed=signed))

    def _run(self, progress: Progress | None) -> None:
        for n in range(self._next, -(-self._size // WIDTH)):
            leaves = self._bundle(n, width_at(self._size, 0, n))
            if n == self._mark // WIDTH:
                self.before = self.peaks + peaks_of(leaves[: self._mark % WIDTH])
            self._fill(0, leaves)
            if progress:
                progress(min((n + 1) * WIDTH, self._size))
        if self._mark == self._size:
            self.before = self.peaks
        for level in range(1, len(self._open)):
            if self._open[level]:
                tile = self._tile(level, self._done[level], self._open[level])
                self._open[level] = tile

    def _bundle(self, n: int, width: int) -> list[bytes]:
        data, more = fetch_piece(self._fetch, ENTRIES, n, width)
        leaves, exact = bundle_leaves(data or b"", width)
        if len(leaves) < width:
            return self._short(n, leaves, width)
        if not (exact or more):
            self._note(_Difference(0, n * WIDTH + width, b"", b"", extra=True))
        return self._tile(0, n, leaves)

    def _short(self, n: int, leaves: list[bytes], width: int) -> list[bytes]:
        """Note where a bundle ends too early; go on with its tile, if that is whole."""
        tile = split_hashes(fetch_tile(self._fetch, 0, n, width) or b"")
        before = len(self._differences)
        self._compare(0, n, leaves, tile[: len(leaves)])
        if len(self._differences) == before:
            self._note(_Difference(0, n * WIDTH + len(leaves), b"", b"?"))
        if len(tile) != width:
            raise _Ended
        return tile

    def _fill(self, level: int, hashes: Sequence[bytes]) -> None:
        tile = self._tile_at(level)
        tile += hashes
        if len(tile) == WIDTH:
            n = self._done[level]
            whole = self._tile(level, n, tile) if level else tile
            self._open[level], self._done[level] = [], n + 1
            self._fill(level + 1, [subtree(whole)])

    def _tile_at(self, level: int) -> list[bytes]:
        if level == len(self._open):
            self._open.append([])
            self._done.append(0)
        return self._open[level]

    def _tile(self, level: int, n: int, hashes: list[bytes]) -> list[bytes]:
        """Compare a tile with what it ought to be; gives what to go on with."""
        data = fetch_tile(self._fetch, level, n, len(hashes))
        if data == b"".join(hashes):
            return hashes
        stored = split_hashes(data or b"")
        self._compare(level, n, hashes, stored)
        if len(data or b"") > len(hashes) * HASH_BYTES:
            end = n * WIDTH + len(hashes)
            self._note(_Difference(level, end, b"", b"", extra=True))
        return stored if len(stored) == len(hashes) else hashes

    def _compare(
        self, level: int, n: int, hashes: Sequence[bytes], stored: Sequence[bytes]
    ) -> None:
        for at, found in enumerate(hashes):
            other = stored[at] if at < len(stored) else b""
            if found != other:
                self._note(_Difference(level, n * WIDTH + at, found, other))

    def _note(self, difference: _Difference) -> None:
        if len(self._differences) < MAX_DIFFERENCES:
            self._differences.append(difference)

    def _own(self) -> list[_Difference]:
        """Leave out the differences that only follow from one further down."""
        own, lower = list[_Difference](), list[int]()
        for level in range(len(self._open) + 1):
            here = [each for each in self._differences if each.level == level]
            own += [each for each in here if not _holds(each, lower)]
            lower = sorted(lower + [each.first for each in here])
        return own

    def _code(self, first: _Difference, own: Sequence[_Difference]) -> str:
        if first.extra:
            return DAMAGED
        if not first.whole:
            return TRUNCATED
        same = [each for each in own if each.level == first.level and each.whole]
        moved = sorted(each.found for each in same) == sorted(e.stored for e in same)
        if not moved or len(own) == MAX_DIFFERENCES:
            return DAMAGED
        return SWAPPED if len(same) == _PAIR else REORDERED


def _holds(difference: _Difference, firsts: Sequence[int]) -> bool:
    start, end = difference.first, difference.end
    return bisect_left(firsts, start) < bisect_left(firsts, end)


def _words(code: str, first: _Difference, *, signed: bool) -> str:
    what = f"the tile above it, of level {first.level},"
    match code:
        case "truncated":
            return "the log ends before what was signed: a piece is missing or short"
        case "swapped":
            return "two have changed places, and this is the first of them"
        case "reordered":
            return "they stand in another order than the one that was signed"
    if first.extra:
        return "a piece holds more than it should, from here on"
    if signed and not first.level:
        return "the entry is not the one that was signed"
    return f"{what} does not follow from what lies below"
