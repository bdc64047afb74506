"""What can be asked of a log: checkpoints, proofs, entries, tiles.

Everything that is served is covered by the newest published checkpoint; what is
appended and not yet published is not there for anybody. Receipts are
`ledger.receipting`'s. What operator entries say is
read as soon as it is committed: the installation itself goes by it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from kit.db import Database
from kit.errors import NotFound
from ledger.formats import merkle
from ledger.formats.checkpoint import SignedCheckpoint
from ledger.formats.commitment import CommitmentError, Entry, Opening, entry_prefix
from ledger.formats.entry_kinds import EntryType
from ledger.formats.signing import Signer, Verifier
from ledger.formats.tiles import WIDTH, TileRef, nodes
from ledger.formats.trust_policy import TrustPolicy
from ledger.ports import LedgerStore
from ledger.publisher import Publication
from ledger.stores import reading
from ledger.tlog_tiles import CHECKPOINT, PublicTables


class PublishedLog:
    """The side of a log that answers."""

    def __init__(
        self,
        database: Database,
        *,
        publication: Publication,
        verifiers: tuple[Verifier, ...],
    ) -> None:
        self.database = database
        self.publication = publication
        self.verifiers = verifiers

    @property
    def signer(self) -> Signer:
        """The key that documents are signed with: of those in use, the best known."""
        return self.publication.signer

    @property
    def policy(self) -> TrustPolicy:
        """The policy that trusts this log alone, without witnesses."""
        return TrustPolicy(self.verifiers)

    def latest(self) -> SignedCheckpoint | None:
        """Give the newest published checkpoint, or None before the first."""
        return self.publication.recorded()

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Prove that entry `index` is in the tree of `size` entries.

        Raises:
            NotFound: no published tree of that size has such an entry.

        """
        store, published = self.published()
        if not 0 <= index < size <= published:
            raise NotFound
        return merkle.inclusion_path(size, index, nodes(store.tile))

    def consistency(self, size1: int, size2: int) -> list[bytes]:
        """Prove that the tree of `size1` entries is the beginning of that of `size2`.

        Raises:
            NotFound: they are not 0 < size1 <= size2, both published.

        """
        store, published = self.published()
        if not 0 < size1 <= size2 <= published:
            raise NotFound
        return merkle.consistency_path(size1, size2, nodes(store.tile))

    def entry(self, index: int) -> bytes:
        """Give a published entry's bytes.

        Raises:
            NotFound: there is none, or it is not published yet.

        """
        store, published = self.published()
        if not 0 <= index < published:
            raise NotFound
        return store.entries(index, index + 1)[0]

    def committed(self, index: int) -> bytes:
        """Give an entry's bytes, published or only committed.

        Raises:
            IntegrityFault: there is none.

        """
        return reading(self.database).entries(index, index + 1)[0]

    def operator(self, index: int) -> Opening:
        """Give the public opening of an operator entry.

        Raises:
            NotFound: there is none at this index.

        """
        store, published = self.published()
        row = store.operator(index) if index < published else None
        if row is None:
            raise NotFound
        return Opening.read(EntryType.OPERATOR, *row)

    def statement(self, index: int) -> Mapping[str, Any]:
        """Give what an operator entry says, committed or published: kind and facts.

        Raises:
            CommitmentError: there is none, or its opening does not open it.

        """
        store = reading(self.database)
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

    def newest_operator(self, member: str) -> Mapping[str, Any] | None:
        """Give the facts of the newest operator entry that have a member.

        Raises:
            CommitmentError: its opening does not open it.

        """
        found = reading(self.database).newest_operator(member)
        return None if found is None else self.statement(found.place)["facts"]

    def operators_with(
        self, member: str
    ) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
        """Give index, kind and facts of the operator entries that have a member."""
        store = reading(self.database)
        for index, salt, payload in store.operators_with(member):
            said = Opening.read(EntryType.OPERATOR, salt, payload).statement()
            if member in said["facts"]:
                yield index, said["kind"], said["facts"]

    def count(self, entry_type: EntryType) -> int:
        """Count the committed entries of a type."""
        return reading(self.database).count(entry_prefix(entry_type))

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

    def published(self) -> tuple[LedgerStore, int]:
        """Give the store, and how many entries the newest checkpoint covers."""
        store = reading(self.database)
        return store, store.published()


def statements(
    database: Database, kind: str
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Give index and facts of each operator entry of a kind, before a log is opened."""
    for index, salt, payload in reading(database).operators(kind):
        statement = Opening.read(EntryType.OPERATOR, salt, payload).statement()
        if statement["kind"] == kind:
            yield index, statement["facts"]
