"""COSE receipts (RFC 9942): the proof of a receipt, for programs that speak COSE.

A COSE_Sign1 whose payload, the tree's root, is detached: the verifier makes it from
the entry and the path. Protected: EdDSA, the key's id, the log's name as issuer, and
that the tree is RFC 9162's with SHA-256. Unprotected: one inclusion proof and, under
a label of our own, the entry's opening, which nobody signs and nobody need trust: it
means something only if it leads to a root that is signed.

Less is shown than by a tlog-proof. The root alone is signed, not the tree's size, and
several places in trees of several sizes have paths of one shape; so neither index nor
size is proven, and witnesses have no place. A verifier shows none of them.
"""

from dataclasses import dataclass
from typing import Final, Self

from ledger.formats.cbor import Tag, encode
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.commitment import Opening
from ledger.formats.receipt import (
    Receipt,
    write_opening,
)
from ledger.formats.signing import Signer

MEDIA_TYPE: Final = 'application/cose; cose-type="cose-sign1"'
OPENING: Final = "allod/opening/v1"

_SIGN1: Final = 18
# Labels of the header: RFC 9052, 3.1 (alg, kid), RFC 9597 (CWT claims, iss in them),
# RFC 9942 (verifiable data structure, proofs, inclusion). Tag 18 is COSE_Sign1.
_ALGORITHM, _KEY_ID, _CLAIMS, _ISSUER = 1, 4, 15, 1
_STRUCTURE_TYPE, _PROOFS, _INCLUSION = 395, 396, -1
_EDDSA, _RFC9162_SHA256 = -8, 1


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
