"""Erasure certificates: what was destroyed, when, and what nobody can promise.

A certificate is signed by the log's key and carries the receipt of its own erasure
entry, whose payload commits to the order that the certificate names. It outlives the
account, the keys and the vault itself.

`finality` says how far the destruction reaches: `not_scheduled`, copies in backups may
exist and no date for their end is known; `scheduled`, they can be opened until
`final_at`; `final`, that date has passed; `unprovable`, the key provider cannot prove
that it destroyed its own copies.

What witnesses added since it was signed stands beside it, as `proof` (`extension`).
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._strict import member, unbase64
from .checkpoint import Extension
from .entry import COMMITMENT_BYTES, SALT_BYTES, order_commit
from .errors import VerificationError
from .opening import identifier
from .policy import TrustPolicy
from .receipt import VerifiedReceipt, verify_receipt
from .signed import Context, read_object, verify_document

FINALITY = frozenset({"not_scheduled", "scheduled", "final", "unprovable"})


@dataclass(frozen=True, slots=True)
class VerifiedCertificate:
    """What a certificate has been shown to say, and the entry that bears it out."""

    erasure_id: str
    finality: str
    document: Mapping[str, Any]
    receipt: VerifiedReceipt


def verify_certificate(
    signed: bytes | str | Mapping[str, Any],
    policy: TrustPolicy,
    proofs: Sequence[Extension] = (),
) -> VerifiedCertificate:
    """Check an erasure certificate offline.

    `{"document", "note"}`, and beside them, if it is there, the cosigned `proof`.

    Raises:
        ProvisionalError: the policy asks for witnesses, and too few had seen its tree.
        VerificationError: malformed, not signed by a trusted log, or its receipt is
            not of an erasure entry about this very order.

    """
    bare, proof = parted(signed)
    shown = verify_document(Context.CERTIFICATE, bare, policy)
    document = shown.document
    erasure_id = identifier(document, "id")
    finality = member(document, "finality", str)
    if member(document, "v", int) != 1:
        raise VerificationError(
            "the certificate is of an unsupported version: expected 1"
        )
    if finality not in FINALITY:
        raise VerificationError("the certificate claims an unknown finality")
    text = member(document, "receipt", str)
    receipt = verify_receipt(text, policy, (*proof, *proofs))
    if not receipt.checkpoint.origin == member(document, "log", str) == shown.signer:
        raise VerificationError(
            "the certificate and its receipt are of two logs:"
            f" {shown.signer} signed it, its receipt is of {receipt.checkpoint.origin}",
            code="other-log",
        )
    if receipt.type != "erasure" or receipt.kind != "erasure":
        words = f"the certificate's receipt is not of an erasure, but a {receipt.type}"
        raise VerificationError(words, code="other-entry")
    _check_order(document, erasure_id, receipt)
    return VerifiedCertificate(erasure_id, finality, document, receipt)


def parted(
    signed: bytes | str | Mapping[str, Any],
) -> tuple[Mapping[str, Any], tuple[Extension, ...]]:
    """Part what is signed of a certificate's file from the proof beside it.

    Raises:
        VerificationError: it cannot be read, or its proof cannot.

    """
    bare = dict(read_object(signed))
    proof = bare.pop("proof", None)
    if proof is None:
        return bare, ()
    if not isinstance(proof, str):
        raise VerificationError("the proof beside the certificate is no text")
    return bare, (Extension.parse(proof),)


def _check_order(
    document: Mapping[str, Any], erasure_id: str, receipt: VerifiedReceipt
) -> None:
    salt = unbase64(member(document, "order_salt", str), length=SALT_BYTES)
    claimed = member(receipt.statement, "order_commit", str)
    found = order_commit(salt, bytes.fromhex(erasure_id))
    if not hmac.compare_digest(unbase64(claimed, length=COMMITMENT_BYTES), found):
        words = "the certificate's receipt is of another erasure"
        raise VerificationError(words, code="other-entry")
