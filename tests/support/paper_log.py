"""A log on paper: entries, tree, checkpoints and receipts, made the plain way.

For tests of verifiers. Trees are hashed from their definition (RFC 9162, 2.1.1), by
recursion and without any cache, so that it shares no idea with what is tested.
"""

import base64
import hashlib
import hmac
import json
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def plain_json(value: object) -> bytes:
    """Canonical JSON, for values whose names are ASCII."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def root_of(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    left, right = root_of(leaves[:split]), root_of(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def path_of(leaves: list[bytes], index: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*path_of(leaves[:split], index), root_of(leaves[split:])]
    return [*path_of(leaves[split:], index - split), root_of(leaves[:split])]


def consistency_of(
    leaves: list[bytes], size1: int, *, whole: bool = True
) -> list[bytes]:
    if size1 == len(leaves):
        return [] if whole else [root_of(leaves)]
    split = _split(len(leaves))
    if size1 <= split:
        below = consistency_of(leaves[:split], size1, whole=whole)
        return [*below, root_of(leaves[split:])]
    below = consistency_of(leaves[split:], size1 - split, whole=False)
    return [*below, root_of(leaves[:split])]


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


class Key:
    """A signing key made from a word: a log's (1, or 6), a witness's (4, or 6)."""

    def __init__(self, name: str, word: str, kind: int = 1) -> None:
        seed = hashlib.sha256(word.encode()).digest()
        self.name, self.kind = name, kind
        self._private = (
            MLDSA44PrivateKey.from_seed_bytes(seed)
            if kind == 6
            else Ed25519PrivateKey.from_private_bytes(seed)
        )
        self.public = self._private.public_key().public_bytes_raw()

    @property
    def key_id(self) -> bytes:
        whole = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(whole).digest()[:4]

    @property
    def vkey(self) -> str:
        material = b64(bytes([self.kind]) + self.public)
        return f"{self.name}+{self.key_id.hex()}+{material}"

    def line(self, text: str, at: int = 1767225600) -> str:
        message, signed = text.encode(), b""
        if self.kind == 4:
            message = f"cosignature/v1\ntime {at}\n".encode() + message
            signed = struct.pack(">Q", at)
        if self.kind == 6:
            message = self.tree(text, at)
            signed = struct.pack(">Q", at)
        signed += self._private.sign(message)
        return f"— {self.name} {b64(self.key_id + signed)}\n"

    def tree(self, text: str, at: int) -> bytes:
        """Write tlog-cosignature's `cosigned_message`, from its definition."""
        origin, size, root, _ = text.split("\n")
        message = b"subtree/v1\n\0" + struct.pack("B", len(self.name.encode()))
        message += self.name.encode() + struct.pack(">Q", at)
        message += struct.pack("B", len(origin.encode())) + origin.encode()
        message += struct.pack(">QQ", 0, int(size))
        return message + base64.b64decode(root)

    def document(self, context: str, document: dict[str, Any]) -> dict[str, Any]:
        text = f"{context}\n{plain_json(document).decode()}\n"
        return {"document": document, "note": self.line(text)}


@dataclass
class PaperLog:
    """A log of openings: (type, time, salt, payload)."""

    key: Key
    witnesses: list[Key] = field(default_factory=list)
    openings: list[tuple[str, int, bytes, bytes]] = field(default_factory=list)

    def stamp(
        self, kind: str, statement: dict[str, Any], type_: str = "subject"
    ) -> int:
        at = 1767225600
        payload = plain_json({"v": 1, "kind": kind, "at": at, **statement})
        salt = hashlib.sha256(f"salt {len(self.openings)}".encode()).digest()
        self.openings.append((type_, at, salt, payload))
        return len(self.openings) - 1

    def entry(self, index: int) -> bytes:
        type_, at, salt, payload = self.openings[index]
        commitment = hmac.digest(salt, b"allod/commitment/v1\n" + payload, "sha256")
        return f"allod-entry/v1\n{type_}\n{at}\n{b64(commitment)}\n".encode()

    def leaves(self) -> list[bytes]:
        entries = map(self.entry, range(len(self.openings)))
        return [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]

    def checkpoint(self) -> str:
        leaves = self.leaves()
        text = f"{self.key.name}\n{len(leaves)}\n{b64(root_of(leaves))}\n"
        lines = "".join(key.line(text) for key in [self.key, *self.witnesses])
        return f"{text}\n{lines}"

    def opening(self, index: int) -> dict[str, Any]:
        type_, at, salt, payload = self.openings[index]
        return {
            "v": 1,
            "type": type_,
            "time": at,
            "salt": b64(salt),
            "payload": payload.decode(),
        }

    def receipt(self, index: int, opening: dict[str, Any] | None = None) -> str:
        encoded = b64(plain_json(opening or self.opening(index)))
        path = "".join(f"{b64(each)}\n" for each in path_of(self.leaves(), index))
        head = f"c2sp.org/tlog-proof@v1\nextra {encoded}\nindex {index}\n{path}"
        return f"{head}\n{self.checkpoint()}"


def subject_statement() -> dict[str, Any]:
    return {"content_commit": b64(bytes(32)), "link_commit": b64(bytes(32))}


def a_log(size: int = 5, *, witnesses: list[Key] | None = None) -> PaperLog:
    """A log with some contributions in it."""
    log = PaperLog(Key("ledger.example/acme", "allod test log key"), witnesses or [])
    for _ in range(size):
        log.stamp("contribution", subject_statement())
    return log
