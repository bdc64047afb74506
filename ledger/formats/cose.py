"""COSE receipts (RFC 9942): the proof of a receipt, for programs that speak COSE.

A COSE_Sign1 whose payload, the tree's root, is detached: the verifier makes it from
the entry and the path. Protected: EdDSA, the key's id, the log's name as issuer, and
that the tree is RFC 9162's with SHA-256. Unprotected: one inclusion proof and, under
a label of our own, the entry's opening, which nobody signs and nobody need trust: it
means something only if it leads to a root that is signed.

Less is shown than by a tlog-proof. The root alone is signed, not the tree's size, and
several places in trees of several sizes have paths of one shape; so neither index nor
size is proven, and witnesses have no place. `verify` gives none of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from ledger.formats.cbor import CborError, Tag, decode, encode
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.commitment import CommitmentError, Opening
from ledger.formats.entry_kinds import EntryType
from ledger.formats.merkle import HASH_BYTES, ProofError, leaf_hash, root_of_path
from ledger.formats.receipt import (
    MAX_PATH,
    MAX_PROOF_BYTES,
    Receipt,
    read_opening,
    write_opening,
)
from ledger.formats.signing import UNKNOWN_SIGNER, NoteError, Signer, cause_of
from ledger.formats.trust_policy import NO_QUORUM, TrustPolicy

MEDIA_TYPE: Final = 'application/cose; cose-type="cose-sign1"'
OPENING: Final = "allod/opening/v1"

_SIGN1: Final = 18
_ALGORITHM, _KEY_ID, _CLAIMS, _ISSUER = 1, 4, 15, 1
_STRUCTURE_TYPE, _PROOFS, _INCLUSION = 395, 396, -1
_EDDSA, _RFC9162_SHA256 = -8, 1


@dataclass(frozen=True, slots=True)
class Shown:
    """What a COSE receipt proves: this was stamped, in a tree of this root."""

    origin: str
    root: bytes
    type: EntryType
    at: int
    kind: str
    statement: Mapping[str, Any]
    payload: bytes


@dataclass(frozen=True, slots=True)
class CoseReceipt:
    """A receipt in COSE; `size` and `index` only help to walk the path."""

    origin: str
    key_id: bytes
    size: int
    index: int
    path: tuple[bytes, ...]
    opening: Opening
    signature: bytes

    @classmethod
    def of(cls, receipt: Receipt, checkpoint: Checkpoint, signer: Signer) -> Self:
        """Put a receipt into COSE, under the checkpoint that its note signs."""
        key_id = signer.verifier.key_id
        signed = _to_be_signed(_protected(signer.name, key_id), checkpoint.root)
        return cls(
            origin=signer.name,
            key_id=key_id,
            size=checkpoint.size,
            index=receipt.index,
            path=receipt.path,
            opening=receipt.opening,
            signature=signer.sign_structure(signed),
        )

    def encode(self) -> bytes:
        """Write the receipt."""
        proof = encode([self.size, self.index, list(self.path)])
        unprotected = {
            _PROOFS: {_INCLUSION: [proof]},
            OPENING: write_opening(self.opening),
        }
        protected = _protected(self.origin, self.key_id)
        return encode(Tag(_SIGN1, [protected, unprotected, None, self.signature]))

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a receipt; nothing in it is verified yet.

        Raises:
            ProofError: it is not one, or not spelled the one way.

        """
        if len(data) > MAX_PROOF_BYTES:
            raise ProofError("the proof is too long")
        try:
            receipt = cls._read(decode(data))
        except CborError as error:
            raise ProofError(error.detail) from None
        if receipt.encode() != data:
            raise ProofError("the bytes are not a COSE receipt of ours")
        return receipt

    @classmethod
    def _read(cls, message: object) -> Self:
        match message:
            case Tag(
                18,
                [
                    bytes(protected),
                    {396: {-1: [bytes(proof)]}, "allod/opening/v1": bytes(opening)},
                    None,
                    bytes(signature),
                ],
            ):
                origin, key_id = _issuer(decode(protected))
                size, index, path = _inclusion(decode(proof))
                said = read_opening(opening)
                return cls(origin, key_id, size, index, path, said, signature)
        raise ProofError("the bytes are not a COSE receipt of ours")

    def verify(self, policy: TrustPolicy) -> Shown:
        """Check everything, from the payload to the signature.

        Raises:
            ProofError: something does not hold, or the policy asks for witnesses.

        """
        if policy.quorum != NO_QUORUM:
            raise ProofError("the policy asks for witnesses: use the tlog-proof")
        opening = self.opening
        try:
            leaf, said = leaf_hash(opening.entry().encode()), opening.statement()
        except CommitmentError as error:
            raise ProofError(error.detail) from None
        root = root_of_path(leaf, self.index, self.size, self.path)
        self._require_signed(root, policy)
        return Shown(
            origin=self.origin,
            root=root,
            type=opening.type,
            at=opening.at,
            kind=said["kind"],
            statement=said,
            payload=opening.payload,
        )

    def _require_signed(self, root: bytes, policy: TrustPolicy) -> None:
        signed = _to_be_signed(_protected(self.origin, self.key_id), root)
        for log in policy.logs:
            if (log.name, log.key_id) == (self.origin, self.key_id):
                try:
                    log.check_structure(signed, self.signature)
                except NoteError as error:
                    raise ProofError(error.detail, code=cause_of(error)) from None
                return
        raise ProofError(
            "no trusted key signed the receipt; whether it is genuine is not known",
            code=UNKNOWN_SIGNER,
        )


def _protected(origin: str, key_id: bytes) -> bytes:
    return encode(
        {
            _ALGORITHM: _EDDSA,
            _KEY_ID: key_id,
            _CLAIMS: {_ISSUER: origin},
            _STRUCTURE_TYPE: _RFC9162_SHA256,
        }
    )


def _to_be_signed(protected: bytes, root: bytes) -> bytes:
    """Give the Sig_structure (RFC 9052, section 4.4), without external data."""
    return encode(["Signature1", protected, b"", root])


def _issuer(header: object) -> tuple[str, bytes]:
    match header:
        case {1: -8, 4: bytes(key_id), 15: {1: str(origin)}, 395: 1}:
            return origin, key_id
    raise ProofError("the protected header is not that of a log's receipt")


def _inclusion(proof: object) -> tuple[int, int, tuple[bytes, ...]]:
    match proof:
        case [int(size), int(index), list(path)] if _hashes(path):
            return size, index, tuple(path)
    raise ProofError("the inclusion proof cannot be read")


def _hashes(path: Sequence[object]) -> bool:
    return len(path) <= MAX_PATH and all(
        isinstance(each, bytes) and len(each) == HASH_BYTES for each in path
    )
