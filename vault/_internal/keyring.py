"""Epoch keys, customer keys and named secrets: wrapped in the store, open in here.

    root version (provider) → epoch key → customer keys, named secrets

A cache that cannot resurrect: each load fetches the wrapped row, and what was derived
is kept under the row just read. No row, no key, in every worker, without a message.
A key lies there for seconds (`vault._internal.key_cache`), at most 10,000 of them, with
2,000 of bulk reads beside.

Never provisioned and destroyed are different: a fenced subject has no key even when
an old copy of its row is back.
"""

import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import Final, Self

from kit.errors import CannotStart, Conflict, Gone, IntegrityFault
from kit.framing import framed
from kit.ids import new_id
from vault._internal.aead import Aead, generate_key
from vault._internal.envelope import CustomerKeys
from vault._internal.key_cache import KeyCache
from vault._internal.ports.identity import (
    MAIN,
    SCHEMA_VERSION,
    EpochRow,
    IdentityStore,
    KeyRow,
)
from vault._internal.ports.root_keys import KekProvider
from vault._internal.row_macs import RowMacs
from vault._internal.secrets import ROWS, Secrets

MAX_KEYS: Final = 10_000
BULK_KEYS: Final = 2_000  # those of two pages of a scan


class KeyDestroyed(Gone):
    """The subject was erased, and its keys with it."""

    code = "key.destroyed"


class NotProvisioned(IntegrityFault):
    """No key by that name, though nobody erased it: lost, or never made."""

    code = "key.not_provisioned"


