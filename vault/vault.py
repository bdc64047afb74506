"""One open vault: its doors, and nothing of what is behind them; no key and no store.

`vault.container` makes it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ledger.formats.signing import Signer
from ledger.log import Log
from ledger.ports import Stamp
from vault._internal.row_macs import RowMacs
from vault.acceptance.acceptance import Acceptance
from vault.acceptance.retiring import Retiring
from vault.audit.access_log import AccessLog
from vault.catalog.catalog import Catalog
from vault.checks.rowcheck import RowCheck
from vault.customers.customers import Customers
from vault.customers.registration import Registrar
from vault.customers.roster import Roster
from vault.erasure.erasure import Erasure
from vault.erasure.lost_orders import LostOrders
from vault.erasure.order_check import OrderCheck
from vault.erasure.replay import Replay, Replayers
from vault.feed_keeping import FeedKeeping
from vault.gate.gate import Gate
from vault.gate.policy_input import Observed
from vault.gate.vocabulary import Vocabulary
from vault.heartbeat import Heartbeat
from vault.imports.imports import Imports
from vault.intake.intake import Intake
from vault.keys.keys import Keys
from vault.keys.row_seals import RowSeals
from vault.orders.order_book import OrderBook
from vault.organisation.reach import ReachArrangements
from vault.proofs.receipts import EvidenceMaker, Receipts
from vault.righting import Righting
from vault.upgrade import Upgrade
from vault.writes.tickets import Tickets


@dataclass(frozen=True, slots=True)
class Vault:
    """One open vault: the doors, and nothing of what is behind them."""

    origin: str
    catalog: Catalog
    words: Vocabulary
    gate: Gate
    intake: Intake
    righting: Righting
    registration: Registrar
    roster: Roster
    tickets: Tickets
    receipts: Receipts
    evidence: EvidenceMaker
    access_log: AccessLog
    erasure: Erasure
    log: Log
    keys: Keys
    stamp: Stamp
    pseudonym: Callable[[str], str]
    imports: Imports
    customers: Customers
    observed: Observed
    feed: FeedKeeping
    heartbeat: Heartbeat
    replay: Replay
    orders: OrderBook
    order_check: OrderCheck
    lost_orders: LostOrders
    rowcheck: RowCheck
    reach: ReachArrangements
    upgrade: Upgrade
    acceptance: Acceptance
    retiring: Retiring
    rows: RowMacs
    row_seals: RowSeals

    @property
    def signer(self) -> Signer:
        """The key that documents are signed with now."""
        return self.log.signer

    def recover(self, replayers: Replayers) -> int:
        """Finish what a crash left undone, and bring back what a copy lacks.

        `replayers` are those of the parts outside of the vault. Tells how many orders
        a store lacked.

        Raises:
            CannotStart: the ledger is damaged, or was rolled back, or orders are lost.

        """
        self.log.repair()
        self.keys.reconcile()
        # Before an order writes into a copy: what comes after it is another history.
        self.feed.begin()
        lacked = self.replay.run(replayers)
        self.heartbeat.resume()
        return lacked

    def close(self) -> None:
        """Write what is queued in the access log, sign what is committed, and stop."""
        self.access_log.close()
        self.heartbeat.last()
