"""Receipts, and which checkpoint they are under: the quorum of the log's witnesses.

A checkpoint is signed first and cosigned seconds later, and nothing waits for that. So
what is made in between is *provisional*: the log's own word. What leaves the house then
is not made again. An extension (`ledger.formats.checkpoint`) leads from its tree to one
that the quorum has cosigned, and can be had as soon as there is such a tree. A log that
names no witnesses has no quorum, and nothing of it is provisional.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from kit.errors import Conflict, IntegrityFault, NotFound
from ledger.formats import merkle
from ledger.formats.checkpoint import Extension, SignedCheckpoint
from ledger.formats.commitment import Opening
from ledger.formats.cose import CoseReceipt
from ledger.formats.merkle import ReadNode
from ledger.formats.receipt import Receipt
from ledger.formats.signing import MARK
from ledger.formats.tiles import nodes
from ledger.formats.trust_policy import PolicyError, TrustPolicy
from ledger.log_reader import PublishedLog
from ledger.stores import reading

# How many checkpoints are looked through for one that has the quorum: of the newest,
# and of those that came right after the tree that is asked about.
LOOK_BACK: Final = 100


@dataclass(frozen=True, slots=True)
class QuorumStatus:
    """How far a signed checkpoint is from what the witnesses' quorum has cosigned.

    `provisional` until the quorum is there; `proof` is the extension that leads to it,
    and None where the checkpoint has it already, or no witness is named.
    """

    provisional: bool
    proof: str | None = None


class ReceiptingLog(PublishedLog):
    """The side of a log that gives proofs away."""

    _quorum: TrustPolicy | None = None

    def expect(self, quorum: TrustPolicy) -> None:
        """Make receipts under checkpoints with this policy's quorum, if any has it."""
        self._quorum = quorum

    @property
    def witnessed(self) -> bool:
        """Whether witnesses are named, so that what is new is provisional."""
        return self._quorum is not None

    def agreed(self, note: str) -> bool:
        """Tell whether a checkpoint has the quorum that is expected."""
        if self._quorum is None:
            return True
        try:
            replace(self._quorum, logs=self.verifiers).accept(note)
        except PolicyError:
            return False
        return True

    def cosigned(self, size: int) -> SignedCheckpoint | None:
        """Give a checkpoint of at least this size that has the quorum, a new one first.

        Without witnesses it is the newest of all.
        """
        if self._quorum is None:
            latest = self.latest()
            return latest if latest and latest.checkpoint.size >= size else None
        store = reading(self.database)
        for newest in (True, False):
            for note in store.notes_from(size, LOOK_BACK, newest=newest):
                if self._may_have(note) and self.agreed(note):
                    return self.publication.read(note)
        return None

    def extension(self, size: int) -> Extension:
        """Prove that a published tree is the beginning of one that the quorum cosigned.

        Raises:
            NotFound: no tree so large was published.
            Conflict: no witness is named, or too few have cosigned such a tree yet.

        """
        if not 0 < size <= self.published()[1]:
            raise NotFound
        if self._quorum is None:
            raise Conflict(
                "this ledger names no witnesses, so nothing of it is provisional",
                code="witness.none",
                fix="verify with a policy whose quorum is none",
            )
        signed = self.cosigned(size)
        if signed is None:
            raise Conflict(
                "too few witnesses have cosigned a tree of this size, or a larger one",
                code="proof.provisional",
                fix="ask again in a few seconds",
            )
        path = self.consistency(size, signed.checkpoint.size)
        return Extension(size, tuple(path), signed.note)

    def standing(self, note: str) -> QuorumStatus:
        """Tell whether a checkpoint has the quorum, or which proof leads on to it."""
        if self.agreed(note):
            return QuorumStatus(provisional=False)
        tree = self.publication.read(note).checkpoint
        try:
            proof = self.extension(tree.size)
        except (Conflict, NotFound):
            return QuorumStatus(provisional=True)
        # Verifiers ask for one name: a log that was succeeded has another.
        if self.publication.read(proof.note).checkpoint.origin != tree.origin:
            return QuorumStatus(provisional=True)
        return QuorumStatus(provisional=False, proof=proof.encode().decode())

    def receipt(self, index: int, opening: Opening) -> Receipt:
        """Make the receipt of an entry under the newest checkpoint with the quorum.

        Where none has it yet, it is the newest of all: the receipt is provisional.

        Raises:
            NotFound: the entry is not published yet.
            IntegrityFault: the opening does not open this entry.

        """
        return next(self.receipts([(index, opening)]))

    def receipts(self, stamped: Iterable[tuple[int, Opening]]) -> Iterator[Receipt]:
        """Make the receipts of entries, in the log's order.

        Those that are not covered by a checkpoint with the quorum are all under one,
        the newest of all, so that one extension serves them.

        Raises:
            NotFound: an entry is not published yet.
            IntegrityFault: an opening does not open its entry.

        """
        latest, under = self.latest(), self.cosigned(1)
        read = self._nodes()
        for index, opening in stamped:
            if under is None or index >= under.checkpoint.size:
                # A larger tree has wider tiles.
                under, read = self.cosigned(index + 1) or latest, self._nodes()
            if under is None:
                raise NotFound
            yield self._receipt(index, opening, under, read)

    def cose_receipt(self, index: int, opening: Opening) -> CoseReceipt:
        """Make the same proof as a COSE receipt (RFC 9942).

        Raises:
            NotFound: the entry is not published yet.
            IntegrityFault: the opening does not open this entry.

        """
        receipt = self.receipt(index, opening)
        checkpoint = self.policy.accept(receipt.note).checkpoint
        return CoseReceipt.of(receipt, checkpoint, self.signer)

    def _receipt(
        self, index: int, opening: Opening, signed: SignedCheckpoint, read: ReadNode
    ) -> Receipt:
        size = signed.checkpoint.size
        if not 0 <= index < size:
            raise NotFound
        path = merkle.inclusion_path(size, index, read)
        if opening.entry().encode() != self.entry(index):
            raise IntegrityFault("an opening does not open its entry")
        return Receipt(index, tuple(path), signed.note, opening)

    def _nodes(self) -> ReadNode:
        return nodes(reading(self.database).tile)

    def _may_have(self, note: str) -> bool:
        """Tell at a glance, before signatures are verified, if a cosigner is named."""
        named = self._quorum.witnesses.values() if self._quorum else ()
        return any(f"\n{MARK}{each.name} " in note for each in named)
