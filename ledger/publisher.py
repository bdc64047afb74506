"""Publishing: guard, sign, mirror, record, in this order and never inside a write.

1. Entries are committed, with what they stamp, before anything here looks at them.
2. Under the mirror's lock: the database must not be behind the mirror, nor have
   another root at any size that was signed. The new entries are hashed again from
   their bytes and laid out in the mirror. Only if they give the head's root is the
   committed size signed.
3. What opens new operator entries is kept in the mirror, beside the public tree; the
   tree is made durable and the checkpoint written there last.
4. The checkpoint is recorded in the database and, from then on, served.

A crash between any two steps leaves the mirror at most one checkpoint ahead of the
database's record, or entries without a checkpoint; the next `publish` mends both. A
database that was restored from an older copy is refused: signing would show two
histories under one name, a split view.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kit.clock import Clock, unix
from kit.db import Database, WriteSession, in_write
from kit.errors import CannotStart, IntegrityFault
from ledger.files.mirror import Mirror
from ledger.files.operator_files import OpenedEntry
from ledger.formats import merkle
from ledger.formats.checkpoint import Checkpoint, CheckpointError, SignedCheckpoint
from ledger.formats.commitment import CommitmentError, Entry, Opening
from ledger.formats.entry_kinds import EntryType
from ledger.formats.merkle import CompactRange
from ledger.formats.note import open_note, sign, with_lines
from ledger.formats.signing import Cosigner, NoteError, Signer, Verifier
from ledger.formats.tiles import (
    ENTRIES,
    WIDTH,
    Growth,
    TileError,
    TileRef,
    nodes,
    parse_bundle,
    width_at,
)
from ledger.ports import LedgerStore
from ledger.stores import reading, writing
from ledger.tile_writer import FSCK, lay_out

LOST: Final = (
    "bring back the newest mirror/; if there is none, two principals can go on without"
    " what is lost: `allod restore --accept-lost-orders --since TIME-OF-THE-COPY`"
)


@dataclass(frozen=True, slots=True)
class Restored:
    """The entries that a restored database lacked: from which index on, and which."""

    first: int
    entries: tuple[Entry, ...]

    @property
    def end(self) -> int:
        """The index after the last of them."""
        return self.first + len(self.entries)

    def count(self, entry_type: EntryType) -> int:
        """Count those of a type."""
        return sum(each.type is entry_type for each in self.entries)


class RollbackDetected(CannotStart):
    """Database and mirror tell two histories; signing would make both official."""

    code, title = "rollback_detected", "The ledger was rolled back"


class Publication:
    """Publishes one log. Any number of processes may; they take turns."""

    def __init__(
        self,
        database: Database,
        *,
        mirror: Mirror,
        clock: Clock,
        signers: Sequence[Signer],
        verifiers: Sequence[Verifier],
        cosigners: Sequence[Cosigner] = (),
    ) -> None:
        self._database = database
        self._mirror = mirror
        self._clock = clock
        self._signers = tuple(signers)
        self._verifiers = tuple(verifiers)
        self._cosigners = tuple(cosigners)
        self._origin = self._signers[0].name

    @property
    def signer(self) -> Signer:
        """The oldest of the keys in use."""
        return self._signers[0]

    def rekey(
        self,
        signers: Sequence[Signer],
        verifiers: Sequence[Verifier],
        cosigners: Sequence[Cosigner] = (),
    ) -> None:
        """Sign with other keys from now on; what is known is widened first."""
        # Verifiers first: a thread that publishes meanwhile must never sign with a key
        # that it would then not read back.
        self._verifiers, self._signers = tuple(verifiers), tuple(signers)
        self._cosigners = tuple(cosigners)

    def publish(self) -> SignedCheckpoint:
        """Publish what is committed; the newest checkpoint if nothing is new.

        Raises:
            RollbackDetected: the database is behind what was published, or differs.
            IntegrityFault: the entries do not give the tree's head.

        """
        require_no_write()
        with self._mirror.locked():
            # One publisher at a time owns the tree and the record; the database is not
            # locked, for entries only ever come behind what is read here.
            return self._publish()

    def restore(self, session: WriteSession, *, whole: bool = True) -> Restored:
        """Append, inside a unit of work, what the mirror has and the database lacks.

        They must give the mirror's root, or nothing is appended. With them comes what
        opens operator entries; unless `whole` is waived, of each of them. The caller
        holds the mirror.

        Raises:
            RollbackDetected: the database is no earlier state of the mirror's log.
            IntegrityFault: the mirror lacks an entry, or what opens an operator entry.

        """
        store = writing(session)
        mirrored, growth = self.mirrored(), Growth(store.head(), store.tile)
        first = growth.range.size
        # Nothing is lacking: the database is as far, or the mirror holds no word of
        # more.
        if mirrored is None or mirrored.checkpoint.size < first:
            return Restored(first, ())
        bodies = self._lacking(first, mirrored.checkpoint.size)
        growth.add(bodies)
        # Before anything is written: entries that give another root are another
        # history.
        if growth.range.root() != mirrored.checkpoint.root:
            raise _other_history()
        store.add_entries(first, bodies)
        store.put_tiles(growth.drain())
        store.put_head(growth.range)
        restored = Restored(first, tuple(map(Entry.parse, bodies)))
        for opened in self._openings(restored, whole=whole):
            store.add_operator(*opened)
        return restored

    def keep_openings(self) -> None:
        """Keep in the mirror what opens every operator entry that was published."""
        with self._mirror.locked():
            store = reading(self._database)
            self._keep_openings(store, 0, store.published())

    def add_cosignature(self, size: int, lines: str, witness: Verifier) -> None:
        """Put a witness's cosignature onto the checkpoint of a size, here and there.

        In the mirror first, if it is still the newest; a crash between the two is
        mended by asking the witness again.

        Raises:
            NoteError: it is not this witness's on this checkpoint.
            IntegrityFault: none of this size is recorded any more, or it does not
                verify.

        """
        require_no_write()
        with self._mirror.locked():
            row = reading(self._database).note(size)
            if row is None:
                raise IntegrityFault("a checkpoint is gone that was there", fix=FSCK)
            note = with_lines(self.read(row).note, lines, witness)
            mirrored = self.mirrored()
            if mirrored and _size(mirrored) == size:
                # The mirror first: cosigned in the database alone, it would be lost
                # with it.
                self._mirror.seal(note)
            with self._database.write() as session:
                writing(session).put_note(size, note)

    def read(self, note: str) -> SignedCheckpoint:
        """Verify a checkpoint of this log.

        Raises:
            IntegrityFault: it is not one, or not signed by a key of this log.

        """
        try:
            opened = open_note(note, self._verifiers)
            checkpoint = Checkpoint.parse(opened.text)
        except (NoteError, CheckpointError) as error:
            detail = f"a stored checkpoint does not verify: {error.detail}"
            raise IntegrityFault(detail, fix=FSCK) from None
        # A log that was succeeded signed the beginning under another name.
        if checkpoint.origin not in {each.verifier.name for each in opened.signatures}:
            raise IntegrityFault("a stored checkpoint is another log's", fix=FSCK)
        return SignedCheckpoint(checkpoint, note)

    def mirrored(self) -> SignedCheckpoint | None:
        """Give the mirror's newest checkpoint, verified.

        Raises:
            IntegrityFault: it does not verify.

        """
        note = self._mirror.newest()
        return None if note is None else self.read(note)

    def recorded(self) -> SignedCheckpoint | None:
        """Give the newest checkpoint that the database records, verified.

        Raises:
            IntegrityFault: it does not verify, or is of another size than is recorded.

        """
        newest = reading(self._database).newest_note()
        if newest is None:
            return None
        size, note = newest
        signed = self.read(note)
        if signed.checkpoint.size != size:
            raise IntegrityFault("a checkpoint is recorded at another size", fix=FSCK)
        return signed

    def _keep_openings(self, store: LedgerStore, start: int, end: int) -> None:
        self._mirror.operators.keep(store.operators_between(start, end))

    def _openings(self, restored: Restored, *, whole: bool) -> Iterator[OpenedEntry]:
        kept = self._mirror.operators.between(restored.first, restored.end)
        for index, entry in enumerate(restored.entries, start=restored.first):
            if entry.type is not EntryType.OPERATOR:
                continue
            if index in kept and _opens(kept[index], entry):
                yield index, *kept[index]
            elif whole:
                raise IntegrityFault(
                    f"mirror/policies lacks what opens entry {index} of the ledger",
                    fix=LOST,
                )

    def _publish(self) -> SignedCheckpoint:
        store = reading(self._database)
        # The record is read before the head: the head only grows, so it covers it.
        mirrored, recorded = self.mirrored(), self.recorded()
        head = store.head()
        self._guard(store, head, mirrored, recorded)
        # A crash came between steps 3 and 4: what was sealed is recorded, never signed
        # anew.
        if mirrored and (recorded is None or _size(recorded) < _size(mirrored)):
            self._record(mirrored)
            recorded = mirrored
        if mirrored and _size(mirrored) == head.size:
            return mirrored
        base = mirrored.checkpoint if mirrored else None
        # The head that was guarded, and no newer one: entries that come now wait their
        # turn.
        due = Checkpoint(self._origin, head.size, head.root())
        # Openings and tiles before the seal: a checkpoint in the mirror covers only
        # what is durable there.
        self._keep_openings(store, base.size if base else 0, head.size)
        lay_out(store, self._mirror, base, due)
        # The mirror was set back and this size is signed already: one size has one
        # note.
        if recorded and _size(recorded) == head.size:
            signed = recorded
        else:
            signed = self._sign(due)
        # Sealed before it is recorded: a record without its mirror would be refused at
        # the next start as a mirror that was lost.
        self._mirror.seal(signed.note)
        if signed is not recorded:
            self._record(signed)
        return signed

    def _guard(
        self,
        store: LedgerStore,
        head: CompactRange,
        mirrored: SignedCheckpoint | None,
        recorded: SignedCheckpoint | None,
    ) -> None:
        if recorded and mirrored is None:
            raise RollbackDetected(
                "this ledger was published, but the mirror holds no checkpoint",
                fix="bring the mirror back, or point at the right one; an empty mirror"
                " cannot tell whether the database is the newest",
            )
        for signed in (mirrored, recorded):
            if signed is None:
                continue
            # Both are looked at: the mirror tells of a database that was set back, the
            # record of a mirror that was.
            if _size(signed) > head.size:
                raise RollbackDetected(
                    "the database is behind what was published",
                    fix="bring back the newest copy of data/ and leave the mirror as"
                    " it is; what no copy has, `allod ledger restore` appends",
                )
            if merkle.root(_size(signed), nodes(store.tile)) != signed.checkpoint.root:
                raise _other_history()

    def _sign(self, checkpoint: Checkpoint) -> SignedCheckpoint:
        text, now = checkpoint.encode(), unix(self._clock.now())
        # The log's own cosignatures come after the signatures that everybody reads.
        own = "".join(each.line(text, now) for each in self._cosigners)
        return SignedCheckpoint(checkpoint, sign(text, self._signers) + own)

    def _record(self, signed: SignedCheckpoint) -> None:
        with self._database.write() as session:
            writing(session).add_note(
                _size(signed), signed.note, unix(self._clock.now())
            )

    def _lacking(self, first: int, size: int) -> list[bytes]:
        bodies: list[bytes] = []
        # `-(-a // b)` rounds up: the last bundle may be partial.
        for n in range(first // WIDTH, -(-size // WIDTH)):
            ref = TileRef(ENTRIES, n, width_at(size, ENTRIES, n))
            data = self._mirror.read(ref)
            try:
                bodies += parse_bundle(data or b"", ref.width)
            except TileError:
                raise IntegrityFault("the mirror lacks entries it covers") from None
        # The first bundle begins at a multiple of 256, `first` may lie within it.
        return bodies[first % WIDTH :]


def _opens(opened: tuple[bytes, bytes], entry: Entry) -> bool:
    try:
        return Opening.read(EntryType.OPERATOR, *opened).entry() == entry
    except CommitmentError:
        return False


def require_no_write() -> None:
    """Refuse to go on inside a unit of work: what is signed has to be committed.

    Raises:
        RuntimeError: a unit of work is open on this thread.

    """
    if in_write():
        raise RuntimeError("a ledger is never published inside a unit of work")


def _size(signed: SignedCheckpoint) -> int:
    return signed.checkpoint.size


def _other_history() -> RollbackDetected:
    return RollbackDetected(
        "the database and a signed checkpoint have different roots at one size",
        fix="do not sign: keep both as evidence, and " + FSCK,
    )
