"""The log: append in the caller's transaction, and publish after it.

`append` writes entries, tiles and head in one go. `publish` (`ledger.publisher`)
signs what is committed. What can be asked of it is `ledger.log_reader`, and of receipts
`ledger.receipting`.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from kit.clock import Clock, unix
from kit.db import Database, WriteSession
from kit.errors import CannotStart, IntegrityFault
from ledger.files.mirror import Mirror
from ledger.formats import entry_kinds, merkle
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.commitment import Entry, rounded
from ledger.formats.entries import operator_entry
from ledger.formats.entry_kinds import EntryType
from ledger.formats.order_kinds import neither
from ledger.formats.signing import Cosigner, Signer, Verifier
from ledger.formats.tiles import nodes
from ledger.ports import Pace
from ledger.publisher import Publication, RollbackDetected, require_no_write
from ledger.receipting import ReceiptingLog
from ledger.stores import reading, sequencer, writing

__all__ = ["Log", "RollbackDetected"]

RESTORED: Final = "restore.done"
"""The entry after a restore: which entries lost what opened them."""

entry_kinds.declare(RESTORED, EntryType.OPERATOR)
neither(RESTORED, "lane.head")

_PACE = Pace()


class Log(ReceiptingLog):
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
        self.mirror = mirror
        self.origin = signer.name
        self.pace = pace
        self._sequencer = sequencer(database, backlog=pace.backlog)
        self._clock = clock
        signers = (signer, *also)
        own = _verifiers(signers, cosigners)
        if any(each.name != self.origin for each in own):
            raise CannotStart("every key of a log signs under the log's own name")
        verifiers = (*own, *retired)
        publication = Publication(
            database,
            mirror=mirror,
            clock=clock,
            signers=signers,
            verifiers=verifiers,
            cosigners=cosigners,
        )
        super().__init__(database, publication=publication, verifiers=verifiers)

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

    def moment(self) -> int:
        """Tell the time as entries carry it: unix seconds, rounded down."""
        return rounded(unix(self._clock.now()), self.granularity)

    def append(self, session: WriteSession, entries: Sequence[Entry]) -> list[int]:
        """Append entries inside the caller's unit of work; gives their indexes.

        Raises:
            Unavailable: too many entries wait to be published; nothing was written.

        """
        return self._sequencer.append(session, entries)

    def backlog(self) -> int:
        """Tell how many entries wait to be published."""
        waiting = self._sequencer.waiting()
        return 0 if waiting is None else waiting.count

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
        store = writing(session)
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

    def restore(self, *, whole: bool = True) -> int:
        """Append, after a restore of the database, what only the mirror still has.

        Tells how many entries. What opens those about customers is lost: their range
        and number are said in an entry of their own. `whole` waives, where orders are
        given up, that operator entries have to be opened.

        Raises:
            RollbackDetected: the database is no earlier state of the mirror's log.
            IntegrityFault: the mirror is not whole; nothing was appended.

        """
        require_no_write()
        with self.mirror.locked(), self.database.write() as session:
            restored = self.publication.restore(session, whole=whole)
            if restored.entries:
                facts = {
                    "first": restored.first,
                    "end": restored.end,
                    "subjects": restored.count(EntryType.SUBJECT),
                    "erasures": restored.count(EntryType.ERASURE),
                }
                self.stamp_operator(session, RESTORED, facts)
            return len(restored.entries)

    def restored(self) -> list[range]:
        """Give the entries that restores appended; what they speak of may be lost."""
        facts = [facts for _, facts in self.operators(RESTORED)]
        return [range(each["first"], each["end"]) for each in facts]

    def _check_head(self) -> None:
        with self.database.read() as session:
            store = reading(session)
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
