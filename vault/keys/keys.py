"""The installation's own keys: what there is, and how those that may be are rotated.

    root     wraps the epochs' keys              `rotate` does it all
    ledger   signs checkpoints and documents     `rotate`, tell verifiers, `retire`
    ml-dsa   cosigns checkpoints, if it is made  as above; the first `rotate` makes it
    bundle   signs policy bundles for OPA        `rotate`, tell OPA, `retire`

Between `rotate` and `retire` two keys of a name are in use. A checkpoint bears both
signatures, a bundle is to be had under either; what bears one signature bears the
older key's, which everybody knows already. There need be no ml-dsa key: the only one
may be retired, and then checkpoints bear the ledger's signature alone again.

The identity store is changed first, then the ledger says so (`key.created`,
`key.retired`, `key.destroyed`, public facts alone). A crash between the two leaves the
ledger behind; `reconcile` compares the two at each start and each beat, and stamps what
is missing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from kit.clock import Clock, unix
from kit.db import Database, WriteSession
from kit.errors import NotFound
from ledger.formats import entry_kinds
from ledger.formats.entry_kinds import EntryType
from ledger.formats.order_kinds import neither
from ledger.log import Log
from pdp.bundle.bundle_archive import BundleSigner
from vault._internal.keyring import Keyring
from vault._internal.ports.identity import EpochRow, IdentityStore, SecretRow
from vault._internal.secrets import Generation
from vault.keys.ledger_keys import (
    LEDGER,
    ML_DSA,
    STORED_AS,
    generations,
    ledger_keys,
    maker,
    require_cosignable,
)

ROOT: Final = "root"
BUNDLE: Final = "bundle"

_CREATED: Final = "key.created"
_RETIRED: Final = "key.retired"
_DESTROYED: Final = "key.destroyed"
_SECRET_OF: Final = {**STORED_AS, BUNDLE: "bundle"}
_NAME_OF: Final = {secret: name for name, secret in _SECRET_OF.items()}
_ALGORITHMS: Final = {LEDGER: "Ed25519", ML_DSA: "ML-DSA-44", BUNDLE: "ES256"}
_PURPOSES: Final = {
    LEDGER: "signs checkpoints, certificates, manifests, consent receipts",
    ML_DSA: "cosigns checkpoints beside the ledger's key",
    BUNDLE: "signs policy bundles for OPA",
    "import": "ids of imported lines",
    "index": "finds an identifier",
    "orders": "authenticates the orders in the mirror",
    "principals": "pseudonyms of principals in the ledger",
    "rows": "authenticates rows that grant",
    "suppressed": "knows an identifier that was erased",
    "token": "the token mask of a purpose",
}

entry_kinds.declare(_RETIRED, EntryType.OPERATOR)
entry_kinds.declare(_DESTROYED, EntryType.OPERATOR)
neither(_CREATED, _RETIRED, _DESTROYED)


class KeyState(StrEnum):
    """What a key is used for now."""

    ACTIVE = "active"
    NEXT = "next"  # used beside the active one, and takes over from it
    RETIRED = "retired"  # opens or verifies what it made, and makes nothing new


@dataclass(frozen=True, slots=True)
class Key:
    """What may be told of a key: everything but the key."""

    name: str
    number: int
    purpose: str
    algorithm: str
    state: KeyState
    created: int | None  # unix seconds; of a root version only the ledger may know
    retired: int | None = None
    key_id: str = ""
    public: str = ""  # a vkey or a PEM


class Keys:
    """The keys of one installation, and their rotation."""

    def __init__(
        self,
        *,
        database: Database,
        identity: IdentityStore,
        keyring: Keyring,
        log: Log,
        clock: Clock,
    ) -> None:
        self._database = database
        self._identity = identity
        self._keyring = keyring
        self._log = log
        self._clock = clock

    def all(self) -> list[Key]:
        """List every key but the customers' own: those that sign in full, first."""
        reads = self._identity.reads
        epochs = reads.epochs()
        named = [row for row in reads.all_secrets() if row.name not in _NAME_OF]
        return [
            *self.public(LEDGER),
            *self.public(ML_DSA),
            *self.public(BUNDLE),
            *self._roots(),
            *(_epoch(row, newest=row is epochs[-1]) for row in epochs),
            *(_symmetric(row) for row in named),
        ]

    def public(self, name: str) -> list[Key]:
        """List the keys of a name that sign, oldest first; there may be no ml-dsa.

        Raises:
            NotFound: no keys of this name have a public half.

        """
        if name not in _SECRET_OF:
            raise NotFound("no key of this name has a public half")
        found = generations(self._keyring, _SECRET_OF[name])
        active = next((each for each in found if each.retired is None), None)
        return [self._signing(name, each, active) for each in found]

    def bundle_signer(self, key_id: str = "") -> BundleSigner:
        """Give a key in use that bundles are signed with; the older one if not said.

        Raises:
            NotFound: none in use has this id.

        """
        for each in generations(self._keyring, _SECRET_OF[BUNDLE]):
            signer = BundleSigner(each.secret)
            if each.retired is None and key_id in {"", signer.key_id}:
                return signer
        raise NotFound("no bundle key in use has this id")

    def rotate(self, name: str) -> None:
        """Begin a rotation; that of the root key is over with this.

        Raises:
            Conflict: one of this name is going on.
            NoteError: the ledger's name is too long for an ml-dsa key.
            NotFound: keys of this name are not rotated.

        """
        now = unix(self._clock.now())
        if name == ROOT:
            self._keyring.rotate_root(now=now)
        elif name == ML_DSA:
            require_cosignable(self._log.origin)
            self._keyring.secrets.begin(_secret_of(name), now=now)
        else:
            self._keyring.secrets.rotate(_secret_of(name), now=now)
        self.reconcile()

    def retire(self, name: str) -> None:
        """End a rotation: from now on only the newer key is used.

        Raises:
            Conflict: none of this name is going on.
            NotFound: keys of this name are not rotated so.

        """
        now, least = unix(self._clock.now()), int(name != ML_DSA)
        self._keyring.secrets.retire(_secret_of(name), now=now, least=least)
        self.reconcile()

    def destroy_root(self, version: int) -> None:
        """End a retired root version: what old copies hold under it is lost with it.

        Raises:
            Conflict: it wraps still, or is the newest.
            NotFound: there is no such version.

        """
        if version not in self._keyring.root_versions():
            raise NotFound("the key file holds no root version of this number")
        self._keyring.destroy_root(version)
        self.reconcile()

    def reconcile(self) -> None:
        """Sign with the keys in use, and have the ledger say what it does not yet."""
        said = (facts for _, facts in self._log.operators(_CREATED))
        self._log.rekey(*ledger_keys(self._keyring, self._log.origin, said))
        if self._unsaid():
            with self._database.write() as session:
                self.stamp(session)
            self._log.publish()

    def stamp(self, session: WriteSession) -> None:
        """Have the ledger say, inside a unit of work, what it does not yet."""
        # Another process may have been first: what counts is read under the lock.
        for kind, facts in self._unsaid():
            self._log.stamp_operator(session, kind, facts)

    def _unsaid(self) -> list[tuple[str, Mapping[str, Any]]]:
        said = {
            kind: [facts for _, facts in self._log.operators(kind)]
            for kind in (_CREATED, _RETIRED, _DESTROYED)
        }
        return [each for each in self._events() if each[1] not in said[each[0]]]

    def _events(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for key in (each for name in _SECRET_OF for each in self.public(name)):
            member = "pem" if key.name == BUNDLE else "vkey"
            facts = {"purpose": key.name, member: key.public}
            yield _CREATED, facts
            if key.state is KeyState.RETIRED:
                yield _RETIRED, facts
        for key in self._roots():
            version = {"purpose": ROOT, "version": key.number}
            # The first version is as old as the ledger, which begins without it.
            if key.number > 1:
                yield _CREATED, version
            if key.state is KeyState.RETIRED:
                yield _RETIRED, version
        for number in self._destroyed():
            yield _DESTROYED, {"purpose": ROOT, "version": number}

    def _destroyed(self) -> Iterator[int]:
        """Give the root versions that were used once and are in the file no more."""
        versions = self._keyring.root_versions()
        yield from (n for n in range(1, versions[-1]) if n not in versions)

    def _roots(self) -> Iterator[Key]:
        reads, versions = self._identity.reads, self._keyring.root_versions()
        for version in versions:
            over = version != versions[-1] and not reads.names_root(version)
            # A rotation that was cut off has a newest version that wraps nothing yet.
            unused = version != 1 and not reads.names_root(version) and not over
            state = KeyState.NEXT if unused else KeyState.ACTIVE
            yield Key(
                name=ROOT,
                number=version,
                purpose="wraps the keys of epochs",
                algorithm="AES-256-GCM",
                state=KeyState.RETIRED if over else state,
                created=None,
            )

    def _signing(self, name: str, found: Generation, active: Generation | None) -> Key:
        key_id, public = self._halves(name, found)
        state = KeyState.ACTIVE if found is active else KeyState.NEXT
        return Key(
            name=name,
            number=found.number,
            purpose=_PURPOSES[name],
            algorithm=_ALGORITHMS[name],
            state=state if found.retired is None else KeyState.RETIRED,
            created=found.at,
            retired=found.retired,
            key_id=key_id,
            public=public,
        )

    def _halves(self, name: str, found: Generation) -> tuple[str, str]:
        if name == BUNDLE:
            bundle = BundleSigner(found.secret)
            return bundle.key_id, bundle.public_pem
        verifier = maker(name, self._log.origin, found).verifier
        # One that was retired may have signed under the name of a log before this.
        known = (each for each in self._log.verifiers if each.public == verifier.public)
        verifier = next(known, verifier)
        return verifier.key_id.hex(), verifier.vkey


def pem_file(keys: Iterable[Key]) -> str:
    """Write the keys in use as one PEM file, the id of each above it (RFC 7468)."""
    return "".join(
        f"{key.key_id} {key.state}\n{key.public}"
        for key in keys
        if key.state is not KeyState.RETIRED
    )


def _secret_of(name: str) -> str:
    if name not in _SECRET_OF:
        raise NotFound("keys of this name are not rotated so")
    return _SECRET_OF[name]


def _epoch(row: EpochRow, *, newest: bool) -> Key:
    return Key(
        name="epoch",
        number=row.epoch,
        purpose="wraps customers' keys and named secrets",
        algorithm="AES-256-GCM",
        state=KeyState.ACTIVE if newest else KeyState.RETIRED,
        created=row.at,
    )


def _symmetric(row: SecretRow) -> Key:
    return Key(
        name=row.name,
        number=row.generation,
        purpose=_PURPOSES.get(row.name.partition("/")[0], "a named secret"),
        algorithm="HMAC-SHA256",
        state=KeyState.ACTIVE,
        created=row.at,
    )
