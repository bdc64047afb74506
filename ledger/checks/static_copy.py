"""A complete public copy of the log in another folder: all that an auditor needs.

    checkpoint, tile/…    the static tree after C2SP tlog-tiles
    operator/<N>          openings of the operator entries of bundle N, a JSON line each
    policy                the log's keys as a C2SP tlog-policy

A copy is brought up to the newest checkpoint step by step: what is there already is
not written again. Entries are hashed again from their bytes as they are laid out, and
unless they give the signed root the old checkpoint stays. Nothing private is in a copy
(unlike the mirror, which keeps orders): it can be given to anybody.
"""

from pathlib import Path
from typing import Final

from kit.errors import Conflict
from kit.home import make_folder, meant
from kit.lock import WriteLock
from ledger.files.opening_bundles import FOLDER, encode_openings, operator_path
from ledger.files.tree import PUBLIC_FOLDER, StaticTree
from ledger.formats import merkle
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.tiles import WIDTH, nodes
from ledger.log import Log
from ledger.ports import LedgerStore
from ledger.publisher import RollbackDetected
from ledger.stores import reading
from ledger.tile_writer import lay_out

POLICY: Final = "policy"


def copy(log: Log, folder: Path) -> tuple[int, int]:
    """Bring a copy up to the newest checkpoint; gives its size before and after.

    Raises:
        Conflict: nothing was published yet, or the folder holds something else.
        RollbackDetected: the copy is ahead of the log, or of another history.
        IntegrityFault: the entries do not give the signed root.

    """
    signed = log.latest()
    if signed is None:
        raise Conflict("nothing was published yet", fix="start the server once")
    _require_fit(folder)
    with WriteLock(folder / ".lock").locked():
        tree, store = StaticTree(folder), reading(log.database)
        note = tree.newest()
        base = None if note is None else log.publication.read(note).checkpoint
        if base is not None:
            _require_beginning(store, base, signed.checkpoint)
        size = 0 if base is None else base.size
        _lay_openings(store, tree, size, signed.checkpoint.size)
        lay_out(store, tree, base, signed.checkpoint)
        tree.put_file(POLICY, log.policy.encode().encode("utf-8", "surrogateescape"))
        tree.seal(signed.note)
    return size, signed.checkpoint.size


def _require_fit(folder: Path) -> None:
    make_folder(folder, mode=PUBLIC_FOLDER)
    known = {"checkpoint", "tile", FOLDER, POLICY, ".lock"}
    if {meant(each.name) for each in folder.iterdir()} - known:
        raise Conflict(
            "the folder holds something that is no copy of a ledger",
            fix="name a folder of its own",
        )


def _require_beginning(store: LedgerStore, base: Checkpoint, now: Checkpoint) -> None:
    evidence = "do not write over it: keep both as evidence, and run allod ledger fsck"
    if base.size > now.size:
        raise RollbackDetected("the copy is ahead of the log", fix=evidence)
    if merkle.root(base.size, nodes(store.tile)) != base.root:
        raise RollbackDetected("copy and log tell two histories", fix=evidence)


def _lay_openings(store: LedgerStore, tree: StaticTree, size: int, end: int) -> None:
    for first in range(size - size % WIDTH, end, WIDTH):
        opened = store.operators_between(first, min(first + WIDTH, end))
        if opened:
            tree.put_file(operator_path(first // WIDTH), encode_openings(opened))
