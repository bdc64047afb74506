"""Check a log's whole tree as it lies in a folder: every piece, and every old view.

An audit fetches what the newest checkpoint needs. A folder holds more: the narrower
pieces that were published before, which a slower reader may still ask for. And whoever
kept older checkpoints can have each held to the tree. What lies beyond the checkpoint,
or is no piece of a log, is never fetched by anybody; it is counted, and that is all.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ._replay_tree import DAMAGED, Progress
from .audit import (
    FORKED,
    OTHER_LOG,
    ROLLED_BACK,
    AuditError,
    audit,
    newest,
)
from .checkpoint import Checkpoint
from .policy import TrustPolicy
from .split_view import relate, signed_by_log
from .tiles import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    Fetch,
    bundle_leaves,
    fetch_tile,
    node_reader,
    range_root,
    split_hashes,
    tile_path,
    width_at,
)

_PIECE: Final = re.compile(
    r"tile/(?P<level>entries|\d{1,2})/(?P<groups>(?:x\d{3}/){0,6}\d{3})"
    r"(?:\.p/(?P<width>\d{1,3}))?"
)


@dataclass(frozen=True, slots=True)
class Checked:
    """A tree that was found in order, and how much of it there was to check."""

    checkpoint: Checkpoint
    pieces: int
    checkpoints: int
    others: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """A tile of a level, or a bundle (of `ENTRIES`); how much of its place it fills."""

    kind: int | str
    n: int
    width: int

    @property
    def level(self) -> int:
        return 0 if isinstance(self.kind, str) else self.kind

    @property
    def path(self) -> str:
        return tile_path(self.kind, self.n, self.width)


def fsck(
    fetch: Fetch,
    policy: TrustPolicy,
    paths: Iterable[str],
    checkpoints: Iterable[str] = (),
    *,
    progress: Progress | None = None,
) -> Checked:
    """Check a tree from its first entry on, the pieces at `paths`, and older views.

    `paths` are what the folder holds; `checkpoints` are notes that somebody kept.

    Raises:
        AuditError: what `audit` finds; or a piece or a kept checkpoint is of another
            tree, with the first entry that is concerned where it can be told.
        VerificationError: a kept checkpoint is none that a log of the policy signed.

    """
    tree = audit(fetch, policy, progress=progress).checkpoint
    kept = list(checkpoints)
    for note in kept:
        _require_beginning(note, fetch, policy, tree)
    found = [_parsed(path) for path in paths]
    pieces = [each for each in found if each and _within(each, tree.size)]
    for each in sorted(pieces, key=lambda piece: piece.n):
        _require_prefix(each, fetch, tree.size)
    return Checked(tree, len(pieces), len(kept), len(found) - len(pieces))


def _require_beginning(
    note: str, fetch: Fetch, policy: TrustPolicy, tree: Checkpoint
) -> None:
    old = signed_by_log(note, policy)
    if old.origin != tree.origin:
        raise AuditError(OTHER_LOG, "a kept checkpoint is another log's")
    if old.size > tree.size:
        words = f"a kept checkpoint covers {old.size} entries, the tree {tree.size}"
        raise AuditError(ROLLED_BACK, words, index=tree.size)
    if range_root(0, old.size, node_reader(fetch, tree.size)) != old.root:
        raise AuditError(
            FORKED,
            f"a kept checkpoint of {old.size} entries has another history",
            evidence=relate(note, newest(fetch, policy)[0], fetch, policy),
        )


def _parsed(path: str) -> _Piece | None:
    match = _PIECE.fullmatch(path)
    if match is None:
        return None
    kind = ENTRIES if match["level"] == ENTRIES else int(match["level"])
    n = int(match["groups"].replace("x", "").replace("/", ""))
    piece = _Piece(kind, n, int(match["width"] or WIDTH))
    return piece if piece.path == path and piece.width else None


def _within(piece: _Piece, size: int) -> bool:
    return piece.width <= width_at(size, piece.level, piece.n)


def _require_prefix(piece: _Piece, fetch: Fetch, size: int) -> None:
    """Hold a piece to the widest tile at its place, which the audit has verified."""
    wide = width_at(size, piece.level, piece.n)
    due = split_hashes(fetch_tile(fetch, piece.level, piece.n, wide) or b"")
    due = due[: piece.width]
    data = fetch(piece.path) or b""
    if piece.kind == ENTRIES:
        there, exact = bundle_leaves(data, piece.width)
    else:
        there, exact = split_hashes(data), data == b"".join(due)
    if there != due or not exact:
        raise AuditError(
            DAMAGED,
            f"{piece.path} is not what the tree holds there",
            # `<<` binds less than `+` and `*`.
            index=piece.n * WIDTH + _parting(due, there) << HEIGHT * piece.level,
        )


def _parting(due: Sequence[bytes], there: Sequence[bytes]) -> int:
    """Tell from which place on two rows of hashes are not the same."""
    places = range(min(len(due), len(there)))
    return next((at for at in places if due[at] != there[at]), len(places))
