"""The composition root: from settings to a house whose parts know each other.

`open_house` opens an installation, with every check that has to hold before the first
request (`server.house.init` makes one). Everything else in the program is handed what
it needs, and looks nothing up.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from consent import Authorizations, Controller, Grants, Notices, eraser
from consent.notices import read_notices
from exports.consent_receipts import ConsentReceipts
from exports.export import Exports
from exports.subject_data import OwnAccess
from kit.clock import Clock, SystemClock
from kit.db import Database
from kit.home import Home
from kit.secret import Secret
from kit.settings import Settings
from ledger.outside.cosigning import Cosigning, WitnessSet
from ledger.ports import Pace
from pdp.bundle.bundle import installed
from pdp.change.active import active
from pdp.change.history import Activation
from pdp.change.proposals import Proposals
from pdp.change.provenance import require_approved
from pdp.decision.port import Engine
from server.auth.sqlite.tokens import SqliteTokens, TokenEraser
from server.auth.token_entries import TokenEntries
from server.auth.tokens import Tokens
from server.house import tables as _every_table  # noqa: F401 - declares them
from server.house.controller import controller_of, receipts_of
from server.house.engines import engine_of, ready
from server.house.house import House
from server.house.migrations import require_current, stores
from server.house.policy_services import Governing
from server.house.purposes import grounds_of
from server.house.resources import seed, shipped
from server.house.restoring import follow_restored, replayers
from server.house.store_schema import require_as_built
from server.http.turns import Turns
from server.outside.cosigning import panel_of
from server.outside.timestamping import authority_of
from vault.gate.policies import Policies
from vault.open import Stores, Vault, open_vault


def open_house(
    settings: Settings,
    *,
    clock: Clock | None = None,
    engine: Engine | None = None,
    passphrase: Secret | None = None,
    recover: bool = True,
    older: bool = False,
    unaccepted: bool = False,
    restoring: bool = False,
) -> House:
    """Open the installation in the home that the settings name.

    `recover` finishes what a crash or another process left undone; a process that only
    reads beside a server leaves that to the server. `older` opens a home that an older
    program wrote, too, for nothing but its upgrade; `unaccepted` one whose catalogue
    was not accepted, for nothing but looking at it and accepting it; `restoring` one
    whose policies and catalogue the ledger may not bear out yet, for nothing but going
    on after a restore.

    Raises:
        CannotStart: something is missing, damaged, of another installation or of an
            unknown version; the message says what to do, and nothing was changed.

    """
    home, clock = Home(settings.home), clock or SystemClock()
    home.require()
    for store in stores(home):
        require_current(store, shipped("migrations"))
        require_as_built(store, shipped("migrations"))
    home.close_to_others()
    opened = open_stores(home)
    try:
        house = _open(
            *(settings, home, opened, clock, engine, passphrase),
            older=older,
            unaccepted=unaccepted or restoring,
            proven=not recover and not restoring,
        )
    except BaseException:
        opened.close()
        raise
    if recover:
        _recover(house)
    elif older or restoring:
        # They write too, maybe into a copy that was put back.
        house.vault.feed.begin()
    return house


def _open(
    settings: Settings,
    home: Home,
    opened: Stores,
    clock: Clock,
    engine: Engine | None,
    passphrase: Secret | None,
    *,
    older: bool,
    unaccepted: bool,
    proven: bool,
) -> House:
    activation, panel = _active(opened.vault), panel_of(settings)
    controller = controller_of(settings)
    bundle = installed(home.policies, activation.digest)
    policies = Policies(ready(bundle, engine or engine_of(bundle, settings)))
    try:
        vault = open_vault(
            home,
            opened,
            policies=policies,
            clock=clock,
            pace=pace_of(settings),
            suppression=settings.suppression,
            erasables=(eraser, TokenEraser()),
            passphrase=passphrase,
            authority=authority_of(settings),
            older=older,
            unaccepted=unaccepted,
        )
        if proven:
            require_approved(vault.log, activation)
    except BaseException:
        policies.close()
        raise
    return _house(
        *(settings, home, opened, clock, vault, policies),
        panel=panel,
        controller=controller,
    )


def _house(
    settings: Settings,
    home: Home,
    opened: Stores,
    clock: Clock,
    vault: Vault,
    policies: Policies,
    *,
    panel: WitnessSet | None,
    controller: Controller | None,
) -> House:
    orders = vault.orders
    proposals = Proposals(
        vault.log, orders=orders, pseudonym=vault.pseudonym, clock=clock
    )
    notices = Notices(policies.purposes, clock)
    grants = Grants(
        policies.purposes,
        notices,
        vault.stamp,
        orders,
        clock,
        grounds_of(vault, policies),
    )
    authorizations = Authorizations(
        policies.purposes,
        vault.stamp,
        orders,
        vault.righting.removals.is_there,
        clock,
    )
    receipts = receipts_of(controller, vault, policies, clock)
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
        tokens=_tokens(opened.vault, vault, clock),
        exports=_exports(
            *(opened.vault, vault, clock, grants, notices, authorizations),
            policies,
            receipts,
        ),
        consent_receipts=receipts,
        turns=Turns.of(settings),
    )


@contextmanager
def as_it_lies(settings: Settings, passphrase: Secret | None) -> Iterator[House]:
    """Open a home that was restored, for the length of a block, and repair nothing.

    At its end nothing is signed or appended, either: until the ledger has what only the
    mirror still has, that would begin another history.
    """
    house = open_house(settings, passphrase=passphrase, recover=False, restoring=True)
    try:
        yield house
    finally:
        house.vault.access_log.close()
        house.policies.close()
        house.stores.close()


def _active(database: Database) -> Activation:
    with database.read() as session:
        return active(session)


def _tokens(database: Database, vault: Vault, clock: Clock) -> Tokens:
    store = SqliteTokens(database, vault.rows)
    entries = TokenEntries(
        store, rows=vault.rows, log=vault.log, pseudonym=vault.pseudonym
    )
    tokens = Tokens(database, clock, store=store, entries=entries, orders=vault.orders)
    vault.row_seals.join(tokens)
    return tokens


def _exports(
    database: Database,
    vault: Vault,
    clock: Clock,
    grants: Grants,
    notices: Notices,
    authorizations: Authorizations,
    policies: Policies,
    consent_receipts: ConsentReceipts,
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
        customers=vault.customers,
        acts=vault.reach.acts,
        consent_receipts=consent_receipts,
    )
    return Exports(
        database=database,
        access=access,
        catalog=vault.catalog,
        stamp=vault.stamp,
        log=vault.log,
        clock=clock,
        languages=lambda: policies.current.languages,
    )


def _recover(house: House) -> None:
    try:
        house.vault.recover(replayers(house))
        follow_restored(house)
        texts = read_notices(seed("notices.yaml"))
        if house.home.notices.exists():
            texts |= read_notices(house.home.notices)
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
