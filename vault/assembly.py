"""Putting a vault together: made once by `create_vault`, opened by `open_vault`.

The parts know each other only by what is handed to them here. Nothing outside this
package can take one apart: what leaves is `Vault`, and it holds no key, no store.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from consent.purposes import Purposes
from kit.clock import Clock, unix
from kit.db import Database
from kit.home import Home
from kit.secret import Secret
from ledger.log import Log
from ledger.mirror import Mirror
from ledger.note import Signer
from ledger.stamp import Stamp
from pdp.decider import Pdp
from vault._internal.blind_index import BlindIndex
from vault._internal.classes import Classes
from vault._internal.identity import IdentityStore
from vault._internal.installation import (
    Installation,
    activate,
    found,
    installation,
)
from vault._internal.kek import FileKek
from vault._internal.keyring import Keyring
from vault._internal.orders import SqliteOrders
from vault._internal.register import Register
from vault._internal.store import SqliteRecords
from vault._internal.strongroom import Strongroom
from vault._internal.subjects import SqliteSubjects
from vault.access_log import AccessLog
from vault.catalog import Catalog
from vault.customers import Customers
from vault.disclosing import Discloser
from vault.erasure import Erasable, Erasure
from vault.gate import Gate
from vault.gathering import Gathering
from vault.heartbeat import Heartbeat
from vault.imports import Imports
from vault.intake import Intake
from vault.openings import Openings
from vault.question import Question
from vault.receipts import Receipts
from vault.rowcheck import RowCheck
from vault.verdicts import VerdictCache, Verdicts

SIGNING = "signing"
IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Stores:
    """The three databases of one installation."""

    vault: Database
    identity: Database
    audit: Database

    def close(self) -> None:
        """Close all three."""
        for database in (self.vault, self.identity, self.audit):
            database.close()


@dataclass(frozen=True, slots=True)
class Vault:
    """One open vault: the doors, and nothing of what is behind them."""

    origin: str
    catalog: Catalog
    gate: Gate
    intake: Intake
    receipts: Receipts
    access_log: AccessLog
    erasure: Erasure
    log: Log
    signer: Signer
    stamp: Stamp
    imports: Imports
    customers: Customers
    heartbeat: Heartbeat
    rowcheck: RowCheck

    def close(self) -> None:
        """Write what is queued in the access log, sign what is committed, and stop."""
        self.access_log.close()
        self.heartbeat.try_beat()


def create_vault(
    home: Home,
    stores: Stores,
    *,
    origin: str | None,
    policy: str,
    clock: Clock,
    passphrase: Secret | None = None,
) -> None:
    """Make a new installation: root key, first epoch, ledger, active policy.

    `origin` names the ledger (a URL without scheme); without one it is made of the
    installation's id. `policy` is the digest of an installed bundle.

    Raises:
        CannotStart: there is an installation here already.

    """
    at = unix(clock.now())
    kek = FileKek.create(home.root_key, passphrase)
    keyring = Keyring.found(IdentityStore(stores.identity), kek, now=at)
    made = Installation(
        keyring.vault_id, origin or f"allod.invalid/{keyring.vault_id.hex()}"
    )
    with stores.vault.write() as session, stores.audit.write() as audit:
        found(session, audit, made=made, at=at)
    signer = _signer(keyring, made)
    log = _log(home, stores, signer, clock, timedelta(minutes=1))
    with stores.vault.write() as session:
        facts = {"purpose": "ledger", "vkey": signer.verifier.vkey}
        log.stamp_operator(session, "key.created", facts)
        entry = log.stamp_operator(session, "policy.activated", {"digest": policy})
        activate(session, digest=policy, at=at, entry=entry)
    log.publish()


def open_vault(
    home: Home,
    stores: Stores,
    *,
    pdp: Pdp,
    purposes: Purposes,
    clock: Clock,
    granularity: timedelta,
    suppression: timedelta,
    erasables: Sequence[Erasable],
    passphrase: Secret | None = None,
) -> Vault:
    """Open an installation, check that its stores belong together, finish erasures.

    Raises:
        CannotStart: a store, key file or catalogue is not fit to open; the message
            says what to do.

    """
    kek = FileKek.open(home.root_key, passphrase)
    keyring = Keyring.open(IdentityStore(stores.identity), kek)
    made = installation(stores.vault, stores.audit, keyring.vault_id)
    parts = _Parts(home, stores, keyring, made, clock, granularity)
    vault = parts.vault(pdp, purposes, erasables, suppression)
    vault.log.repair()
    vault.erasure.resume()
    return vault


def open_ledger(
    home: Home,
    stores: Stores,
    *,
    clock: Clock,
    granularity: timedelta,
    passphrase: Secret | None = None,
) -> Log:
    """Open the ledger alone, as it lies: nothing is repaired, nothing is published.

    For looking at a home that `open_vault` finds unfit.

    Raises:
        CannotStart: the keys, or the stores' belonging together, are what is unfit.

    """
    kek = FileKek.open(home.root_key, passphrase)
    keyring = Keyring.open(IdentityStore(stores.identity), kek)
    made = installation(stores.vault, stores.audit, keyring.vault_id)
    return _log(home, stores, _signer(keyring, made), clock, granularity)


class _Parts:
    """The parts of one vault, made in the order in which they need each other."""

    def __init__(
        self,
        home: Home,
        stores: Stores,
        keyring: Keyring,
        made: Installation,
        clock: Clock,
        granularity: timedelta,
    ) -> None:
        self.home, self.stores, self.keyring, self.clock = home, stores, keyring, clock
        self.signer = _signer(keyring, made)
        self.log = _log(home, stores, self.signer, clock, granularity)
        self.records = SqliteRecords(stores.vault)
        self.subjects = SqliteSubjects(stores.vault)
        self.classes = Classes(stores.vault)
        self.register = Register(IdentityStore(stores.identity), keyring, clock)
        self.index = BlindIndex(IdentityStore(stores.identity), keyring, clock)
        self.access_log = AccessLog(stores.audit, clock)
        self.openings = Openings(
            log=self.log,
            subjects=self.subjects,
            keyring=keyring,
            clock=clock,
            granularity=self.log.granularity,
        )

    def vault(
        self,
        pdp: Pdp,
        purposes: Purposes,
        erasables: Sequence[Erasable],
        suppression: timedelta,
    ) -> Vault:
        catalog = Catalog.load(self.home.catalogue, purposes.names)
        intake = self._intake(catalog)
        erasure = self._erasure(erasables, suppression)
        return Vault(
            origin=self.log.origin,
            catalog=catalog,
            gate=self._gate(pdp, purposes, catalog),
            intake=intake,
            receipts=Receipts(openings=self.openings, log=self.log),
            access_log=self.access_log,
            erasure=erasure,
            log=self.log,
            signer=self.signer,
            stamp=self.openings.stamp,
            heartbeat=Heartbeat(
                database=self.stores.vault,
                access_log=self.access_log,
                log=self.log,
                erasure=erasure,
            ),
            rowcheck=RowCheck(
                database=self.stores.vault,
                subjects=self.subjects,
                openings=self.openings,
                access_log=self.access_log,
            ),
            customers=Customers(
                database=self.stores.vault,
                subjects=self.subjects,
                register=self.register,
            ),
            imports=Imports(
                database=self.stores.vault,
                subjects=self.subjects,
                intake=intake,
                catalog=catalog,
                key=Secret(self.keyring.secret(IMPORT)),
            ),
        )

    def _gate(self, pdp: Pdp, purposes: Purposes, catalog: Catalog) -> Gate:
        def verdicts(question: Question) -> Verdicts:
            return Verdicts(
                question,
                pdp=pdp,
                classes=self.classes,
                catalog=catalog,
                token_key=lambda: self.keyring.secret(f"token/{question.purpose}"),
            )

        return Gate(
            records=self.records,
            discloser=Discloser(
                strongroom=Strongroom(self.records, self.keyring),
                register=self.register,
                log=self.access_log,
            ),
            register=self.register,
            index=self.index,
            catalog=catalog,
            classes=self.classes,
            purposes=purposes,
            verdicts=VerdictCache(verdicts, lambda: pdp.revision),
            log=self.access_log,
            clock=self.clock,
        )

    def _intake(self, catalog: Catalog) -> Intake:
        return Intake(
            database=self.stores.vault,
            records=self.records,
            subjects=self.subjects,
            register=self.register,
            index=self.index,
            keyring=self.keyring,
            catalog=catalog,
            openings=self.openings,
            clock=self.clock,
        )

    def _erasure(
        self, erasables: Sequence[Erasable], suppression: timedelta
    ) -> Erasure:
        return Erasure(
            database=self.stores.vault,
            orders=SqliteOrders(self.stores.vault),
            subjects=self.subjects,
            register=self.register,
            gathering=Gathering(
                register=self.register,
                openings=self.openings,
                log=self.access_log,
            ),
            log=self.log,
            signer=self.signer,
            erasables=erasables,
            clock=self.clock,
            suppression=suppression,
        )


def _signer(keyring: Keyring, made: Installation) -> Signer:
    return Signer(made.origin, Secret(keyring.secret(SIGNING)))


def _log(
    home: Home, stores: Stores, signer: Signer, clock: Clock, granularity: timedelta
) -> Log:
    return Log(
        stores.vault,
        signer=signer,
        mirror=Mirror(home.mirror),
        clock=clock,
        granularity=granularity,
    )
