"""The log: append in the caller's transaction, publish after it, prove what is public.

`append` writes entries, tiles and head in one go. `publish` (ledger.publication)
signs what is committed. Everything that is served (proofs, tiles, entries) is covered
by the newest published checkpoint; what is appended and not yet published is not
there for anybody.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from kit.clock import Clock, unix
from kit.db import Database, WriteSession
from kit.errors import CannotStart, IntegrityFault, NotFound
from ledger import merkle
from ledger.checkpoint import Checkpoint, SignedCheckpoint
from ledger.commitment import CommitmentError, Entry, Opening, entry_prefix, rounded
from ledger.cose import CoseReceipt
from ledger.kinds import EntryType
from ledger.mirror import Mirror
from ledger.note import Cosigner, Signer, Verifier
from ledger.openings import operator_entry
from ledger.policy import TrustPolicy
from ledger.proof import Receipt
from ledger.public import CHECKPOINT, PublicTables
from ledger.publication import Publication, RollbackDetected
from ledger.sequencer import Pace, Sequencer, SqliteSequencer
from ledger.store import LedgerStore
from ledger.tiles import WIDTH, TileRef, nodes

__all__ = ["Log", "RollbackDetected", "statements"]

_PACE = Pace()


class Log:
    """One log in one database, under the name of its signer.

    While keys are rotated `also` signs besides `signer`, so that each checkpoint
    carries two lines. `cosigners` are the log's own, by ML-DSA-44, and add theirs.
    `retired` keys sign nothing and verify what they once signed.
    """

    def __init__(
        self,
        database: Database,
        *,
        signer: Signer,
        mirror: Mirror,
        clock: Clock,
        pace: Pace = _PACE,
        also: Sequence[Signer] = (),
        cosigners: Sequence[Cosigner] = (),
        retired: Sequence[Verifier] = (),
    ) -> None:
        self.database = database
        self.mirror = mirror
        self.origin = signer.name
        self.pace = pace
        self._sequencer: Sequencer = SqliteSequencer(database, backlog=pace.backlog)
        self._clock = clock
        signers = (signer, *also)
        own = _verifiers(signers, cosigners)
        if any(each.name != self.origin for each in own):
            raise CannotStart("every key of a log signs under the log's own name")
        self.verifiers = (*own, *retired)
        self.publication = Publication(
            database,
            mirror=mirror,
            clock=clock,
            signers=signers,
            verifiers=self.verifiers,
            cosigners=cosigners,
        )

    def rekey(
        self,
        signers: Sequence[Signer],
        cosigners: Sequence[Cosigner],
        retired: Sequence[Verifier],
    ) -> None:
        """Sign with these keys from now on, and know those that once signed."""
        self.verifiers = (*_verifiers(signers, cosigners), *retired)
        self.publication.rekey(signers, self.verifiers, cosigners)

    @property
    def granularity(self) -> int:
        """To how many seconds entries round the time down."""
        return self.pace.step

    @property
    def signer(self) -> Signer:
        """The key that documents are signed with: of those in use, the best known."""
        return self.publication.signer

    @property
    def policy(self) -> TrustPolicy:
        """The policy that trusts this log alone, without witnesses."""
        return TrustPolicy(self.verifiers)

    def moment(self) -> int:
        """Tell the time as entries carry it: unix seconds, rounded down."""
        return rounded(unix(self._clock.now()), self.granularity)

    def append(self, session: WriteSession, entries: Sequence[Entry]) -> list[int]:
        """Append entries inside the caller's unit of work; gives their indexes.

        Raises:
            Unavailable: too many entries wait to be published; nothing was written.

        """
        return self._sequencer.append(session, entries)

    def overdue(self) -> timedelta | None:
        """Tell for how long, at least, an entry has waited too long to be published."""
        waiting = self._sequencer.waiting()
        if waiting is None:
            return None
        # An entry may be as much younger than it says as times are rounded.
        latest = waiting.oldest + self.granularity
        age = timedelta(seconds=unix(self._clock.now()) - latest)
        return age if age > self.pace.patience else None

    def stamp_operator(
        self, session: WriteSession, kind: str, facts: Mapping[str, Any]
    ) -> int:
        """Append an entry about the installation; its opening is public."""
        entry, opening = operator_entry(
            kind, facts, at=unix(self._clock.now()), granularity=self.granularity
        )
        (index,) = self.append(session, [entry])
        store = LedgerStore.writing(session)
        store.add_operator(index, opening.salt, opening.payload)
        return index

    def publish(self) -> Checkpoint:
        """Sign and publish what is committed. Never inside a unit of work.

        Raises:
            RollbackDetected: the database is behind what was published, or differs.
            IntegrityFault: the entries do not give the tree's head.

        """
        return self.publication.publish().checkpoint

    def repair(self) -> Checkpoint:
        """Settle what a crash left behind, and publish; for the start of the server.

        Raises:
            RollbackDetected: the database is behind what was published, or differs.
            CannotStart: the ledger is damaged.

        """
        try:
            self._check_head()
            return self.publish()
        except IntegrityFault as error:
            raise CannotStart(
                f"the ledger is damaged: {error.detail}",
                fix=error.fix or "run `allod ledger fsck`: it names the place",
            ) from error

    def latest(self) -> SignedCheckpoint | None:
        """Give the newest published checkpoint, or None before the first."""
        return self.publication.recorded()

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Prove that entry `index` is in the tree of `size` entries.

        Raises:
            NotFound: no published tree of that size has such an entry.

        """
        store, published = self._published()
        if not 0 <= index < size <= published:
            raise NotFound
        return merkle.inclusion_path(size, index, nodes(store.tile))

    def consistency(self, size1: int, size2: int) -> list[bytes]:
        """Prove that the tree of `size1` entries is the beginning of that of `size2`.

        Raises:
            NotFound: they are not 0 < size1 <= size2, both published.

        """
        store, published = self._published()
        if not 0 < size1 <= size2 <= published:
            raise NotFound
        return merkle.consistency_path(size1, size2, nodes(store.tile))

    def entry(self, index: int) -> bytes:
        """Give a published entry's bytes.

        Raises:
            NotFound: there is none, or it is not published yet.

        """
        store, published = self._published()
        if not 0 <= index < published:
            raise NotFound
        return store.entries(index, index + 1)[0]

    def operator(self, index: int) -> Opening:
        """Give the public opening of an operator entry.

        Raises:
            NotFound: there is none at this index.

        """
        store, published = self._published()
        row = store.operator(index) if index < published else None
        if row is None:
            raise NotFound
        return Opening.read(EntryType.OPERATOR, *row)

    def statement(self, index: int) -> Mapping[str, Any]:
        """Give what an operator entry says, committed or published: kind and facts.

        Raises:
            CommitmentError: there is none, or its opening does not open it.

        """
        store = LedgerStore.reading(self.database)
        row, bodies = store.operator(index), store.numbered(index, index + 1)
        if row is None or not bodies:
            raise CommitmentError("there is no operator entry at this index")
        opening = Opening.read(EntryType.OPERATOR, *row)
        if opening.entry() != Entry.parse(bodies[0][1]):
            raise CommitmentError("an opening does not open its entry")
        return opening.statement()

    def operators(self, kind: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Give index and facts of each operator entry of a kind, committed ones too."""
        return statements(self.database, kind)

    def count(self, entry_type: EntryType) -> int:
        """Count the committed entries of a type."""
        return LedgerStore.reading(self.database).count(entry_prefix(entry_type))

    def tile(self, level: int, n: int, width: int = WIDTH) -> bytes:
        """Give a published tile, or (at level `tiles.ENTRIES`) a bundle of entries.

        Raises:
            NotFound: the published tree has no tile so wide.

        """
        return PublicTables(self.database).tile(TileRef(level, n, width))

    def resource(self, path: str) -> bytes:
        """Give what C2SP tlog-tiles serves at a path: `checkpoint` or `tile/…`.

        Raises:
            NotFound: nothing is served there.

        """
        if path != CHECKPOINT:
            return PublicTables(self.database).resource(path)
        signed = self.latest()
        if signed is None:
            raise NotFound
        return signed.note.encode()

    def receipt(self, index: int, opening: Opening) -> Receipt:
        """Make the receipt of an entry under the newest published checkpoint.

        Raises:
            NotFound: the entry is not published yet.
            IntegrityFault: the opening does not open this entry.

        """
        signed = self.latest()
        if signed is None:
            raise NotFound
        path = self.inclusion(index, signed.checkpoint.size)
        if opening.entry().encode() != self.entry(index):
            raise IntegrityFault("an opening does not open its entry")
        return Receipt(index, tuple(path), signed.note, opening)

    def cose_receipt(self, index: int, opening: Opening) -> CoseReceipt:
        """Make the same proof as a COSE receipt (RFC 9942).

        Raises:
            NotFound: the entry is not published yet.
            IntegrityFault: the opening does not open this entry.

        """
        receipt = self.receipt(index, opening)
        checkpoint = self.policy.accept(receipt.note).checkpoint
        return CoseReceipt.of(receipt, checkpoint, self.signer)

    def restore(self) -> int:
        """Append, after a restore of the database, what only the mirror still has.

        Raises:
            RollbackDetected: the database is no earlier state of the mirror's log.

        """
        return self.publication.restore()

    def _published(self) -> tuple[LedgerStore, int]:
        store = LedgerStore.reading(self.database)
        return store, store.published()

    def _check_head(self) -> None:
        with self.database.read() as session:
            store = LedgerStore.reading(session)
            head = store.head()
            if store.end() != head.size:
                raise IntegrityFault("the head's size is not the number of entries")
            if merkle.root(head.size, nodes(store.tile)) != head.root():
                raise IntegrityFault("the tiles do not give the tree's head")


def _verifiers(
    signers: Sequence[Signer], cosigners: Sequence[Cosigner]
) -> list[Verifier]:
    return [
        *(each.verifier for each in signers),
        *(each.verifier for each in cosigners),
    ]


def statements(
    database: Database, kind: str
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Give index and facts of each operator entry of a kind, before a log is opened."""
    for index, salt, payload in LedgerStore.reading(database).operators(kind):
        statement = Opening.read(EntryType.OPERATOR, salt, payload).statement()
        if statement["kind"] == kind:
            yield index, statement["facts"]
