"""The keys that sign for a ledger: Ed25519 always, ML-DSA-44 beside it if one was made.

Which ones there are stands in the identity store, as generations of a named secret;
under which name each once signed, in what the ledger was told when it was made.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from ledger.formats.signing import KEY_BYTES, ML_DSA_44, Cosigner, Signer, Verifier
from vault._internal.keyring import Keyring
from vault._internal.secrets import Generation

LEDGER: Final = "ledger"
ML_DSA: Final = "ml-dsa"
SIGNING: Final = "signing"
STORED_AS: Final = {LEDGER: SIGNING, ML_DSA: ML_DSA}


class LedgerKeys(NamedTuple):
    """The keys that sign for a ledger, oldest first, and those that once did."""

    signers: tuple[Signer, ...]
    cosigners: tuple[Cosigner, ...]
    retired: tuple[Verifier, ...]


def ledger_keys(
    keyring: Keyring, origin: str, said: Iterable[Mapping[str, Any]]
) -> LedgerKeys:
    """Give the keys of a ledger.

    What the ledger `said` of keys that were made tells the name that each signed under.
    """
    names = dict(_named(said))
    found = [
        (each.retired, maker(name, origin, each))
        for name, stored in STORED_AS.items()
        for each in generations(keyring, stored)
    ]
    live = [key for retired, key in found if retired is None]
    over = [key.verifier for retired, key in found if retired is not None]
    return LedgerKeys(
        signers=tuple(each for each in live if isinstance(each, Signer)),
        cosigners=tuple(each for each in live if isinstance(each, Cosigner)),
        retired=tuple(names.get(each.public, each) for each in over),
    )


def require_cosignable(origin: str) -> None:
    """Refuse the name of a ledger that no ml-dsa key could sign under.

    Raises:
        NoteError: it is malformed, or too long.

    """
    Verifier(origin, bytes(KEY_BYTES[ML_DSA_44]), ML_DSA_44)


def maker(name: str, origin: str, found: Generation) -> Signer | Cosigner:
    """Make what signs, under the name of a ledger, with a key of either kind."""
    if name == ML_DSA:
        return Cosigner(origin, found.secret, ML_DSA_44)
    return Signer(origin, found.secret)


def generations(keyring: Keyring, stored: str) -> list[Generation]:
    """List the generations of what signs, by the name it is stored under; oldest first.

    An ml-dsa key is made when it is asked for, never by being looked for.
    """
    find = keyring.secrets.made if stored == ML_DSA else keyring.secrets.generations
    return find(stored)


def _named(said: Iterable[Mapping[str, Any]]) -> Iterator[tuple[bytes, Verifier]]:
    for facts in said:
        if facts.get("purpose") in STORED_AS:
            verifier = Verifier.parse(facts["vkey"])
            yield verifier.public, verifier
