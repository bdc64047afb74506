"""Making entries, and the openings that prove later what they stamped.

The opening of a subject entry holds three salts: that of the entry, that of the
content (so that a receipt can be shown without it) and that of the link, the
customer's own hash chain, which is hidden even from whoever is shown one receipt.
The vault seals it under the customer's key; destroying the key closes the entry for
good. An operator's opening is public. An erasure's is given to the customer, and the
entry can be made after the key is gone.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Self

from kit.canonical import canonical
from kit.ids import parse_id
from ledger.formats import entry_kinds
from ledger.formats.commitment import (
    COMMITMENT_BYTES,
    SALT_BYTES,
    CommitmentError,
    Entry,
    Opening,
    commit,
    content_commit,
    link_commit,
    new_salt,
    order_commit,
    read_object,
    rounded,
    text_bytes,
)
from ledger.formats.encoding import encode64
from ledger.formats.entry_kinds import EntryType

Draw = Callable[[], bytes]

_SUBJECT: Final = frozenset({"v", "salt", "payload", "salt_c", "salt_l", "link"})
_ERASURE: Final = frozenset({"v", "salt", "payload", "salt_o", "order"})
_LINK: Final = frozenset({"subject", "seq", "prev", "record"})


@dataclass(frozen=True, slots=True)
class Link:
    """A place in one customer's chain: entry `seq` (from 1) after commitment `prev`."""

    subject: bytes
    seq: int
    prev: bytes | None = None
    record: bytes | None = None

    def __post_init__(self) -> None:
        if self.seq < 1 or (self.prev is None) != (self.seq == 1):
            raise CommitmentError("only the first link of a chain has none before it")
        if self.prev is not None and len(self.prev) != COMMITMENT_BYTES:
            raise CommitmentError("a link names the commitment before it, of 32 bytes")

    def document(self) -> dict[str, Any]:
        """Give the link as it stands in canonical JSON."""
        return {
            "subject": self.subject.hex(),
            "seq": self.seq,
            "prev": None if self.prev is None else encode64(self.prev),
            "record": None if self.record is None else self.record.hex(),
        }

    @classmethod
    def read(cls, value: object) -> Self:
        """Read a link out of an opening.

        Raises:
            CommitmentError: it is not a link.

        """
        if not isinstance(value, dict) or set(value) != _LINK:
            raise CommitmentError("the opening has no link")
        seq, prev, record = value["seq"], value["prev"], value["record"]
        if type(seq) is not int:
            raise CommitmentError("a link has a sequence number")
        return cls(
            _id(value["subject"]),
            seq,
            None if prev is None else text_bytes(prev),
            None if record is None else _id(record),
        )


