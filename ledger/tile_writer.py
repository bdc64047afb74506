"""Laying out: committed entries become the tiles and bundles of a static tree.

They are hashed again from their own bytes on the way. Only if they give the root that
the tree is to have may its checkpoint be sealed over them; what was laid out before
the fault was found lies beyond the checkpoint, and is of no account.
"""

from kit.errors import IntegrityFault
from ledger.files.tree import StaticTree
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.tiles import ENTRIES, WIDTH, Growth, TileRef, encode_bundle
from ledger.ports import LedgerStore

FSCK = "run `allod ledger fsck`: it names the place"


def lay_out(
    store: LedgerStore, tree: StaticTree, base: Checkpoint | None, due: Checkpoint
) -> None:
    """Write to the tree what lies beyond its checkpoint `base`, up to that of `due`.

    Raises:
        IntegrityFault: the entries do not give the root of one of the two.

    """
    size = base.size if base else 0
    # From the last full bundle on, so that the partial one is hashed again from its
    # bytes.
    start = size - size % WIDTH
    growth = Growth.resume(start, store.tile)
    for first in range(start, due.size, WIDTH):
        entries = store.entries(first, min(first + WIDTH, due.size))
        known = max(size - first, 0)
        growth.add(entries[:known])
        # Old entries are held to the old root before new ones are put over them.
        if base and first == start and growth.range.root() != base.root:
            raise IntegrityFault("a published entry was changed", fix=FSCK)
        growth.add(entries[known:])
        ref = TileRef(ENTRIES, first // WIDTH, len(entries))
        tree.put(ref, encode_bundle(entries))
        for tile in growth.drain(full_only=True):
            tree.put(*tile)
    if growth.range.root() != due.root:
        raise IntegrityFault("the entries do not give the tree's root", fix=FSCK)
    # The partial tiles at the very end: a full one is written once and never again.
    for tile in growth.drain():
        tree.put(*tile)
