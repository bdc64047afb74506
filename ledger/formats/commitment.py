r"""Entries: a type, a coarse time and a commitment that hides what was stamped.

    allod-entry/v1 \n type \n unix seconds \n base64(C) \n
    C = HMAC-SHA-256(salt, "allod/commitment/v1\n" || payload)

Hiding: the salt is 32 random bytes used once, so C says nothing even of a payload
that could be guessed. Binding: HMAC pads short keys and hashes long ones, so a salt
of another length would give one commitment two openings; it is refused everywhere.
Erasing salt and payload leaves the entry as it is, and about nobody.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from kit.canonical import canonical, parse
from kit.errors import Malformed
from ledger.formats.encoding import decimal, decode64, encode64
from ledger.formats.entry_kinds import EntryType, is_kind

SALT_BYTES: Final = 32
COMMITMENT_BYTES: Final = 32
MAX_PAYLOAD_BYTES: Final = 48 * 1024

_MAGIC = "allod-entry/v1"
_COMMITMENT = b"allod/commitment/v1\n"
_CONTENT = b"allod/content/v1\n"
_LINK = b"allod/link/v1\n"
_ORDER = b"allod/order/v1\n"

_COMMON: Final = frozenset({"v", "kind", "at"})
# Per type, the members of each version of its payload, the first one first.
_MEMBERS: Final[Mapping[EntryType, tuple[frozenset[str], ...]]] = {
    EntryType.SUBJECT: (_COMMON | {"content_commit", "link_commit"},),
    EntryType.ERASURE: (
        _COMMON | {"order_commit"},
        _COMMON | {"order_commit", "order_digest"},
    ),
    EntryType.OPERATOR: (_COMMON | {"facts"},),
}


class CommitmentError(Malformed):
    """An entry, a payload or an opening is not what it claims to be."""

    code, title = "commitment_invalid", "The commitment does not open"


def new_salt() -> bytes:
    """Draw a salt; each is used for one commitment only."""
    return secrets.token_bytes(SALT_BYTES)


def commit(salt: bytes, payload: bytes) -> bytes:
    """Commit to a payload.

    Raises:
        CommitmentError: the salt is not 32 bytes, or the payload is too long.

    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise CommitmentError("the payload is too long")
    return _hmac(salt, _COMMITMENT, payload)


def content_commit(salt: bytes, content: bytes) -> bytes:
    """Commit to the content itself, so that a stamp can be shown without it."""
    return _hmac(salt, _CONTENT, content)


def link_commit(salt: bytes, link: bytes) -> bytes:
    """Commit to the place in the customer's own chain."""
    return _hmac(salt, _LINK, link)


def order_commit(salt: bytes, order: bytes) -> bytes:
    """Commit to the id of an erasure order."""
    return _hmac(salt, _ORDER, order)


def rounded(at: int, granularity: int) -> int:
    """Round unix seconds down, so that the log's clock tells little."""
    return at - at % granularity


def entry_prefix(entry_type: EntryType) -> bytes:
    """Give the bytes that every entry of a type begins with, and no other does."""
    return f"{_MAGIC}\n{entry_type}\n".encode()


@dataclass(frozen=True, slots=True)
class Entry:
    """One leaf of the log: public and permanent."""

    type: EntryType
    at: int
    commitment: bytes

    def __post_init__(self) -> None:
        if self.at < 0 or len(self.commitment) != COMMITMENT_BYTES:
            raise CommitmentError("an entry has a time and a commitment of 32 bytes")

    def encode(self) -> bytes:
        """Write the leaf's bytes."""
        text = f"{_MAGIC}\n{self.type}\n{self.at}\n{encode64(self.commitment)}\n"
        return text.encode()

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a leaf's bytes.

        Raises:
            CommitmentError: they are not an entry.

        """
        try:
            # Five pieces and no other number: a line more or less is a ValueError here.
            magic, kind, at, commitment, end = data.decode("ascii").split("\n")
            entry = cls(EntryType(kind), decimal(at), decode64(commitment))
        except ValueError:
            raise CommitmentError("the bytes are not an entry") from None
        if magic != _MAGIC or end:
            raise CommitmentError("the bytes are not an entry of version 1")
        return entry


@dataclass(frozen=True, slots=True)
class Opening:
    """Salt and payload of one entry: what proves what was stamped."""

    type: EntryType
    at: int
    salt: bytes
    payload: bytes

    @classmethod
    def read(cls, entry_type: EntryType, salt: bytes, payload: bytes) -> Self:
        """Make an opening of a payload, which tells the entry's time.

        Raises:
            CommitmentError: it is not the payload of such an entry.

        """
        at = read_object(payload, *_MEMBERS[entry_type])["at"]
        if type(at) is not int:
            raise CommitmentError("the payload has no time")
        return cls(entry_type, at, salt, payload)

    def entry(self) -> Entry:
        """Recompute the entry that this opens."""
        return Entry(self.type, self.at, commit(self.salt, self.payload))

    def statement(self) -> dict[str, Any]:
        """Read the payload; its time is the entry's.

        Raises:
            CommitmentError: it is not the payload of such an entry.

        """
        statement = read_object(self.payload, *_MEMBERS[self.type])
        kind = statement["kind"]
        if not isinstance(kind, str) or not is_kind(kind):
            raise CommitmentError("the payload names no kind")
        if type(statement["at"]) is not int or statement["at"] != self.at:
            raise CommitmentError("the payload's time is not the entry's")
        return statement


def read_object(data: bytes, *versions: frozenset[str]) -> dict[str, Any]:
    """Read a canonical JSON object that has exactly the members of its version.

    Raises:
        CommitmentError: it is another value, or not in canonical form.

    """
    try:
        value = parse(data, exact=True)
        if not isinstance(value, dict) or set(value) not in versions:
            raise CommitmentError("the object has other members")
        version = versions.index(frozenset(value)) + 1
        if type(value["v"]) is not int or value["v"] != version:
            raise CommitmentError(f"the object is not of version {version}")
        if canonical(value) != data:
            raise CommitmentError("the object is not in canonical form")
    except CommitmentError:
        raise
    except Malformed:
        raise CommitmentError("the object is not canonical JSON") from None
    return value


def text_bytes(value: object) -> bytes:
    """Read base64 out of a JSON value.

    Raises:
        CommitmentError: it is not base64 text.

    """
    if not isinstance(value, str):
        raise CommitmentError("a member is not base64 text")
    try:
        return decode64(value)
    except ValueError:
        raise CommitmentError("a member is not base64") from None


def _hmac(salt: bytes, context: bytes, message: bytes) -> bytes:
    if len(salt) != SALT_BYTES:
        raise CommitmentError("a salt has 32 bytes, no more and no fewer")
    return hmac.digest(salt, context + message, "sha256")
