"""The check of a copy: against itself, and against the log where that is at hand.

Bundle by bundle every entry is hashed again and compared with its tile, each tile with
those below, the root with the signed checkpoint, and operator entries with their
openings. The check ends at the first fault and names its entry: what lies after it
hangs on it. A copy that somebody made anew from changed entries, tiles and all, ends
at the signed root; beside the log each of its entries is compared as well, and the
first that differs is named.
"""

from dataclasses import dataclass
from pathlib import Path

from kit.errors import IntegrityFault
from ledger.checks.audit import LedgerFinding, LedgerReport
from ledger.files.opening_bundles import operator_path, parse_openings
from ledger.files.tree import StaticTree
from ledger.formats import merkle
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.commitment import CommitmentError, Entry, Opening
from ledger.formats.entry_kinds import EntryType
from ledger.formats.merkle import HASH_BYTES, CompactRange, leaf_hash
from ledger.formats.tiles import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    Growth,
    TileError,
    TileRef,
    nodes,
    parse_bundle,
    width_at,
)
from ledger.formats.trust_policy import PolicyError, TrustPolicy
from ledger.log import Log
from ledger.stores import reading


class _FoundCopy(Exception):
    def __init__(self, code: str, index: int | None, detail: str) -> None:
        super().__init__(code)
        self.finding = LedgerFinding(code, index, detail)


def check(folder: Path, policy: TrustPolicy, log: Log | None = None) -> LedgerReport:
    """Check a copy; its checkpoint has to satisfy the policy."""
    walk = _Walk(StaticTree(folder), log)
    try:
        walk.run(policy)
    except _FoundCopy as found:
        return LedgerReport(walk.done, 0, (found.finding,))
    return LedgerReport(walk.done, 1)


@dataclass(slots=True)
class _Walk:
    """One pass over a copy, from the first entry to the signed root."""

    tree: StaticTree
    log: Log | None
    done: int = 0

    def run(self, policy: TrustPolicy) -> None:
        checkpoint = self._checkpoint(policy)
        growth = Growth(CompactRange(), _nothing)
        for first in range(0, checkpoint.size, WIDTH):
            entries = self._bundle(first, checkpoint.size)
            self._leaves(first, entries, checkpoint.size)
            self._operators(first, entries, checkpoint.size)
            self._beside(first, entries)
            growth.add(entries)
            for ref, data in growth.drain(full_only=True):
                self._tile(ref, data)
            self.done = first + len(entries)
        for ref, data in growth.drain():
            self._tile(ref, data)
        if growth.range.root() != checkpoint.root:
            raise _FoundCopy("checkpoint.root", None, "the entries give another root")
        self._root(checkpoint)

    def _checkpoint(self, policy: TrustPolicy) -> Checkpoint:
        note = self.tree.newest()
        if note is None:
            raise _FoundCopy("checkpoint.missing", None, "there is no checkpoint")
        try:
            return policy.accept(note).checkpoint
        except PolicyError as error:
            raise _FoundCopy("checkpoint.unverifiable", None, error.detail) from None

    def _bundle(self, first: int, size: int) -> list[bytes]:
        ref = TileRef(ENTRIES, first // WIDTH, width_at(size, ENTRIES, first // WIDTH))
        data = self.tree.read(ref)
        if data is None:
            raise _FoundCopy("entry.missing", first, "a bundle of entries is missing")
        try:
            return parse_bundle(data, ref.width)
        except TileError as error:
            raise _FoundCopy("bundle.damaged", first, error.detail) from None

    def _leaves(self, first: int, entries: list[bytes], size: int) -> None:
        n = first // WIDTH
        tile = self.tree.read(TileRef(0, n, width_at(size, 0, n))) or b""
        for at, entry in enumerate(entries):
            if leaf_hash(entry) != tile[at * HASH_BYTES : (at + 1) * HASH_BYTES]:
                detail = "the entry is not what its tile has"
                raise _FoundCopy("entry.changed", first + at, detail)

    def _operators(self, first: int, entries: list[bytes], size: int) -> None:
        """Hold each operator entry to its line, and each line to such an entry."""
        openings = self._openings(first, size)
        for index, body in enumerate(entries, start=first):
            try:
                entry = Entry.parse(body)
            except CommitmentError as error:
                raise _FoundCopy("entry.malformed", index, error.detail) from None
            if entry.type is not EntryType.OPERATOR:
                continue
            if not _opens(openings.pop(index, None), entry):
                detail = "an operator entry has no opening that opens it"
                raise _FoundCopy("operator.changed", index, detail)
        for index in openings:
            detail = "an opening is of no operator entry of this bundle"
            raise _FoundCopy("operator.changed", index, detail)

    def _openings(self, first: int, size: int) -> dict[int, tuple[bytes, bytes]]:
        """Give salt and payload by index; what is beyond the checkpoint is left out."""
        data = self.tree.file(operator_path(first // WIDTH)) or b""
        try:
            opened = parse_openings(data)
        except IntegrityFault:
            raise _FoundCopy(
                "operator.damaged", first, "openings are damaged"
            ) from None
        return {index: (salt, said) for index, salt, said in opened if index < size}

    def _beside(self, first: int, entries: list[bytes]) -> None:
        """Compare with the log's own entries, those that it has."""
        if self.log is None:
            return
        store = reading(self.log.database)
        own = dict(store.numbered(first, first + len(entries)))
        for index, entry in enumerate(entries, start=first):
            if own.get(index, entry) != entry:
                raise _FoundCopy("log.entry", index, "copy and log differ here")

    def _tile(self, ref: TileRef, data: bytes) -> None:
        found = self.tree.read(ref) or b""
        if found == data:
            return
        at = next(
            (
                k
                for k in range(ref.width)
                if found[k * HASH_BYTES :][:HASH_BYTES]
                != data[k * HASH_BYTES :][:HASH_BYTES]
            ),
            ref.width,
        )
        index = (ref.n * WIDTH + at) << HEIGHT * ref.level
        raise _FoundCopy(
            "tile.changed", index, f"{ref.path} does not follow from entries"
        )

    def _root(self, checkpoint: Checkpoint) -> None:
        """Compare with the log's tree: the copy has to be its beginning."""
        if self.log is None:
            return
        store = reading(self.log.database)
        if checkpoint.size > store.published():
            raise _FoundCopy(
                "log.behind", store.published(), "the copy is ahead of the log"
            )
        try:
            root = merkle.root(checkpoint.size, nodes(store.tile))
        except IntegrityFault as error:
            raise _FoundCopy("log.damaged", None, error.detail) from None
        if root != checkpoint.root:
            raise _FoundCopy(
                "log.fork", None, "copy and log have two roots at one size"
            )


def _opens(opened: tuple[bytes, bytes] | None, entry: Entry) -> bool:
    if opened is None:
        return False
    try:
        opening = Opening.read(EntryType.OPERATOR, *opened)
        return bool(opening.statement()) and opening.entry() == entry
    except CommitmentError:
        return False


def _nothing(_level: int, _n: int) -> bytes:
    return b""
