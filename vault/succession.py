"""Succession: the ledger goes on under another name and key, after its key was stolen.

Whoever has a log's key can sign another history under its name, so the name is given
up with the key. The tree goes on: the first entry that the new log adds commits to the
last good checkpoint of the old one (`log.succeeded`), and all entries before it are the
new log's beginning. So each receipt that was given out can be had again under the new
name; and whether a checkpoint of the old log is genuine, the new one proves, for only a
genuine one is a beginning of its tree.

The key is changed first, the name in one commit with the entry. Cut off between the
two, the old log has another key, which nobody was told of: begin again.
"""

import base64
from typing import Final

from kit.clock import Clock, unix
from kit.errors import Conflict
from kit.home import Home
from kit.secret import Secret
from ledger.formats import entry_kinds
from ledger.formats.checkpoint import SignedCheckpoint
from ledger.formats.entry_kinds import EntryType
from ledger.formats.order_kinds import neither
from ledger.log import Log
from ledger.ports import Pace
from vault._internal.data_store import identity_store
from vault._internal.installation import installation, rename
from vault._internal.kek import open_kek
from vault._internal.keyring import Keyring
from vault.foundations import Stores, keys_of, ledger_of
from vault.keys.ledger_keys import ML_DSA, SIGNING, require_cosignable

SUCCEEDED: Final = "log.succeeded"

entry_kinds.declare(SUCCEEDED, EntryType.OPERATOR)
neither(SUCCEEDED)


def succeed(
    home: Home,
    stores: Stores,
    *,
    origin: str,
    clock: Clock,
    pace: Pace,
    passphrase: Secret | None = None,
) -> Log:
    """Let the ledger go on under another name, with a new key; publishes it.

    Raises:
        NoteError: the name cannot be a log's.
        Conflict: a log of this installation has it, a rotation is going on, or
            database and mirror do not agree on the last good checkpoint.

    """
    keyring = Keyring.open(identity_store(stores.identity), open_kek(home, passphrase))
    made = installation(stores.vault, stores.audit, keyring.vault_id)
    log = ledger_of(home, stores, keyring, made, clock, pace)
    _require_new(log, origin)
    last, now = _last_good(log), unix(clock.now())
    _renew(keyring, now)
    with stores.vault.write() as session:
        rename(session, origin)
        log.stamp_operator(session, SUCCEEDED, _facts(last))
    made = installation(stores.vault, stores.audit, keyring.vault_id)
    log = ledger_of(home, stores, keyring, made, clock, pace)
    keys_of(stores, keyring, log, clock).reconcile()
    return log


def _renew(keyring: Keyring, now: int) -> None:
    secrets = keyring.secrets
    if any(each.retired is None for each in secrets.made(ML_DSA)):
        secrets.begin(ML_DSA, now=now)
        secrets.retire(ML_DSA, now=now)
    secrets.rotate(SIGNING, now=now)
    secrets.retire(SIGNING, now=now)


def _require_new(log: Log, origin: str) -> None:
    require_cosignable(origin)
    if origin in {each.name for each in log.verifiers}:
        raise Conflict(
            "a log of this installation has this name", fix="choose a new one"
        )


def _last_good(log: Log) -> SignedCheckpoint:
    recorded, mirrored = log.latest(), log.publication.mirrored()
    if recorded is None or mirrored is None:
        raise Conflict("nothing was published yet that could be succeeded")
    if recorded.checkpoint != mirrored.checkpoint:
        raise Conflict(
            "database and mirror do not agree on the last checkpoint",
            fix="run `allod ledger fsck`, and mend what it finds first",
        )
    return recorded


def _facts(last: SignedCheckpoint) -> dict[str, object]:
    return {
        "origin": last.checkpoint.origin,
        "size": last.checkpoint.size,
        "root": base64.b64encode(last.checkpoint.root).decode(),
        "note": last.note,
    }
