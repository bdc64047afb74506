"""Proposals on a real ledger, as an installation has them from its founding on."""

from pathlib import Path

from ledgers import LedgerHouse
from ordering import RecordingOrders

from pdp.change.active import activate
from pdp.change.proposals import ACTIVATED, Proposals
from pdp.change.provenance import FOUNDING

DIGESTS = ("a" * 64, "b" * 64, "c" * 64)
FOUNDED, *_ = DIGESTS


class Governed:
    """A ledger with its founding activation, and the proposals on it."""

    def __init__(self, folder: Path) -> None:
        self.ledger = LedgerHouse(folder)
        self.database, self.log = self.ledger.database, self.ledger.log
        self.proposals = Proposals(
            self.log,
            orders=RecordingOrders(),
            pseudonym=lambda name: f"pseudonym of {name}",
            clock=self.ledger.clock,
        )
        with self.database.write() as session:
            for purpose in ("ledger", "bundle"):
                self.log.stamp_operator(session, "key.created", {"purpose": purpose})
            facts = {"digest": FOUNDED}
            entry = self.log.stamp_operator(session, ACTIVATED, facts)
            activate(session, digest=FOUNDED, at=0, entry=entry)
        assert entry == FOUNDING

    def close(self) -> None:
        self.ledger.close()
