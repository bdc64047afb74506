"""One open vault: its doors, and nothing of what is behind them; no key and no store.

`vault.parts` makes it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kit.db import Database
from ledger.formats.signing import Signer
from ledger.log import Log
from ledger.stamp import Stamp
from vault._internal.row_macs import RowMacs
from vault.acceptance import Acceptance
from vault.access_log import AccessLog
from vault.catalog import Catalog
from vault.customers import Customers
from vault.erasure import Erasure
from vault.evidence import EvidenceMaker
from vault.gate import Gate
from vault.heartbeat import Heartbeat
from vault.imports import Imports
from vault.intake import Intake
from vault.keys import Keys
from vault.lost_orders import LostOrders
from vault.observed import Observed
from vault.order_book import OrderBook
from vault.order_check import OrderCheck
from vault.reach import Reach
from vault.receipts import Receipts
from vault.registration import Registration
from vault.replay import Replay, Replayers
from vault.retiring import Retiring
from vault.righting import Righting
from vault.roster import Roster
from vault.row_seals import RowSeals
from vault.rowcheck import RowCheck
from vault.tickets import Tickets
from vault.upgrade import Upgrade
from vault.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Stores:
    """The three databases of one installation."""

    vault: Database
    identity: Database
    audit: Database

    @property
    def all(self) -> tuple[Database, Database, Database]:
        """All three."""
        return self.vault, self.identity, self.audit

    def close(self) -> None:
        """Close all three."""
        for database in self.all:
            database.close()


@dataclass(frozen=True, slots=True)
class Vault:
    """One open vault: the doors, and nothing of what is behind them."""

    origin: str
    catalog: Catalog
    words: Vocabulary
    gate: Gate
    intake: Intake
    righting: Righting
    registration: Registration
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
    heartbeat: Heartbeat
    replay: Replay
    orders: OrderBook
    order_check: OrderCheck
    lost_orders: LostOrders
    rowcheck: RowCheck
    reach: Reach
    upgrade: Upgrade
    acceptance: Acceptance
    retiring: Retiring
    rows: RowMacs
    row_seals: RowSeals

    @property
    def signer(self) -> Signer:
        """The key that documents are signed with now."""
        return self.log.signer

    def settle(self, replayers: Replayers) -> int:
        """Finish what a crash left undone, and bring back what a copy lacks.

        `replayers` are those of the parts outside of the vault. Tells how many orders
        a store lacked.

        Raises:
            CannotStart: the ledger is damaged, or was rolled back, or orders are lost.

        """
        self.log.repair()
        self.keys.settle()
        lacked = self.replay.run(replayers)
        self.heartbeat.resume()
        return lacked

    def close(self) -> None:
        """Write what is queued in the access log, sign what is committed, and stop."""
        self.access_log.close()
        self.heartbeat.last()
