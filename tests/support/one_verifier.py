"""The one verifier, asked with what tests have: the house's policies and proofs."""

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, TypeVar

from allod import proofs

from ledger.formats.checkpoint import Extension
from ledger.formats.evidence import Evidence
from ledger.formats.receipt import Receipt
from ledger.formats.signing import Verifier
from ledger.formats.trust_policy import TrustPolicy

Source = Path | bytes
Shown = TypeVar("Shown")


def trusting(policy: TrustPolicy) -> proofs.TrustPolicy:
    """Give a policy of the house to the verifier, as it is written."""
    return proofs.TrustPolicy.parse(policy.encode())


def handed(given: Iterable[Extension]) -> list[proofs.Extension]:
    """Give cosigned proofs to the verifier, as they are written."""
    return [proofs.Extension.parse(each.encode()) for each in given]


def verify_archive(
    source: Source, policy: TrustPolicy, given: Sequence[Extension] = ()
) -> proofs.VerifiedArchive:
    """Verify an export, whole."""
    return _of(source, lambda file: proofs.verify_archive(file, *_both(policy, given)))


def verify_own_chain(
    source: Source, policy: TrustPolicy, given: Sequence[Extension] = ()
) -> proofs.VerifiedChain:
    """Verify the customer's chain in an export."""
    return _of(
        source, lambda file: proofs.verify_archive_chain(file, *_both(policy, given))
    )


def verify_receipt(
    receipt: Receipt | str | bytes, policy: TrustPolicy, given: Sequence[Extension] = ()
) -> proofs.VerifiedReceipt:
    """Verify a receipt, as it is written."""
    text = receipt.encode() if isinstance(receipt, Receipt) else receipt
    return proofs.verify_receipt(text, *_both(policy, given))


def verify_certificate(
    signed: Mapping[str, Any], policy: TrustPolicy, given: Sequence[Extension] = ()
) -> proofs.VerifiedCertificate:
    """Verify an erasure certificate."""
    return proofs.verify_certificate(signed, *_both(policy, given))


def verify_document(
    context: str, signed: Mapping[str, Any], known: Sequence[Verifier]
) -> dict[str, Any]:
    """Verify a signed document by keys; gives the document."""
    kind = proofs.Context(context)
    policy = trusting(TrustPolicy(tuple(known)))
    return dict(proofs.verify_document(kind, signed, policy).document)


def verify_cose(receipt: bytes, policy: TrustPolicy) -> proofs.VerifiedCose:
    """Verify a receipt in COSE."""
    return proofs.verify_cose_receipt(receipt, trusting(policy))


def verify_evidence(
    evidence: bytes, policy: TrustPolicy, roots: bytes
) -> proofs.VerifiedTimeEvidence:
    """Verify evidence of when; the roots are in PEM."""
    return proofs.verify_time_evidence(evidence, trusting(policy), roots)


def read_evidence(data: bytes) -> Evidence:
    """Take evidence apart, to be put together in another way."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return Evidence(
        checkpoint=files["checkpoint.txt"],
        policy=files["policy.txt"],
        receipt=files["receipt.tlog-proof"],
        token=files["timestamp.tsr"],
        chain=files["tsa.pem"],
        certificate=files.get("certificate.json"),
        about=files["EVIDENCE.txt"],
    )


def _both(
    policy: TrustPolicy, given: Iterable[Extension]
) -> tuple[proofs.TrustPolicy, list[proofs.Extension]]:
    return trusting(policy), handed(given)


def _of(source: Source, check: Callable[[IO[bytes]], Shown]) -> Shown:
    with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as file:
        return check(file)
