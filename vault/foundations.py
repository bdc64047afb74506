"""The parts of a vault that need no policies: stores, keys, ledger, orders.

They are there before a bundle is loaded, and for what is done while none decides: init,
succession, the look at a ledger that is unfit to open.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kit.clock import Clock
from kit.db import Database
from kit.errors import AllodError
from kit.home import Home
from ledger.files.mirror import Mirror
from ledger.log import Log
from ledger.log_reader import statements
from ledger.ports import Pace
from pdp.bundle.bundle import installed, keep
from vault._internal.blind_index import BlindIndex
from vault._internal.customer_registry import Register
from vault._internal.data_store import (
    DataStore,
    access_store,
    data_store,
    identity_row_macs,
    identity_store,
)
from vault._internal.installation import Installation
from vault._internal.keyring import Keyring
from vault._internal.ports.identity import IdentityStore
from vault.audit.access_log import AccessLog
from vault.erasure.certificate_facts import CertificateFacts
from vault.keys.keys import Keys
from vault.keys.ledger_keys import ledger_keys
from vault.keys.row_seals import RowSeals
from vault.orders.order_book import OrderBook
from vault.proofs.openings import Openings

PRINCIPALS: Final = "principals"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """What the other parts of one vault stand on; each is made once."""

    home: Home
    stores: Stores
    data: DataStore
    identity: IdentityStore
    keyring: Keyring
    register: Register
    index: BlindIndex
    log: Log
    access_log: AccessLog
    openings: Openings
    orders: OrderBook
    gathering: CertificateFacts
    pseudonym: Callable[[str], str]
    clock: Clock


def foundation_of(
    home: Home,
    stores: Stores,
    keyring: Keyring,
    made: Installation,
    clock: Clock,
    pace: Pace,
) -> Foundation:
    """Put together what stands on stores and keys alone."""
    log = ledger_of(home, stores, keyring, made, clock, pace)
    data = data_store(stores.vault, keyring.rows)
    identity = identity_store(stores.identity)
    register = Register(identity, keyring, clock)
    access_log = AccessLog(access_store(stores.audit), clock)
    openings = Openings(
        log=log,
        subjects=data.subjects,
        keyring=keyring,
        clock=clock,
        granularity=log.granularity,
    )
    return Foundation(
        home=home,
        stores=stores,
        data=data,
        identity=identity,
        keyring=keyring,
        register=register,
        index=BlindIndex(identity, keyring, clock),
        log=log,
        access_log=access_log,
        openings=openings,
        orders=orders_of(home, data, keyring, log),
        gathering=CertificateFacts(
            register=register, openings=openings, log=access_log
        ),
        pseudonym=pseudonyms(keyring),
        clock=clock,
    )


def pseudonyms(keyring: Keyring) -> Callable[[str], str]:
    """Name principals for the public ledger: the same one always, and nobody known."""

    def pseudonym(name: str) -> str:
        key = keyring.secret(PRINCIPALS)
        return hmac.digest(key, name.encode(), "sha256")[:16].hex()

    return pseudonym


def ledger_of(
    home: Home,
    stores: Stores,
    keyring: Keyring,
    made: Installation,
    clock: Clock,
    pace: Pace,
) -> Log:
    """Give the installation's ledger, under its own name and keys."""
    keys = ledger_keys(keyring, made.origin, _said(stores))
    first, *others = keys.signers
    return Log(
        stores.vault,
        signer=first,
        also=others,
        cosigners=keys.cosigners,
        retired=keys.retired,
        mirror=Mirror(home.mirror),
        clock=clock,
        pace=pace,
    )


def _said(stores: Stores) -> list[Mapping[str, Any]]:
    """Give what the ledger says of keys; a damaged one is opened for `fsck` to see."""
    try:
        return [facts for _, facts in statements(stores.vault, "key.created")]
    except AllodError:
        return []


def keys_of(stores: Stores, keyring: Keyring, log: Log, clock: Clock) -> Keys:
    """Give what looks after the installation's own keys."""
    return Keys(
        database=stores.vault,
        identity=identity_store(stores.identity),
        keyring=keyring,
        log=log,
        clock=clock,
    )


def seals_of(
    stores: Stores, data: DataStore, keyring: Keyring, log: Log, clock: Clock
) -> RowSeals:
    """Give what vouches for the rows that grant, all of them together."""
    identity = identity_store(stores.identity)
    return RowSeals(
        stores.vault,
        row_macs=data.row_macs,
        identity=identity_row_macs(stores.identity, keyring.rows),
        units=data.units,
        subjects=data.subjects,
        orders=data.orders,
        register=Register(identity, keyring, clock),
        index=BlindIndex(identity, keyring, clock),
        log=log,
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