class Keyring:
    """The keys of one installation."""

    def __init__(
        self,
        identity: IdentityStore,
        kek: KekProvider,
        vault_id: bytes,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.vault_id = vault_id
        self._identity = identity
        self._kek = kek
        self._cache = KeyCache(monotonic, most=MAX_KEYS)
        self._bulk = KeyCache(monotonic, most=BULK_KEYS)
        # Both are filled at need and never emptied: a rotation wraps an epoch's key
        # anew and does not change it, and a first generation is never replaced.
        self._epochs: dict[int, Aead] = {}
        self._firsts: dict[str, bytes] = {}
        self.secrets = Secrets(
            identity, vault_id, newest_epoch=self._newest_epoch, epoch=self._epoch
        )
        self.rows = RowMacs(lambda: self.secret(ROWS))

    @classmethod
    def found(cls, identity: IdentityStore, kek: KekProvider, *, now: int) -> Self:
        """Found an installation: its id, its first epoch, and the required secrets.

        Raises:
            CannotStart: the store belongs to an installation already.

        """
        vault_id, key = new_id(), generate_key()
        root, wrapped = kek.wrap(key, framed("allod/epoch/v1", vault_id, 1))
        with identity.work() as work:
            if work.installation() is not None:
                raise CannotStart(
                    "the identity store belongs to an installation already",
                    fix="open it, or choose another home",
                )
            work.add_installation(vault_id)
            work.add_epoch(EpochRow(1, root, wrapped, now))
        keyring = cls(identity, kek, vault_id)
        keyring.secrets.draw_required(now=now)
        return keyring

    @classmethod
    def open(
        cls, identity: IdentityStore, kek: KekProvider, *, older: bool = False
    ) -> Self:
        """Open the keys of the installation that the store belongs to.

        `older` opens one that an older program wrote, too, to be upgraded.

        Raises:
            CannotStart: no installation, another schema, or another root key.

        """
        found = identity.reads.installation()
        if found is None:
            raise CannotStart(
                "the identity store belongs to no installation",
                fix="run `allod init`, or restore the store from its backup",
            )
        vault_id, schema = found
        _require_known(schema, older=older)
        keyring = cls(identity, kek, vault_id)
        try:
            keyring._newest_epoch()
        except IntegrityFault:
            raise CannotStart(
                "the root key does not open the identity store",
                fix="restore both from backups of one installation",
            ) from None
        return keyring

    def create(
        self, subjects: Iterable[bytes], scope: str = MAIN
    ) -> list[tuple[KeyRow, CustomerKeys]]:
        """Draw a key for each subject; the caller keeps the rows before using them."""
        epoch, aead = self._newest_epoch()
        made = []
        for subject in subjects:
            kid, key = new_id(), generate_key()
            aad = self._key_aad(subject, kid, scope, epoch)
            row = KeyRow(kid, subject, scope, epoch, aead.seal(key, aad))
            keys = CustomerKeys(subject=subject, kid=kid, key=key)
            self._cache.put(row, keys)
            made.append((row, keys))
        return made

    def load(self, subject: bytes, kid: bytes) -> CustomerKeys:
        """Get the key of a subject that an envelope names.

        Raises:
            KeyDestroyed: the subject was erased.
            NotProvisioned: the subject has no such key.

        """
        row = self._identity.reads.key(subject, kid)
        return self.unwrap(row) if row else self._absent(subject)

    def load_many(
        self, wanted: Collection[tuple[bytes, bytes]], *, bulk: bool = False
    ) -> dict[bytes, CustomerKeys]:
        """Get the keys of many (subject, kid), by kid; those that are gone are absent.

        Those of a `bulk` read are kept apart: they would push out the hot reads'.

        Raises:
            NotProvisioned: a subject has no such key, though nobody erased it.

        """
        reads = self._identity.reads
        rows = reads.keys(wanted)
        for subject, _ in set(wanted) - {(row.subject, row.kid) for row in rows}:
            if not reads.fenced(subject):
                self._absent(subject)
        return {row.kid: self.unwrap(row, bulk=bulk) for row in rows}

    def unwrap(self, row: KeyRow, *, bulk: bool = False) -> CustomerKeys:
        """Open a key whose row was read just now; an older one could be a dead one."""
        keys = self._cache.get(row) or self._bulk.get(row)
        if keys is None:
            aad = self._key_aad(row.subject, row.kid, row.scope, row.epoch)
            key = self._epoch(row.epoch).open(row.wrapped, aad)
            keys = CustomerKeys(subject=row.subject, kid=row.kid, key=key)
            # Under the row that was read: a row that is changed or gone finds nothing
            # here.
            (self._bulk if bulk else self._cache).put(row, keys)
        return keys

    def main(self, subject: bytes) -> CustomerKeys:
        """Get the key that seals a subject's records now.

        Raises:
            KeyDestroyed: the subject was erased.
            NotProvisioned: the subject has no key.

        """
        row = self._identity.reads.main_keys((subject,)).get(subject)
        return self.unwrap(row) if row else self._absent(subject)

    def mains(self, subjects: Collection[bytes]) -> dict[bytes, CustomerKeys]:
        """Get the keys that seal some subjects' records now; the erased are absent.

        Raises:
            NotProvisioned: a subject has no key, though nobody erased it.

        """
        found = self._identity.reads.main_keys(subjects)
        for subject in set(subjects) - found.keys():
            with suppress(KeyDestroyed):
                self._absent(subject)
        return {subject: self.unwrap(row) for subject, row in found.items()}

    def keys_of(self, subject: bytes) -> list[tuple[KeyRow, CustomerKeys]]:
        """List all keys of a subject; none when it was erased."""
        return [
            (row, self.unwrap(row)) for row in self._identity.reads.keys_of(subject)
        ]

    def secret(self, name: str) -> bytes:
        """Get a secret that is never rotated, made when it is first asked for.

        Not inside a unit of work of the identity store: it may open its own.

        Raises:
            CannotStart: a required one is missing; it is not made here.

        """
        secret = self._firsts.get(name)
        if secret is None:
            secret = self.secrets.generations(name)[0].secret.reveal()
            self._firsts[name] = secret
        return secret

    def root_versions(self) -> tuple[int, ...]:
        """List the root versions that there are, oldest first; the last one wraps."""
        return self._kek.versions()

    def rotate_root(self, *, now: int) -> None:
        """Wrap all epoch keys under a new root version, and begin a new epoch.

        A rotation that was interrupted is gone on with: a version that wraps nothing
        yet is taken before another one is made.
        """
        # The provider and the store do not commit together; so what is begun is
        # finished.
        if self._identity.reads.names_root(max(self._kek.versions())):
            self._kek.rotate()
        with self._identity.work() as work:
            rows = work.epochs()
            for row in rows:
                key = self._unwrapped(row)
                work.rewrap_epoch(self._wrapped(row.epoch, key, row.at))
            next_epoch = rows[-1].epoch + 1
            work.add_epoch(self._wrapped(next_epoch, generate_key(), now))

    def destroy_root(self, version: int) -> None:
        """Destroy a root version that nothing here needs any more.

        Raises:
            Conflict: a key is wrapped under it still.

        """
        if self._identity.reads.names_root(version):
            raise Conflict("a key is still wrapped under this root version")
        self._kek.destroy(version)

    def _absent(self, subject: bytes) -> CustomerKeys:
        if self._identity.reads.fenced(subject):
            raise KeyDestroyed("this was erased, and its key with it")
        raise NotProvisioned("there is no key for what is stored here")

    def _newest_epoch(self) -> tuple[int, Aead]:
        epoch = self._identity.reads.newest_epoch() or 0
        return epoch, self._epoch(epoch)

    def _epoch(self, epoch: int) -> Aead:
        aead = self._epochs.get(epoch)
        if aead is None:
            row = self._identity.reads.epoch(epoch)
            if row is None:
                raise IntegrityFault("a key names an epoch that is not here")
            aead = Aead(self._unwrapped(row))
            self._epochs[epoch] = aead
        return aead

    def _unwrapped(self, row: EpochRow) -> bytes:
        aad = framed("allod/epoch/v1", self.vault_id, row.epoch)
        return self._kek.unwrap(row.root_version, row.wrapped, aad)

    def _wrapped(self, epoch: int, key: bytes, at: int) -> EpochRow:
        aad = framed("allod/epoch/v1", self.vault_id, epoch)
        return EpochRow(epoch, *self._kek.wrap(key, aad), at)

    def _key_aad(self, subject: bytes, kid: bytes, scope: str, epoch: int) -> bytes:
        # Bound to its place: a wrapped key does not open in another row, epoch or
        # vault.
        return framed("allod/key/v1", self.vault_id, subject, kid, scope, epoch)


def _require_known(schema: int, *, older: bool) -> None:
    if schema > SCHEMA_VERSION:
        raise CannotStart(
            "this home was written by a newer version of the program",
            fix="start the version of the program that wrote it",
        )
    if schema < SCHEMA_VERSION and not older:
        raise CannotStart(
            "this home was written by an older version of the program",
            fix="stop what serves it, make a backup, then run `allod upgrade`",
        )
