r"""Entries: what a leaf of the ledger says, and how it is opened.

An entry is public and permanent: its type, a rounded time, and a commitment
`HMAC-SHA-256(salt, "allod/commitment/v1\n" ‖ payload)`. Without the salt it tells
nothing about the payload; with the salt, payload and entry are bound to each other.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ._strict import (
    MAX_INTEGER,
    canonical,
    decimal,
    json_object,
    member,
    only,
    unbase64,
)
from .errors import VerificationError

_COMMON = frozenset({"v", "kind", "at"})
PAYLOADS: Mapping[str, tuple[frozenset[str], ...]] = MappingProxyType(
    {
        "subject": (_COMMON | {"content_commit", "link_commit"},),
        "erasure": (
            _COMMON | {"order_commit"},
            _COMMON | {"order_commit", "order_digest"},
        ),
        "operator": (_COMMON | {"facts"},),
    }
)
"""The types of entry there are; of each, the members of its payload by version."""

SALT_BYTES = 32
COMMITMENT_BYTES = 32
MAX_PAYLOAD_BYTES = 48 * 1024

_HEADER = "allod-entry/v1"
_LINES = 4
_KIND = re.compile(r"[a-z]+(?:[._][a-z]+)*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One leaf: `at` is in unix seconds, rounded down by the log."""

    type: str
    at: int
    commitment: bytes

    def __post_init__(self) -> None:
        if self.type not in PAYLOADS:
            raise VerificationError("the entry is of an unknown type")
        if not 0 <= self.at <= MAX_INTEGER:
            raise VerificationError("the entry's time is out of range")
        if len(self.commitment) != COMMITMENT_BYTES:
            raise VerificationError("the entry's commitment is not 32 bytes long")

    def encode(self) -> bytes:
        """Give the leaf's bytes."""
        commitment = base64.b64encode(self.commitment).decode()
        return f"{_HEADER}\n{self.type}\n{self.at}\n{commitment}\n".encode()

    @classmethod
    def parse(cls, data: bytes) -> "Entry":
        """Read a leaf's bytes.

        Raises:
            VerificationError: not an entry, in any other spelling than its own.

        """
        try:
            lines = data.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise VerificationError("the entry is not ASCII") from None
        if len(lines) != _LINES + 1 or lines[0] != _HEADER or lines[-1]:
            raise VerificationError("the bytes are not an entry")
        return cls(lines[1], decimal(lines[2]), unbase64(lines[3]))


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens an entry; `entry` is made from the rest, never taken on trust."""

    entry: Entry
    payload: bytes
    kind: str
    statement: Mapping[str, Any]


def open_entry(kind: str, at: int, salt: bytes, payload: bytes) -> Opening:
    """Make the entry that this salt and payload open, and read the payload.

    Raises:
        VerificationError: the payload is not one of an entry of this type and time.

    """
    entry = Entry(kind, at, commit(salt, payload))
    statement = json_object(payload)
    versions = PAYLOADS[kind]
    version = member(statement, "v", int)
    if not 1 <= version <= len(versions):
        raise VerificationError("the payload is of an unknown version")
    only(statement, versions[version - 1])
    if canonical(statement) != payload:
        raise VerificationError("the payload is not canonical JSON")
    if member(statement, "at", int) != at:
        raise VerificationError("the payload's time is not the entry's")
    name = member(statement, "kind", str)
    if not _KIND.fullmatch(name):
        raise VerificationError("the payload names no kind")
    return Opening(entry, payload, name, MappingProxyType(statement))


def commit(salt: bytes, payload: bytes) -> bytes:
    """Compute the commitment of an entry to its payload.

    Raises:
        VerificationError: the payload is too long, or the salt is not 32 bytes.

    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise VerificationError("a payload is too long")
    return _commitment("allod/commitment/v1", salt, payload)


def content_commit(salt: bytes, content: bytes) -> bytes:
    """Compute the commitment, inside a payload, to what was contributed."""
    return _commitment("allod/content/v1", salt, content)


def link_commit(salt: bytes, link: bytes) -> bytes:
    """Compute the commitment, inside a payload, to the customer's own chain."""
    return _commitment("allod/link/v1", salt, link)


def order_commit(salt: bytes, order: bytes) -> bytes:
    """Compute the commitment, inside a payload, to an erasure order's id."""
    return _commitment("allod/order/v1", salt, order)


def _commitment(context: str, salt: bytes, message: bytes) -> bytes:
    # HMAC pads a short key with zeros and hashes a long one, so that two keys could
    # open one commitment: exactly 32 bytes, or it binds nothing.
    if len(salt) != SALT_BYTES:
        raise VerificationError("a salt is not 32 bytes long")
    return hmac.digest(salt, f"{context}\n".encode() + message, hashlib.sha256)
