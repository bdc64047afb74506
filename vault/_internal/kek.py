"""The key provider of an installation: which one it has, and the file that is one.

`make_kek`, `open_kek` and `protect_kek` alone name a provider; everybody else has the
port (`vault._internal.ports.root_keys`).
"""

import logging
from pathlib import Path
from typing import Self

from kit.errors import Conflict
from kit.home import Home, sync_folder, write_durably
from kit.lock import WriteLock
from kit.secret import Secret
from vault._internal import key_file
from vault._internal.aead import Aead, Unsealable, generate_key
from vault._internal.key_file import KeyProtection, Ring
from vault._internal.ports.root_keys import Capabilities, Destruction, KekProvider

_log = logging.getLogger(__name__)


class FileKek:
    """The file provider: a ring of versions in one file that one user can read."""

    def __init__(self, path: Path, ring: Ring, guard: KeyProtection) -> None:
        self._path = path
        self._ring = ring
        self._guard = guard
        # Held while the ring is changed on the disk: two processes that rotate would
        # lose one of the versions, and what is wrapped under it.
        self._lock = WriteLock(path.with_suffix(".lock"))
        if guard.aead is None:
            _log.warning(
                "%s has no passphrase: whoever copies it can open every record",
                path.name,
            )

    @classmethod
    def create(cls, path: Path, passphrase: Secret | None = None) -> Self:
        """Make a key file with its first version.

        Raises:
            CannotStart: there is one already, and it is left as it is.

        """
        ring, guard = {1: Secret(generate_key())}, KeyProtection.new(passphrase)
        aside = path.with_name(path.name + ".created")
        write_durably(aside, key_file.encode(ring, guard))
        try:
            # A link fails where a rename would replace the key that is there.
            path.hardlink_to(aside)
        except FileExistsError:
            raise key_file.unfit(
                path, "exists, and a key is never overwritten", "choose another home"
            ) from None
        finally:
            # In any case: the other name would be a second copy of the root key.
            aside.unlink()
        sync_folder(path.parent)
        return cls(path, ring, guard)

    @classmethod
    def open(cls, path: Path, passphrase: Secret | None = None) -> Self:
        """Open the key file of an installation.

        Raises:
            CannotStart: missing, open to others, damaged, or another passphrase.

        """
        return cls(path, *key_file.load(path, passphrase))

    def wrap(self, key: bytes, aad: bytes) -> tuple[int, bytes]:
        """Wrap a key under the newest version; gives that version and the bytes."""
        newest = max(self._ring)
        return newest, Aead(self._ring[newest].reveal()).seal(key, aad)

    def unwrap(self, version: int, wrapped: bytes, aad: bytes) -> bytes:
        """Unwrap a key; for a version not seen yet the file is read again, once.

        Raises:
            Unsealable: no such version, another AAD, or altered bytes.
            CannotStart: the file was to be read again and is not fit for it.

        """
        if version not in self._ring:
            self._ring = key_file.reload(self._path, self._guard)
        if version not in self._ring:
            raise Unsealable("the key file does not hold this root version")
        return Aead(self._ring[version].reveal()).open(wrapped, aad)

    def versions(self) -> tuple[int, ...]:
        """List the versions that can unwrap, oldest first."""
        return tuple(sorted(self._ring))

    def rotate(self) -> int:
        """Make a new version, which wraps from now on."""
        with self._lock.locked():
            ring = key_file.reload(self._path, self._guard)
            version = max(ring) + 1
            self._write({**ring, version: Secret(generate_key())})
        return version

    def destroy(self, version: int) -> None:
        """End a version: the file is written anew without it.

        Raises:
            Conflict: it is the one that wraps.

        """
        with self._lock.locked():
            ring = key_file.reload(self._path, self._guard)
            if version == max(ring):
                raise Conflict("the newest root version wraps; rotate before this")
            self._write({n: key for n, key in ring.items() if n != version})

    def protect(self, passphrase: Secret) -> None:
        """Seal the file under another passphrase, or under its first one.

        Copies of the file from before still open as they did.

        Raises:
            CannotStart: the passphrase is empty, or the file not fit to be read again.

        """
        guard = KeyProtection.new(passphrase)
        with self._lock.locked():
            ring = key_file.reload(self._path, self._guard)
            write_durably(self._path, key_file.encode(ring, guard))
            self._ring, self._guard = ring, guard

    def capabilities(self) -> Capabilities:
        """Say what may be promised: never that no copy of the file exists."""
        return Capabilities(Destruction.UNPROVABLE, self._guard.aead is not None)

    def _write(self, ring: Ring) -> None:
        write_durably(self._path, key_file.encode(ring, self._guard))
        self._ring = ring


def make_kek(home: Home, passphrase: Secret | None) -> KekProvider:
    """Make the key provider of a new installation, as `FileKek.create` does."""
    return FileKek.create(home.root_key, passphrase)


def open_kek(home: Home, passphrase: Secret | None) -> KekProvider:
    """Open the key provider of an installation, as `FileKek.open` does."""
    return FileKek.open(home.root_key, passphrase)


def protect_kek(home: Home, passphrase: Secret | None, new: Secret) -> None:
    """Have the root key open with another passphrase, as `FileKek.protect` does."""
    FileKek.open(home.root_key, passphrase).protect(new)
