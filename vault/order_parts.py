"""The parts that write orders, read them, and bring them back; put together."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from kit.clock import Clock
from kit.home import Home
from ledger.log import Log
from ledger.ports import Replayer
from pdp.bundle.bundle import installed, keep
from vault._internal.data_store import DataStore, identity_store
from vault._internal.keyring import Keyring
from vault.erasure.adoption import Adoption
from vault.erasure.certificate_facts import CertificateFacts
from vault.erasure.erasure import Erasure
from vault.erasure.erasure_replay import ErasureReplay
from vault.erasure.lost_orders import LostOrders
from vault.erasure.order_check import OrderCheck
from vault.erasure.purging import Purging
from vault.erasure.replay import Replay
from vault.orders.ceilings import Ceilings
from vault.orders.order_book import OrderBook
from vault.organisation.restrictions import Restrictions
from vault.organisation.staff_actions import Acts
from vault.vault import Stores


class OrderParts:
    """What a start, an operator and an upgrade do with orders."""

    def __init__(
        self,
        *,
        stores: Stores,
        data: DataStore,
        book: OrderBook,
        gathering: CertificateFacts,
        erasure: Erasure,
        purging: Purging,
        acts: Acts,
        also: Mapping[str, Replayer],
        log: Log,
        pseudonym: Callable[[str], str],
        clock: Clock,
        suppression: timedelta,
    ) -> None:
        erasures, subjects = data.orders, data.subjects
        identity = identity_store(stores.identity)
        ceilings = Ceilings(
            care=data.care,
            units=data.units,
            subjects=subjects,
            acts=acts,
            restrictions=Restrictions(
                subjects=subjects, acts=acts, orders=book, clock=clock
            ),
            log=log,
            pseudonym=pseudonym,
            clock=clock,
        )
        self.check = OrderCheck(
            book=book,
            chain=book.chain,
            erasures=erasures,
            identity=identity,
            mirror=log.mirror,
            log=log,
        )
        self.replay = Replay(
            database=stores.vault,
            chain=book.chain,
            book=book,
            check=self.check,
            subjects=subjects,
            identity=identity,
            erasures=ErasureReplay(
                database=stores.vault,
                orders=erasures,
                subjects=subjects,
                identity=identity,
                gathering=gathering,
                purging=purging,
                erasure=erasure,
                clock=clock,
                suppression=suppression,
            ),
            own={**ceilings.replayers(), **also},
        )
        self.lost = LostOrders(
            database=stores.vault,
            chain=book.chain,
            book=book,
            check=self.check,
            replay=self.replay,
            identity=identity,
            log=log,
            pseudonym=pseudonym,
            clock=clock,
        )
        self.adoption = Adoption(
            database=stores.vault,
            erasures=erasures,
            chain=book.chain,
            book=book,
            identity=identity,
            log=log,
            clock=clock,
            suppression=suppression,
        )


def orders_of(home: Home, data: DataStore, keyring: Keyring, log: Log) -> OrderBook:
    """Give the installation's orders."""

    def prepare(result: Mapping[str, Any]) -> None:
        digest = result.get("digest")
        if digest is not None:
            keep(installed(home.policies, digest), home.mirror_policies)
        log.publish()

    return OrderBook(
        chain=data.chain,
        subjects=data.subjects,
        keyring=keyring,
        mirror=log.mirror,
        prepare=prepare,
    )
