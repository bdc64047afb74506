"""Receipts: proofs that stand alone, in the format of C2SP tlog-proof.

A `Proof` is the format itself: index, path, checkpoint, opaque extra data. A
`Receipt` carries an entry's opening in the extra data, which nobody signs; so
whoever verifies it recomputes entry, leaf and root from it, and trusts nothing that
does not lead to the signed root. It needs a trust policy and no server.
"""

from dataclasses import dataclass
from typing import Any, Final, Self

from kit.canonical import canonical
from ledger.formats.commitment import CommitmentError, Opening, read_object, text_bytes
from ledger.formats.encoding import decimal, decode64, encode64
from ledger.formats.entry_kinds import EntryType
from ledger.formats.merkle import HASH_BYTES, ProofError

MAX_PROOF_BYTES: Final = 1 << 18
MAX_PATH: Final = 63  # hashes; a tree has fewer than 2^63 entries

_MAGIC = "c2sp.org/tlog-proof@v1"
_EXTRA = frozenset({"v", "type", "time", "salt", "payload"})


@dataclass(frozen=True, slots=True)
class Proof:
    """An inclusion proof with the signed checkpoint that it leads to."""

    index: int
    path: tuple[bytes, ...]
    note: str
    extra: bytes | None = None

    def encode(self) -> str:
        """Write the `.tlog-proof` file."""
        extra = [] if self.extra is None else [f"extra {encode64(self.extra)}"]
        hashes = [encode64(sibling) for sibling in self.path]
        return "\n".join(
            [_MAGIC, *extra, f"index {self.index}", *hashes, "", self.note]
        )

    @classmethod
    def parse(cls, data: bytes | str) -> Self:
        """Read a `.tlog-proof` file; nothing in it is verified yet.

        Raises:
            ProofError: it is not one, or not spelled the one way.

        """
        text = _text(data)
        head, _, note = text.partition("\n\n")
        try:
            proof = cls._read(head.split("\n"), note)
        except ValueError:
            raise ProofError("a line of the proof cannot be read") from None
        if proof.encode() != text or len(proof.path) > MAX_PATH:
            raise ProofError("the file is not a proof of version 1")
        return proof

    @classmethod
    def _read(cls, lines: list[str], note: str) -> Self:
        rest = lines[1:]
        extra = None
        if rest and rest[0].startswith("extra "):
            extra = decode64(rest.pop(0).removeprefix("extra "))
        if not rest:
            raise ProofError("the proof has no index")
        index = decimal(rest[0].removeprefix("index "))
        path = tuple(decode64(line) for line in rest[1:])
        if any(len(sibling) != HASH_BYTES for sibling in path):
            raise ProofError("a hash is not 32 bytes long")
        return cls(index, path, note, extra)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A proof together with the opening of its entry."""

    index: int
    path: tuple[bytes, ...]
    note: str
    opening: Opening

    def encode(self) -> str:
        """Write the receipt as a `.tlog-proof` file."""
        extra = write_opening(self.opening)
        return Proof(self.index, self.path, self.note, extra).encode()

    @classmethod
    def parse(cls, data: bytes | str) -> Self:
        """Read a receipt; nothing in it is verified yet.

        Raises:
            ProofError: it is not a proof, or carries no opening.

        """
        proof = Proof.parse(data)
        if proof.extra is None:
            raise ProofError("the proof carries no opening")
        return cls(proof.index, proof.path, proof.note, read_opening(proof.extra))


def write_opening(opening: Opening) -> bytes:
    """Write an opening as receipts carry it, unsigned."""
    return canonical(
        {
            "v": 1,
            "type": opening.type,
            "time": opening.at,
            "salt": encode64(opening.salt),
            "payload": opening.payload.decode(),
        }
    )


def read_opening(data: bytes) -> Opening:
    """Read an opening; nobody signed it.

    Raises:
        ProofError: it is none.

    """
    try:
        return _opening(read_object(data, _EXTRA))
    except CommitmentError as error:
        raise ProofError(error.detail) from None


def _opening(extra: dict[str, Any]) -> Opening:
    at, payload = extra["time"], extra["payload"]
    if type(at) is not int or not isinstance(payload, str):
        raise CommitmentError("an opening has a time and a payload")
    try:
        entry_type = EntryType(extra["type"])
    except ValueError:
        raise CommitmentError("there is no such type of entry") from None
    return Opening(entry_type, at, text_bytes(extra["salt"]), payload.encode())


def _text(data: bytes | str) -> str:
    try:
        octets = data if isinstance(data, bytes) else data.encode()
        text = octets.decode()
    except UnicodeError:
        raise ProofError("a proof is UTF-8 text") from None
    if len(octets) > MAX_PROOF_BYTES:
        raise ProofError("the proof is too long")
    return text