@dataclass(frozen=True)
class SubjectOpening:
    """All that opens one subject entry; personal, to be sealed."""

    salt: bytes
    payload: bytes
    salt_c: bytes
    salt_l: bytes
    link: Link

    @cached_property
    def opening(self) -> Opening:
        """What a receipt carries: the entry's salt and payload, no link."""
        return Opening.read(EntryType.SUBJECT, self.salt, self.payload)

    @cached_property
    def kind(self) -> str:
        """What was stamped."""
        return str(self.opening.statement()["kind"])

    @property
    def commitment(self) -> bytes:
        """The entry's commitment, which the customer's next link names."""
        return self.opening.entry().commitment

    def check(self, content: bytes | None = None) -> None:
        """Check the link, and the content if it is given, against the payload.

        Raises:
            CommitmentError: the payload commits to something else.

        """
        statement = self.opening.statement()
        link = link_commit(self.salt_l, canonical(self.link.document()))
        _same(statement["link_commit"], link)
        if content is not None:
            _same(statement["content_commit"], content_commit(self.salt_c, content))

    def to_bytes(self) -> bytes:
        """Write the opening as canonical JSON."""
        return canonical(self.document())

    def document(self) -> dict[str, Any]:
        """Give the opening as it stands in JSON."""
        return {
            "v": 1,
            "salt": encode64(self.salt),
            "payload": self.payload.decode(),
            "salt_c": encode64(self.salt_c),
            "salt_l": encode64(self.salt_l),
            "link": self.link.document(),
        }

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read an opening.

        Raises:
            CommitmentError: the bytes are not one.

        """
        value = read_object(data, _SUBJECT)
        return cls(
            _salt(value["salt"]),
            _payload(value["payload"]),
            _salt(value["salt_c"]),
            _salt(value["salt_l"]),
            Link.read(value["link"]),
        )


@dataclass(frozen=True, slots=True)
class ErasureOpening:
    """All that opens an erasure entry: the certificate's part of the story."""

    salt: bytes
    payload: bytes
    salt_o: bytes
    order: bytes

    @property
    def opening(self) -> Opening:
        """What a receipt carries."""
        return Opening.read(EntryType.ERASURE, self.salt, self.payload)

    def check(self) -> None:
        """Check that the payload commits to the order.

        Raises:
            CommitmentError: it commits to something else.

        """
        expected = order_commit(self.salt_o, self.order)
        _same(self.opening.statement()["order_commit"], expected)

    @property
    def digest(self) -> bytes | None:
        """The digest of the order in the chain; None where the entry is older."""
        said = self.opening.statement().get("order_digest")
        return None if said is None else text_bytes(said)

    def to_bytes(self) -> bytes:
        """Write the opening as canonical JSON."""
        return canonical(
            {
                "v": 1,
                "salt": encode64(self.salt),
                "payload": self.payload.decode(),
                "salt_o": encode64(self.salt_o),
                "order": self.order.hex(),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read an opening.

        Raises:
            CommitmentError: the bytes are not one.

        """
        value = read_object(data, _ERASURE)
        return cls(
            _salt(value["salt"]),
            _payload(value["payload"]),
            _salt(value["salt_o"]),
            _id(value["order"]),
        )


def subject_entry(
    link: Link,
    *,
    kind: str,
    at: int,
    content: bytes,
    granularity: int,
    draw: Draw = new_salt,
) -> tuple[Entry, SubjectOpening]:
    """Make an entry about a customer; `at` in unix seconds is rounded down."""
    entry_kinds.require(kind, EntryType.SUBJECT)
    at, salt, salt_c, salt_l = rounded(at, granularity), draw(), draw(), draw()
    place = canonical(link.document())
    payload = canonical(
        {
            "v": 1,
            "kind": kind,
            "at": at,
            "content_commit": encode64(content_commit(salt_c, content)),
            "link_commit": encode64(link_commit(salt_l, place)),
        }
    )
    entry = Entry(EntryType.SUBJECT, at, commit(salt, payload))
    return entry, SubjectOpening(salt, payload, salt_c, salt_l, link)


def erasure_entry(
    order: bytes,
    *,
    at: int,
    granularity: int,
    digest: bytes,
    draw: Draw = new_salt,
) -> tuple[Entry, ErasureOpening]:
    """Make the entry that says an erasure was done; it needs no key.

    `digest` is that of the order in the chain of orders. Entries made before there was
    such a chain have none; they are of version 1, and stay valid.
    """
    at, salt, salt_o = rounded(at, granularity), draw(), draw()
    payload = canonical(
        {
            "v": 2,
            "kind": "erasure",
            "at": at,
            "order_commit": encode64(order_commit(salt_o, order)),
            "order_digest": encode64(digest),
        }
    )
    entry = Entry(EntryType.ERASURE, at, commit(salt, payload))
    return entry, ErasureOpening(salt, payload, salt_o, order)


def operator_entry(
    kind: str,
    facts: Mapping[str, Any],
    *,
    at: int,
    granularity: int,
    draw: Draw = new_salt,
) -> tuple[Entry, Opening]:
    """Make an entry about the installation. Its opening is public: name no person."""
    entry_kinds.require(kind, EntryType.OPERATOR)
    at = rounded(at, granularity)
    payload = canonical({"v": 1, "kind": kind, "at": at, "facts": dict(facts)})
    opening = Opening(EntryType.OPERATOR, at, draw(), payload)
    return opening.entry(), opening


def _salt(value: object) -> bytes:
    salt = text_bytes(value)
    if len(salt) != SALT_BYTES:
        raise CommitmentError("a salt has 32 bytes, no more and no fewer")
    return salt


def _payload(value: object) -> bytes:
    if not isinstance(value, str):
        raise CommitmentError("the payload is text")
    return value.encode()


def _id(value: object) -> bytes:
    found = parse_id(value) if isinstance(value, str) else None
    if found is None:
        raise CommitmentError("an id has 32 hexadecimal digits")
    return found


def _same(claimed: object, computed: bytes) -> None:
    if not hmac.compare_digest(text_bytes(claimed), computed):
        raise CommitmentError("the payload commits to something else")
