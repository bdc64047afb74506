"""COSE receipts (RFC 9942): a receipt's proof as programs for COSE read it.

A COSE_Sign1 by the log's key over the root of its tree, with the path to it and, beside
what the standard asks for, the entry's opening. Size and index steer the walk and are
not signed: several places in trees of several sizes have paths of one shape. So where
the entry stands is not shown, nor who witnessed the log; a tlog-proof shows both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ._cbor import Tagged, read_cbor
from .entry import Opening
from .errors import UnknownSignerError, VerificationError
from .merkle import leaf_hash, root_of_path
from .policy import NO_QUORUM, TrustPolicy
from .receipt import MAX_PATH, MAX_RECEIPT_BYTES, read_opening

OPENING = "allod/opening/v1"

# Tag 18 is COSE_Sign1: protected, unprotected, payload, signature (RFC 9052, 4.2).
_SIGN1 = 18
_PARTS = 4
# Labels: RFC 9052, 3.1 (alg, kid), RFC 9597 (CWT claims, iss in them), RFC 9942 (the
# tree's kind, proofs, inclusion).
_ALGORITHM, _KEY_ID, _CLAIMS, _TREE, _PROOFS = 1, 4, 15, 395, 396
_ISSUER, _INCLUSION = 1, -1
_EDDSA, _RFC9162_SHA256 = -8, 1
_STRUCTURE = b"\x84\x6aSignature1"  # an array of four; a text of ten bytes


@dataclass(frozen=True, slots=True)
class VerifiedCose:
    """What a COSE receipt has been shown to say: this was stamped in this log.

    `statement` is the payload that was stamped, `kind` what sort of thing it was, `at`
    the entry's own time in unix seconds, and `root` that of the tree that was signed.
    """

    origin: str
    type: str
    kind: str
    at: int
    statement: Mapping[str, Any]
    payload: bytes
    root: bytes


def verify_cose_receipt(receipt: bytes, policy: TrustPolicy) -> VerifiedCose:
    """Check a COSE receipt offline, with nothing but the trust policy.

    Raises:
        VerificationError: malformed, not what it claims, or the policy asks for
            witnesses, of whom such a receipt cannot tell.

    """
    if policy.quorum != NO_QUORUM:
        raise VerificationError(
            "the policy asks for witnesses, and a COSE receipt cannot show that they"
            " agreed: use the tlog-proof",
            code="no-witnesses",
        )
    protected, unprotected, signature = _parts(receipt)
    opening, size, index, path = _proof(unprotected)
    root = root_of_path(leaf_hash(opening.entry.encode()), index, size, path)
    origin = _check(protected, root, signature, policy)
    return VerifiedCose(
        origin=origin,
        type=opening.entry.type,
        kind=opening.kind,
        at=opening.entry.at,
        statement=opening.statement,
        payload=opening.payload,
        root=root,
    )


def _parts(receipt: bytes) -> tuple[bytes, dict[Any, Any], bytes]:
    if len(receipt) > MAX_RECEIPT_BYTES:
        raise VerificationError("the receipt is too long")
    message = read_cbor(receipt)
    if not isinstance(message, Tagged) or message[0] != _SIGN1:
        raise VerificationError("the bytes are no COSE_Sign1")
    parts = message[1]
    if not isinstance(parts, list) or len(parts) != _PARTS or parts[2] is not None:
        raise VerificationError("the COSE_Sign1 is not one with a detached payload")
    return (
        _of(parts[0], bytes),
        _only(parts[1], {_PROOFS, OPENING}),
        _of(parts[3], bytes),
    )


def _proof(headers: dict[Any, Any]) -> tuple[Opening, int, int, list[bytes]]:
    proofs = _of(_only(headers[_PROOFS], {_INCLUSION})[_INCLUSION], list)
    if len(proofs) != 1:
        raise VerificationError("the receipt holds another number of proofs")
    proof = _of(read_cbor(_of(proofs[0], bytes)), list)
    match proof:
        case [int(size), int(index), list(path)] if len(path) <= MAX_PATH:
            hashes = [_of(each, bytes) for each in path]
            opening = read_opening(_of(headers[OPENING], bytes))
            return opening, size, index, hashes
    raise VerificationError("malformed inclusion proof")


def _check(protected: bytes, root: bytes, signature: bytes, policy: TrustPolicy) -> str:
    headers = _only(read_cbor(protected), {_ALGORITHM, _KEY_ID, _CLAIMS, _TREE})
    origin = _only(headers[_CLAIMS], {_ISSUER})[_ISSUER]
    if (headers[_ALGORITHM], headers[_TREE]) != (_EDDSA, _RFC9162_SHA256):
        raise VerificationError("the receipt is of another algorithm or tree")
    for log in policy.logs:
        if (log.name, log.key_id) == (origin, headers[_KEY_ID]):
            log.verify_octets(_to_be_signed(protected, root), signature)
            return log.name
    raise UnknownSignerError(
        "no trusted key has signed the receipt; whether it is genuine is not known"
    )


def _to_be_signed(protected: bytes, root: bytes) -> bytes:
    """Give the Sig_structure (RFC 9052, section 4.4); no text begins as it does."""
    return _STRUCTURE + _bytes(protected) + _bytes(b"") + _bytes(root)


def _bytes(data: bytes) -> bytes:
    """Write a byte string of fewer than 2**16 bytes."""
    length = len(data)
    if length < 24:  # noqa: PLR2004 - RFC 8949, section 3: it fits into the head
        return bytes([0x40 | length]) + data
    if length < 1 << 8:
        return bytes([0x58, length]) + data
    if length < 1 << 16:
        return b"\x59" + length.to_bytes(2, "big") + data
    raise VerificationError("a header of the receipt is too long")


def _of(value: object, kind: type) -> Any:  # noqa: ANN401 - of the kind that is asked for
    if type(value) is not kind:
        raise VerificationError("a part of the receipt is of another type")
    return value


def _only(value: object, keys: set[int | str]) -> dict[Any, Any]:
    if not isinstance(value, dict) or set(value) != keys:
        raise VerificationError("a map in the receipt has other members than it should")
    return value
