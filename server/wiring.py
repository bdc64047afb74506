"""The composition root: from settings to a house whose parts know each other.

`open_house` opens an installation, with every check that has to hold before the first
request (`server.founding` makes one). Everything else in the program is handed what it
needs, and looks nothing up.
"""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

from consent import Authorizations, Grants, Notices, Purposes, eraser
from consent.notices import read_notices
from exports import Exports, OwnAccess
from kit.clock import Clock, SystemClock
from kit.db import Database
from kit.home import Home
from kit.secret import Secret
from kit.settings import Settings
from ledger.cosigning import Cosigning
from ledger.log import Log
from ledger.sequencer import Pace
from pdp.activations import Activation, active
from pdp.bundle import Bundle, installed
from pdp.decider import Pdp
from pdp.port import Engine
from pdp.proposals import Proposals
from pdp.provenance import require_approved
from server import tables as _every_table  # noqa: F401 - declares them
from server.cosigning import panel_of
from server.engines import engine_of, ready
from server.governing import Governing
from server.migrations import require_current, stores
from server.shipped import seed, shipped
from server.timestamping import authority_of
from server.tokens import Tokens
from vault import (
    AccessLog,
    Catalog,
    Customers,
    Erasure,
    EvidenceMaker,
    Gate,
    Imports,
    Intake,
    Policies,
    Receipts,
    Stores,
    Vault,
    open_vault,
)


@dataclass(frozen=True, slots=True)
class House:
    """Everything that a face or a command may use."""

    settings: Settings
    home: Home
    clock: Clock
    stores: Stores
    vault: Vault
    policies: Policies
    governing: Governing
    cosigning: Cosigning
    notices: Notices
    grants: Grants
    authorizations: Authorizations
    tokens: Tokens
    exports: Exports

    @property
    def bundle(self) -> Bundle:
        """The policies in force, as text."""
        return self.policies.current.bundle

    @property
    def pdp(self) -> Pdp:
        """What decides now."""
        return self.policies.current.pdp

    @property
    def purposes(self) -> Purposes:
        """What data may be used for now."""
        return self.policies.current.purposes

    @property
    def vault_db(self) -> Database:
        """The data store."""
        return self.stores.vault

    @property
    def identity_db(self) -> Database:
        """The identity store."""
        return self.stores.identity

    @property
    def audit_db(self) -> Database:
        """The access log's store."""
        return self.stores.audit

    @property
    def catalog(self) -> Catalog:
        """The collections of this vault."""
        return self.vault.catalog

    @property
    def gate(self) -> Gate:
        """The one door to cleartext."""
        return self.vault.gate

    @property
    def intake(self) -> Intake:
        """The way in."""
        return self.vault.intake

    @property
    def customers(self) -> Customers:
        """What the installation itself knows of a customer."""
        return self.vault.customers

    @property
    def imports(self) -> Imports:
        """The way in for files."""
        return self.vault.imports

    @property
    def receipts(self) -> Receipts:
        """Proofs of what a customer contributed."""
        return self.vault.receipts

    @property
    def evidence(self) -> EvidenceMaker:
        """The same proofs with an authority's time stamp."""
        return self.vault.evidence

    @property
    def access_log(self) -> AccessLog:
        """Who asked what."""
        return self.vault.access_log

    @property
    def erasure(self) -> Erasure:
        """Erasures and their certificates."""
        return self.vault.erasure

    @property
    def log(self) -> Log:
        """The ledger."""
        return self.vault.log

    def close(self) -> None:
        """Publish what is committed, write what is queued, and let go of everything."""
        self.vault.close()
        self.policies.close()
        self.stores.close()

    def __enter__(self) -> Self:
        """Open for the length of a block."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Close at its end."""
        self.close()


def open_house(
    settings: Settings,
    *,
    clock: Clock | None = None,
    engine: Engine | None = None,
    passphrase: Secret | None = None,
    settle: bool = True,
) -> House:
    """Open the installation in the home that the settings name.

    `settle` finishes what a crash or another process left undone; a process that only
    reads beside a server leaves that to the server.

    Raises:
        CannotStart: something is missing, damaged, of another installation or of an
            unknown version; the message says what to do, and nothing was changed.

    """
    home, clock = Home(settings.home), clock or SystemClock()
    home.require()
    for store in stores(home):
        require_current(store, shipped("migrations"))
    opened = open_stores(home)
    try:
        house = _open(settings, home, opened, clock, engine, passphrase)
    except BaseException:
        opened.close()
        raise
    if settle:
        _settle(house)
    return house


def _open(
    settings: Settings,
    home: Home,
    opened: Stores,
    clock: Clock,
    engine: Engine | None,
    passphrase: Secret | None,
) -> House:
    activation, panel = _active(opened.vault), panel_of(settings)
    bundle = installed(home.policies, activation.digest)
    policies = Policies(ready(bundle, engine or engine_of(bundle, settings)))
    tokens = Tokens(opened.vault, clock)
    try:
        vault = open_vault(
            home,
            opened,
            policies=policies,
            clock=clock,
            pace=pace_of(settings),
            suppression=settings.suppression,
            erasables=(eraser, tokens),
            passphrase=passphrase,
            authority=authority_of(settings),
        )
        require_approved(vault.log, activation)
    except BaseException:
        policies.close()
        raise
    proposals = Proposals(vault.log, pseudonym=vault.pseudonym, clock=clock)
    notices = Notices(policies.purposes, clock)
    grants = Grants(policies.purposes, notices, vault.stamp, clock)
    authorizations = Authorizations(policies.purposes, vault.stamp, clock)
    return House(
        settings=settings,
        home=home,
        clock=clock,
        stores=opened,
        vault=vault,
        policies=policies,
        governing=Governing.over(
            settings, home, opened.vault, vault, policies, proposals
        ),
        cosigning=Cosigning(vault.log, clock=clock, panel=panel),
        notices=notices,
        grants=grants,
        authorizations=authorizations,
        tokens=tokens,
        exports=_exports(opened.vault, vault, clock, grants, notices, authorizations),
    )


def _active(database: Database) -> Activation:
    with database.read() as session:
        return active(session)


def _exports(
    database: Database,
    vault: Vault,
    clock: Clock,
    grants: Grants,
    notices: Notices,
    authorizations: Authorizations,
) -> Exports:
    access = OwnAccess(
        database=database,
        gate=vault.gate,
        access_log=vault.access_log,
        receipts=vault.receipts,
        evidence=vault.evidence,
        grants=grants,
        notices=notices,
        authorizations=authorizations,
        acts=vault.reach.acts,
    )
    return Exports(
        database=database,
        access=access,
        catalog=vault.catalog,
        stamp=vault.stamp,
        log=vault.log,
        clock=clock,
    )


def _settle(house: House) -> None:
    try:
        house.vault.settle()
        texts = read_notices(seed("notices.yaml"))
        with house.vault_db.write() as session:
            # A purpose may have left the policies since the texts were written.
            for purpose in texts.keys() & house.purposes.names:
                house.notices.publish(session, purpose, texts[purpose])
    except BaseException:
        house.policies.close()
        house.stores.close()
        raise


def pace_of(settings: Settings) -> Pace:
    """Give the ledger's pace as it was set."""
    return Pace(
        settings.ledger_granularity, settings.ledger_backlog, settings.ledger_patience
    )


def open_stores(home: Home) -> Stores:
    """Open the three databases of a home, whatever state they are in."""
    return Stores(
        vault=Database(home.vault_db),
        identity=Database(home.identity_db),
        audit=Database(home.audit_db),
    )
