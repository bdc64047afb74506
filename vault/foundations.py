"""The parts of a vault that need no policies: ledger, keys, what vouches for rows.

They are there before a bundle is loaded, and for what is done while none decides: init,
succession, the look at a ledger that is unfit to open.
"""

import hmac
from collections.abc import Callable, Mapping
from typing import Any, Final

from kit.clock import Clock
from kit.errors import AllodError
from kit.home import Home
from ledger.files.mirror import Mirror
from ledger.log import Log
from ledger.log_reader import statements
from ledger.ports import Pace
from vault._internal.blind_index import BlindIndex
from vault._internal.customer_registry import Register
from vault._internal.data_store import DataStore, identity_row_macs, identity_store
from vault._internal.installation import Installation
from vault._internal.keyring import Keyring
from vault.keys.keys import Keys
from vault.keys.ledger_keys import ledger_keys
from vault.keys.row_seals import RowSeals
from vault.vault import Stores

PRINCIPALS: Final = "principals"


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
