"""What the public reads, by its C2SP tlog-tiles path: from tables, or from a tree.

Beside the tiles there is `operator/<N>` (`ledger.files.opening_bundles`), without which
an auditor could not tell what the operator's entries say.

`PublicTables` reads a database that it need not be able to write; `PublicTree` reads
a static tree such as the mirror or an auditor's copy. Neither holds a key nor verifies
a signature: whoever reads does. Both give only what the newest published checkpoint
covers, and know a resource under its one spelling alone.
"""

from pathlib import Path
from typing import Final, Protocol

from kit.db import Database
from kit.errors import IntegrityFault, NotFound
from kit.readonly import ReadOnlyDatabase
from ledger.files.opening_bundles import (
    FOLDER,
    bundle_at,
    encode_openings,
    parse_openings,
)
from ledger.formats.checkpoint import Checkpoint, CheckpointError
from ledger.formats.merkle import HASH_BYTES
from ledger.formats.tiles import (
    ENTRIES,
    WIDTH,
    TileError,
    TileRef,
    encode_bundle,
    width_at,
)
from ledger.stores import reading

CHECKPOINT: Final = "checkpoint"
OPERATOR: Final = f"{FOLDER}/"
TABLES: Final = "ledger_"


class PublicLedger(Protocol):
    """The public side of a log. `ledger.log.Log` is one too."""

    def resource(self, path: str) -> bytes:
        """Give what is served at a path: `checkpoint`, `tile/…` or `operator/…`.

        Raises:
            NotFound: nothing is served there.

        """


class PublicTables:
    """The public side of a log, from its tables."""

    def __init__(self, database: Database | ReadOnlyDatabase) -> None:
        self._database = database

    def resource(self, path: str) -> bytes:
        """Give what is served at a path.

        Raises:
            NotFound: nothing is served there.
            IntegrityFault: it ought to be there, and is not.

        """
        if path.startswith(OPERATOR):
            return self._openings(_openings_at(path))
        if path != CHECKPOINT:
            return self.tile(_tile_at(path))
        newest = reading(self._database).newest_note()
        if newest is None:
            raise NotFound
        return newest[1].encode()

    def tile(self, ref: TileRef) -> bytes:
        """Give a published tile, or a published bundle of entries.

        Raises:
            NotFound: the published tree has no tile so wide.
            IntegrityFault: it ought to be there, and is not.

        """
        store = reading(self._database)
        if ref.width > width_at(store.published(), ref.level, ref.n):
            raise NotFound
        if ref.level == ENTRIES:
            first = ref.n * WIDTH
            return encode_bundle(store.entries(first, first + ref.width))
        data = store.tile(ref.level, ref.n)[: ref.width * HASH_BYTES]
        if len(data) != ref.width * HASH_BYTES:
            raise IntegrityFault("a tile is narrower than the tree's size asks for")
        return data

    def _openings(self, n: int) -> bytes:
        store = reading(self._database)
        first, published = n * WIDTH, store.published()
        opened = store.operators_between(first, min(first + WIDTH, published))
        if not opened:
            raise NotFound
        return encode_openings(opened)


class PublicTree:
    """The public side of a log, from a folder with `checkpoint` and `tile/`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def resource(self, path: str) -> bytes:
        """Give what is served at a path; a partial tile may have been outgrown.

        Raises:
            NotFound: nothing is served there.

        """
        if path == CHECKPOINT:
            return self._read(CHECKPOINT)
        if path.startswith(OPERATOR):
            return self._openings(path)
        ref = _tile_at(path)
        if ref.width > width_at(self._size(), ref.level, ref.n):
            raise NotFound
        return self._read(ref.path)

    def _openings(self, path: str) -> bytes:
        first, size = _openings_at(path) * WIDTH, self._size()
        found = parse_openings(self._read(path))
        opened = [each for each in found if first <= each[0] < size]
        if not opened:
            raise NotFound
        return encode_openings(opened)

    def _size(self) -> int:
        text = self._read(CHECKPOINT).decode("utf-8", "replace")
        try:
            return Checkpoint.parse(text[: text.rfind("\n\n") + 1]).size
        except CheckpointError:
            raise IntegrityFault("the tree's checkpoint cannot be read") from None

    def _read(self, path: str) -> bytes:
        try:
            return (self._folder / path).read_bytes()
        except FileNotFoundError:
            raise NotFound from None


def _openings_at(path: str) -> int:
    try:
        return bundle_at(path)
    except TileError:
        raise NotFound from None


def _tile_at(path: str) -> TileRef:
    try:
        return TileRef.parse(path)
    except TileError:
        raise NotFound from None
