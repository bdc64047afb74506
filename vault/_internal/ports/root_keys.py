"""Key-encryption keys: the root of all keys, whoever holds them.

A provider wraps epoch keys and nothing else. Its root versions are numbered; `rotate`
makes a new one, `destroy` ends an old one, and what that had wrapped is then lost
wherever a copy of it may lie. Where a copy may exist, as of a file, a provider cannot
prove a destruction, and `capabilities` says so.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Destruction(StrEnum):
    """What a provider can say of a root version that it destroyed."""

    PROVEN = "proven"
    UNPROVABLE = "unprovable"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What may be promised of a provider."""

    destruction: Destruction
    guarded: bool  # a copy of what lies on the disk is not enough to unwrap


class KekProvider(Protocol):
    """Holds the root versions; they do not leave it."""

    def wrap(self, key: bytes, aad: bytes) -> tuple[int, bytes]:
        """Wrap a key under the newest version; gives that version and the bytes."""

    def unwrap(self, version: int, wrapped: bytes, aad: bytes) -> bytes:
        """Unwrap a key.

        Raises:
            Unsealable: no such version, another AAD, or altered bytes.

        """

    def versions(self) -> tuple[int, ...]:
        """List the versions that can unwrap, oldest first."""

    def rotate(self) -> int:
        """Make a new version, which wraps from now on."""

    def destroy(self, version: int) -> None:
        """End a version. `Keyring.destroy_root` checks first that nothing needs it.

        Raises:
            Conflict: it is the one that wraps.

        """

    def capabilities(self) -> Capabilities:
        """Say what may be promised."""
