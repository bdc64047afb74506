"""Receipts: one file that shows that an entry is in the log (C2SP tlog-proof).

The `extra` line carries the entry's opening (type, time, salt, payload). It is not
signed, so it is never believed: the entry is made from it again, hashed, and walked up
to a root that a trusted log has signed. Only then is the payload what was stamped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._strict import canonical, decimal, json_object, member, only, text_of, unbase64
from .checkpoint import Checkpoint, Extension
from .entry import SALT_BYTES, Opening, open_entry
from .errors import VerificationError
from .merkle import HASH_BYTES, leaf_hash, verify_inclusion
from .policy import TrustPolicy

HEADER = "c2sp.org/tlog-proof@v1"
MAX_RECEIPT_BYTES = 1 << 18
MAX_PATH = 63  # hashes; a tree has fewer than 2^63 entries

_OPENING = frozenset({"v", "type", "time", "salt", "payload"})
_HEAD_LINES = 3


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as it was read; nothing in it has been verified yet."""

    opening: Opening
    index: int
    path: tuple[bytes, ...]
    note: str

    @classmethod
    def parse(cls, data: bytes | str) -> "Receipt":
        """Read a receipt with an opening, in the one spelling it can have.

        Raises:
            VerificationError: not such a file.

        """
        if len(data) > MAX_RECEIPT_BYTES:
            raise VerificationError("the receipt is too long")
        text = data if isinstance(data, str) else text_of(data)
        head, blank, note = text.partition("\n\n")
        lines = head.split("\n")
        if not blank or len(lines) < _HEAD_LINES or lines[0] != HEADER:
            raise VerificationError("the text is not a receipt")
        opening = read_opening(unbase64(_after("extra ", lines[1])))
        index = decimal(_after("index ", lines[2]))
        hashes = lines[_HEAD_LINES:]
        if len(hashes) > MAX_PATH:
            raise VerificationError("the receipt's path is too long")
        path = tuple(unbase64(each, length=HASH_BYTES) for each in hashes)
        return cls(opening, index, path, note)


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """What a receipt has been shown to say.

    `statement` is the payload that was stamped, and `kind` what sort of thing that
    was; `index` is its place in the log, and `checkpoint` the tree that was signed.
    `at` is the entry's own time, rounded down: the log's word. `witnessed` maps the
    policy's witnesses to the time at which each had seen the tree. Unix seconds.
    """

    type: str
    kind: str
    at: int
    statement: Mapping[str, Any]
    payload: bytes
    index: int
    checkpoint: Checkpoint
    witnessed: Mapping[str, int]


def verify_receipt(
    receipt: bytes | str, policy: TrustPolicy, proofs: Sequence[Extension] = ()
) -> VerifiedReceipt:
    """Check a receipt offline, with nothing but the trust policy.

    `proofs` lead from a tree that witnesses had not seen to one that they had.

    Raises:
        ProvisionalError: the policy asks for witnesses, and too few had seen its tree.
        VerificationError: malformed, or it does not show what it claims.

    """
    read = Receipt.parse(receipt)
    accepted = policy.verify_checkpoint(read.note, proofs)
    tree = accepted.checkpoint
    opening = read.opening
    leaf = leaf_hash(opening.entry.encode())
    verify_inclusion(leaf, read.index, tree.size, read.path, tree.root)
    return VerifiedReceipt(
        type=opening.entry.type,
        kind=opening.kind,
        at=opening.entry.at,
        statement=opening.statement,
        payload=opening.payload,
        index=read.index,
        checkpoint=tree,
        witnessed=accepted.witnessed,
    )


def read_opening(data: bytes) -> Opening:
    """Read an opening as receipts carry it; nobody signed it.

    Raises:
        VerificationError: it opens no entry.

    """
    opening = json_object(data)
    only(opening, _OPENING)
    if canonical(opening) != data:
        raise VerificationError("the opening is not canonical JSON")
    if member(opening, "v", int) != 1:
        raise VerificationError("the opening is of an unknown version")
    return open_entry(
        member(opening, "type", str),
        member(opening, "time", int),
        unbase64(member(opening, "salt", str), length=SALT_BYTES),
        member(opening, "payload", str).encode(),
    )


def _after(prefix: str, line: str) -> str:
    if not line.startswith(prefix):
        raise VerificationError("a line of the receipt has another form")
    return line.removeprefix(prefix)
