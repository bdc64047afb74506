"""The operator's check of the whole ledger: entries, tiles, head, checkpoints, mirror.

Proofs alone would not do: whoever edits a row leaves every proof standing, for proofs
are made of tiles. So each entry is hashed again from its bytes and compared with its
tile, each tile with those below, the root with the head and with every checkpoint
that was ever signed, and each entry with the mirror's copy. The first fault of each
sort is named with its index. An outsider needs none of this: see
`ledger.formats.receipt`.

Of a time stamp it is checked that its token is one of the chain that is kept beside it,
over the checkpoint of its size. Whether that chain is an authority's is not for the
house to say: whoever verifies brings the certificates that they trust. Two processes
may have asked for the same checkpoint, so database and mirror may hold two tokens.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from kit.errors import IntegrityFault
from ledger.formats.commitment import CommitmentError, Entry, Opening
from ledger.formats.entry_kinds import EntryType
from ledger.formats.merkle import HASH_BYTES, CompactRange, leaf_hash
from ledger.formats.tiles import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    TileError,
    TileRef,
    parse_bundle,
    width_at,
)
from ledger.formats.timestamp import Chain, TimestampError, verify
from ledger.log import Log
from ledger.ports import LedgerStore, StampedCheckpoint
from ledger.stores import reading, reading_times

Progress = Callable[[int], None]

DATABASE: Final = "database"
MIRROR: Final = "mirror"


@dataclass(frozen=True, slots=True)
class LedgerFinding:
    """One fault: a stable code, the index of the entry if it is known, and words."""

    code: str
    index: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What was checked, and the first fault of each sort."""

    entries: int
    checkpoints: int
    findings: tuple[LedgerFinding, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def extended(self, *findings: LedgerFinding) -> "LedgerReport":
        """Add what another check found."""
        return LedgerReport(self.entries, self.checkpoints, (*self.findings, *findings))


def fsck(log: Log, *, progress: Progress | None = None) -> LedgerReport:
    """Check the whole ledger; `progress` is told how many entries are done.

    It reads what was there when it began, without holding up writers.
    """
    return _Examination(log).run(progress)


class _Examination:
    """One pass over the ledger. Its findings keep the first of each code."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._store = reading(log.database)
        self._findings: dict[str, LedgerFinding] = {}
        self._roots: dict[int, bytes] = {}
        self._good = 0
        self._bad = -1
        self._tree = CompactRange()
        self._above: dict[int, tuple[int, bytes]] = {}
        self._mirrored = 0

    def run(self, progress: Progress | None) -> LedgerReport:
        with self._log.database.read() as session:
            snapshot = reading(session)
            head, end = self._head(snapshot), snapshot.end()
            notes, tiles = snapshot.notes(), snapshot.tile_widths()
        self._checkpoints(notes)
        # Without a head, what entries there are says how large the tree ought to be.
        size = end if head is None else head.size
        for first in range(0, size, WIDTH):
            self._bundle(first, min(first + WIDTH, size))
            if progress:
                progress(self._tree.size)
        self._close(head, end, tiles)
        return LedgerReport(size, len(notes), tuple(self._findings.values()))

    def _head(self, snapshot: LedgerStore) -> CompactRange | None:
        try:
            return snapshot.head()
        except IntegrityFault as error:
            self._find("head.changed", None, error.detail)
            return None

    def _find(self, code: str, index: int | None, detail: str) -> None:
        self._findings.setdefault(code, LedgerFinding(code, index, detail))

    def _checkpoints(self, notes: list[tuple[int, str]]) -> None:
        """Gather the roots that were signed, in the database and in the mirror."""
        for size, note in notes:
            self._signed(DATABASE, note, size)
        mirrored = self._log.mirror.newest()
        if mirrored is not None:
            self._mirrored = self._signed(MIRROR, mirrored)
            # The mirror is written first: it may be ahead, and is never behind.
            if 0 < self._mirrored < max((size for size, _ in notes), default=0):
                detail = "the mirror ends before what the database has published"
                self._find("mirror.behind", self._mirrored, detail)
        elif notes:
            self._find("mirror.missing", None, "the mirror holds no checkpoint")

    def _signed(self, where: str, note: str, size: int | None = None) -> int:
        try:
            checkpoint = self._log.publication.read(note).checkpoint
        except IntegrityFault as error:
            self._find("checkpoint.unverifiable", None, f"{where}: {error.detail}")
            return 0
        if size not in {None, checkpoint.size}:
            detail = f"{where}: the checkpoint of size {size} is another size's"
            self._find("checkpoint.unverifiable", None, detail)
            return 0
        if self._roots.setdefault(checkpoint.size, checkpoint.root) != checkpoint.root:
            detail = f"two signed roots for size {checkpoint.size}: a split view"
            self._find("checkpoint.fork", None, detail)
        return checkpoint.size

    def _bundle(self, first: int, end: int) -> None:
        numbered = self._store.numbered(first, end)
        bodies = {index: _octets(body) for index, body in numbered}
        tile = _octets(self._store.tile(0, first // WIDTH))
        for index in range(first, end):
            at = (index - first) * HASH_BYTES
            self._entry(index, bodies.get(index), tile[at : at + HASH_BYTES])
        self._copy(first, bodies)

    def _entry(self, index: int, body: bytes | None, stored: bytes) -> None:
        if body is None:
            self._find("entry.missing", index, "the entry is not there")
            self._bad = index
            leaf = stored.ljust(HASH_BYTES, b"\0")
        else:
            self._body(index, body)
            leaf = leaf_hash(body)
            if leaf != stored:
                self._find("entry.changed", index, "the entry is not what its tile has")
                self._bad = index
        self._tree.append(leaf, self._node)
        signed = self._roots.get(index + 1)
        if signed is None:
            return
        if signed == self._tree.root():
            self._good = index + 1
        else:
            detail = (
                f"the checkpoint of size {index + 1} has another root: the fault lies"
                f" in entries {self._good} to {index}"
            )
            self._find("checkpoint.root", None, detail)

    def _body(self, index: int, body: bytes) -> None:
        try:
            entry = Entry.parse(body)
        except CommitmentError as error:
            self._find("entry.malformed", index, error.detail)
            return
        if entry.type is not EntryType.OPERATOR:
            return
        row = self._store.operator(index)
        if row is None:
            self._find("operator.missing", index, "an operator entry has no opening")
            return
        try:
            opens = Opening.read(EntryType.OPERATOR, *row).entry() == entry
        except CommitmentError:
            opens = False
        if not opens:
            self._find("operator.changed", index, "an opening does not open its entry")

    def _node(self, level: int, index: int, node: bytes) -> None:
        """Compare a node that entries gave with the tile that stores it."""
        tile_level, rest = divmod(level, HEIGHT)
        # Above an entry that is bad itself, a tile that differs is no news.
        if rest or not tile_level or self._bad >= index << level:
            return
        n, offset = divmod(index, WIDTH)
        number, tile = self._above.get(tile_level, (-1, b""))
        if number != n:
            tile = _octets(self._store.tile(tile_level, n))
            self._above[tile_level] = (n, tile)
        if tile[offset * HASH_BYTES : (offset + 1) * HASH_BYTES] != node:
            detail = f"tile {tile_level}/{n} does not follow from its entries"
            self._find("tile.changed", index << level, detail)

    def _copy(self, first: int, bodies: dict[int, bytes]) -> None:
        """Compare a bundle with the mirror's copy of it."""
        n = first // WIDTH
        width = width_at(self._mirrored, ENTRIES, n)
        if not width:
            return
        data = self._log.mirror.read(TileRef(ENTRIES, n, width))
        try:
            copies = parse_bundle(data or b"", width)
        except TileError as error:
            self._find("mirror.bundle", first, f"the mirror's bundle: {error.detail}")
            return
        for index, copy in enumerate(copies, start=first):
            if bodies.get(index) != copy:
                self._find("mirror.entry", index, "database and mirror differ here")
                return
        hashes = b"".join(map(leaf_hash, copies))
        if self._log.mirror.read(TileRef(0, n, width)) != hashes:
            detail = "the mirror's tile is not that of its entries"
            self._find("mirror.tile", first, detail)

    def _close(
        self, head: CompactRange | None, end: int, tiles: list[tuple[int, int, int]]
    ) -> None:
        """Check the head, and that nothing is missing or too much at the end."""
        size = self._tree.size
        if head is not None and self._tree.peaks != head.peaks:
            self._find(
                "head.changed", None, "the head does not follow from the entries"
            )
        if end > size:
            self._find("entry.extra", size, "there are entries beyond the head")
        if max(self._roots, default=0) > size:
            detail = "a checkpoint covers entries that are not there"
            self._find("checkpoint.beyond", size, detail)
        self._widths(size, {(level, n): length for level, n, length in tiles})

    def _widths(self, size: int, lengths: dict[tuple[int, int], int]) -> None:
        """Check that every tile is there, as wide as it ought to be, and no other."""
        level = 0
        while size >> HEIGHT * level:
            for n in range(-(-(size >> HEIGHT * level) // WIDTH)):
                length = width_at(size, level, n) * HASH_BYTES
                found = lengths.pop((level, n), 0)
                if found != length:
                    detail = f"tile {level}/{n} is not as wide as the head asks for"
                    hashes = n * WIDTH + min(found, length) // HASH_BYTES
                    self._find("tile.width", hashes << HEIGHT * level, detail)
            level += 1
        if lengths:
            self._find("tile.extra", size, "there are tiles beyond the head")


def _octets(value: object) -> bytes:
    """Take a value that SQLite may hold as something else than it was declared."""
    return value if isinstance(value, bytes) else b""


def time_findings(log: Log) -> Iterator[LedgerFinding]:
    """Give what is wrong with the time stamps, the lowest size first."""
    for row in reading_times(log.database).all():
        detail = _time_fault(log, row)
        if detail is not None:
            yield LedgerFinding(
                "time", None, f"the time stamp of size {row.size}: {detail}"
            )


def _time_fault(log: Log, row: StampedCheckpoint) -> str | None:
    size, note, token, pem = row
    copy = log.mirror.time(size)
    if copy is None:
        return "the mirror has none"
    try:
        signed = log.publication.read(note.decode("utf-8", "replace"))
        text, chain = signed.checkpoint.encode(), Chain.parse(pem)
        verify(token, text, chain)
        verify(copy, text, chain)
    except (IntegrityFault, TimestampError) as error:
        return error.detail
    return None
