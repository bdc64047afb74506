"""A key provider that keeps its root versions in memory and counts its unwrapping."""

from dataclasses import dataclass, field

from kit.errors import Conflict
from vault._internal.aead import Aead, Unsealable, generate_key
from vault._internal.ports.root_keys import Capabilities, Destruction


@dataclass
class MemoryKek:
    ring: dict[int, bytes] = field(default_factory=lambda: {1: generate_key()})
    unwrapped: int = 0

    def wrap(self, key: bytes, aad: bytes) -> tuple[int, bytes]:
        newest = max(self.ring)
        return newest, Aead(self.ring[newest]).seal(key, aad)

    def unwrap(self, version: int, wrapped: bytes, aad: bytes) -> bytes:
        self.unwrapped += 1
        if version not in self.ring:
            raise Unsealable("no such root version")
        return Aead(self.ring[version]).open(wrapped, aad)

    def versions(self) -> tuple[int, ...]:
        return tuple(sorted(self.ring))

    def rotate(self) -> int:
        version = max(self.ring) + 1
        self.ring[version] = generate_key()
        return version

    def destroy(self, version: int) -> None:
        if version == max(self.ring):
            raise Conflict("the newest root version wraps")
        self.ring.pop(version, None)

    def capabilities(self) -> Capabilities:
        return Capabilities(Destruction.PROVEN, guarded=True)
