"""Making a vault once, and opening it: `create_vault`, `open_vault`, `open_ledger`.

What is taken and given here are databases and keys, so it is for the server alone.
"""

from collections.abc import Sequence
from datetime import timedelta

from kit.clock import Clock, unix
from kit.home import Home
from kit.secret import Secret
from ledger.log import Log
from ledger.outside.trusted_time import Authority
from ledger.ports import Pace
from pdp.change.active import activate
from pdp.change.proposals import put_in_force
from vault._internal.data_store import data_store, identity_store
from vault._internal.installation import (
    Installation,
    found,
    installation,
)
from vault._internal.kek import make_kek, open_kek, protect_kek
from vault._internal.keyring import Keyring
from vault._internal.row_macs import RowMacs
from vault._internal.secrets import ROWS
from vault.acceptance.acceptance import stamp_accepted
from vault.catalog.catalog import Catalog
from vault.container import Parts
from vault.erasure.purging import Erasable
from vault.foundations import (
    Stores,
    foundation_of,
    keys_of,
    ledger_of,
    orders_of,
    seals_of,
)
from vault.gate.policies import Policies
from vault.keys.keys import Keys
from vault.vault import Vault

__all__ = [
    "Keys",
    "RowMacs",
    "Stores",
    "Vault",
    "change_passphrase",
    "create_vault",
    "open_ledger",
    "open_vault",
]


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
    installation's id. `policy` is the digest of an installed bundle. The catalogue
    that lies in the home is accepted.

    Raises:
        CannotStart: there is an installation here already.

    """
    at = unix(clock.now())
    kek = make_kek(home, passphrase)
    keyring = Keyring.found(identity_store(stores.identity), kek, now=at)
    made = Installation(
        keyring.vault_id, origin or f"allod.invalid/{keyring.vault_id.hex()}"
    )
    with stores.vault.write() as session, stores.audit.write() as audit:
        found(session, audit, made=made, at=at)
    log = ledger_of(home, stores, keyring, made, clock, Pace())
    data = data_store(stores.vault, keyring.rows)
    seals = seals_of(stores, data, keyring, log, clock)
    seals.begin()
    with stores.vault.write() as session:
        keys_of(stores, keyring, log, clock).stamp(session)
        entry = log.stamp_operator(session, "policy.activated", {"digest": policy})
        activate(session, digest=policy, at=at, entry=entry)
        stamp_accepted(
            session,
            log=log,
            catalogues=data.catalogues,
            catalog=Catalog.load(home.catalogue),
            at=at,
        )
        seals.declare(session)
        orders = orders_of(home, data, keyring, log)
        put_in_force(session, orders, digest=policy, at=at, entry=entry)
    log.publish()


def change_passphrase(home: Home, passphrase: Secret | None, new: Secret) -> None:
    """Seal the root key under another passphrase; everything else stays as it is.

    Raises:
        CannotStart: the key file does not open with the old one, or the new is empty.

    """
    protect_kek(home, passphrase, new)


def open_vault(
    home: Home,
    stores: Stores,
    *,
    policies: Policies,
    clock: Clock,
    pace: Pace,
    suppression: timedelta,
    erasables: Sequence[Erasable],
    passphrase: Secret | None = None,
    authority: Authority | None = None,
    older: bool = False,
    unaccepted: bool = False,
) -> Vault:
    """Open an installation whose stores belong together; `Vault.recover` comes next.

    `older` opens one that an older program wrote, too, for nothing but its upgrade;
    `unaccepted` one whose catalogue was not accepted, for nothing but that.

    Raises:
        CannotStart: a store, key file or catalogue is not fit to open; the message
            says what to do.

    """
    kek = open_kek(home, passphrase)
    keyring = Keyring.open(identity_store(stores.identity), kek, older=older)
    if not older:
        keyring.secret(ROWS)
    made = installation(stores.vault, stores.audit, keyring.vault_id)
    vault = Parts(
        foundation_of(home, stores, keyring, made, clock, pace),
        policies,
        erasables=erasables,
        suppression=suppression,
        authority=authority,
    ).vault()
    if not (older or unaccepted):
        vault.acceptance.require()
    return vault


def open_ledger(
    home: Home,
    stores: Stores,
    *,
    clock: Clock,
    pace: Pace,
    passphrase: Secret | None = None,
) -> Log:
    """Open the ledger alone, as it lies: nothing is repaired, nothing is published.

    For looking at a home that `open_vault` finds unfit, or that is to be upgraded.

    Raises:
        CannotStart: the keys, or the stores' belonging together, are what is unfit.

    """
    kek = open_kek(home, passphrase)
    keyring = Keyring.open(identity_store(stores.identity), kek, older=True)
    made = installation(stores.vault, stores.audit, keyring.vault_id)
    return ledger_of(home, stores, keyring, made, clock, pace)
