"""Erasure certificates: what was destroyed, when, and what nobody can promise.

A certificate is a signed document (ledger.formats.note) that carries the receipt of its
own erasure entry. Verifying needs a trust policy and no server: the signature is the
log's, the receipt leads to a signed root, and its payload commits to this very order.

A certificate never says more than was done. Its `finality` is

    not_scheduled  copies in backups may exist, and no date for their end is known
    scheduled      they can be opened until `final_at`, and by nobody after
    final          that date has passed
    unprovable     the key provider cannot prove that it destroyed its own copies

It is signed once and never again, in the moment when the log has signed the tree with
its entry and no witness has seen that tree. What a verifier asks for who wants a quorum
of witnesses stands beside it, unsigned, as `proof`: an extension
(`ledger.formats.extension`) from that tree to one that was cosigned. A file of a
certificate is

    {"document": …, "note": signature line}, and "proof": text or null, or without it
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kit.errors import Malformed
from kit.ids import parse_id
from ledger.formats.commitment import CommitmentError, order_commit, text_bytes
from ledger.formats.encoding import encode64
from ledger.formats.entries import ErasureOpening
from ledger.formats.entry_kinds import EntryType
from ledger.formats.extension import Extension, ExtensionError
from ledger.formats.merkle import ProofError
from ledger.formats.note import sign_document, verify_document
from ledger.formats.receipt import Receipt, Verified
from ledger.formats.signing import NoteError, Signer, Verifier, cause_of
from ledger.formats.trust_policy import TrustPolicy

CONTEXT: Final = "allod/certificate/v1"
FINALITY: Final = frozenset({"not_scheduled", "scheduled", "final", "unprovable"})
VERSION: Final = 1
PROOF: Final = "proof"


class CertificateError(Malformed):
    """It is not an erasure certificate, or what it says does not verify."""

    code, title = "certificate_invalid", "The certificate does not verify"


@dataclass(frozen=True, slots=True)
class VerifiedCertificate:
    """What a certificate proves, after it was verified."""

    document: Mapping[str, Any]
    entry: Verified


def make_certificate(
    statement: Mapping[str, Any],
    *,
    opening: ErasureOpening,
    receipt: Receipt,
    signer: Signer,
) -> dict[str, Any]:
    """Sign what was done, together with the proof that the log says so.

    `statement` holds scope, times, keys, stores, recipients, finality and limits.
    """
    document = {
        **statement,
        "v": VERSION,
        "id": opening.order.hex(),
        "log": signer.name,
        "order_salt": encode64(opening.salt_o),
        "receipt": receipt.encode(),
    }
    return sign_document(CONTEXT, document, signer)


def verify_certificate(
    signed: Mapping[str, Any],
    policy: TrustPolicy,
    proofs: Sequence[Extension] = (),
) -> VerifiedCertificate:
    """Check a certificate offline, with the proof beside it and any others.

    Raises:
        CertificateError: another shape, an unknown signer, or a receipt that does
            not lead to an erasure entry about this order.

    """
    try:
        bare, beside = parted(signed)
        document = verify_document(CONTEXT, bare, _named(bare, policy))
        receipt = receipt_of(document)
        entry = receipt.verify(policy, (*beside, *proofs))
        _check_order(document, entry)
    except (NoteError, ProofError, CommitmentError) as error:
        raise CertificateError(error.detail, code=cause_of(error)) from None
    return VerifiedCertificate(document, entry)


def parted(signed: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Extension, ...]]:
    """Part a file of a certificate into what is signed and the proof beside it.

    Raises:
        CertificateError: there is a proof that cannot be read.

    """
    bare = dict(signed)
    match bare.pop(PROOF, None):
        case None:
            return bare, ()
        case str(text):
            try:
                return bare, (Extension.parse(text.encode()),)
            except (ExtensionError, UnicodeError):
                pass
    raise CertificateError("the proof beside the certificate cannot be read")


def _named(bare: Mapping[str, Any], policy: TrustPolicy) -> tuple[Verifier, ...]:
    """Choose the keys of the log that the certificate says it is of."""
    document = bare.get("document")
    name = document.get("log") if isinstance(document, dict) else None
    return tuple(log for log in policy.logs if log.name == name)


def receipt_of(document: Mapping[str, Any]) -> Receipt:
    """Give the receipt that a certificate carries; it is not verified yet.

    Raises:
        CertificateError: it carries none.
        ProofError: what it carries is none.

    """
    return Receipt.parse(_text(document, "receipt"))


def _check_order(document: Mapping[str, Any], entry: Verified) -> None:
    order = parse_id(_text(document, "id"))
    if _version(document) != VERSION:
        raise CertificateError("the certificate is not of version 1")
    if order is None:
        raise CertificateError("the certificate names no erasure")
    if _text(document, "finality") not in FINALITY:
        raise CertificateError("the certificate claims an unknown finality")
    if entry.type is not EntryType.ERASURE or entry.kind != "erasure":
        raise CertificateError("the certificate's receipt is not of an erasure")
    if entry.origin != document.get("log"):
        raise CertificateError("the certificate and its receipt are of two logs")
    expected = order_commit(text_bytes(document.get("order_salt")), order)
    if not hmac.compare_digest(text_bytes(entry.statement["order_commit"]), expected):
        raise CertificateError("the receipt is of another erasure")


def _version(document: Mapping[str, Any]) -> int | None:
    version = document.get("v")
    return version if type(version) is int else None


def _text(document: Mapping[str, Any], member: str) -> str:
    value = document.get(member)
    if not isinstance(value, str):
        raise CertificateError(f"the certificate has no {member}")
    return value
