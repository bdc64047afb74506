"""`verify`, of the program: tells the sorts of files apart by how they begin."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ._files import MisusedError, head, read
from ._strict import member
from .archive import verify_archive
from .certificate import verify_certificate
from .cose import verify_cose_receipt
from .errors import VerificationError
from .extension import Extension
from .manifest import verify_manifest
from .policy import TrustPolicy
from .receipt import HEADER, verify_receipt
from .signed import Context, read_object, verify_document
from .split_view import verify_split_view
from .time_evidence import verify_time_evidence

_COSE = b"\xd2\x84"
_ZIP = b"PK\3\4"
_NAMED = 30  # where a zip names its first file (PKWARE APPNOTE, 4.3.7)
_EVIDENCE = b"EVIDENCE.txt"
_Facts = dict[str, Any]


def verified(
    path: Path,
    policy: TrustPolicy,
    proofs: Sequence[Extension],
    roots: bytes | None,
) -> _Facts:
    """Verify a file, whatever it is; `roots` are for evidence of when, in PEM.

    Raises:
        MisusedError: it cannot be read, or the roots are missing.
        VerificationError: it does not verify.

    """
    start = head(path, _NAMED + len(_EVIDENCE))
    if not start.startswith(_ZIP):
        return shown(read(path), policy, proofs)
    if start[_NAMED:] != _EVIDENCE:
        return _exported(path, policy, proofs)
    if roots is None:
        raise MisusedError(
            "evidence of when needs the certificates of who stamps time: --tsa"
        )
    return _stamped(read(path), policy, roots, proofs)


def _exported(path: Path, policy: TrustPolicy, proofs: Sequence[Extension]) -> _Facts:
    try:
        with path.open("rb") as file:
            found = verify_archive(file, policy, proofs)
    except OSError:
        raise MisusedError(f"{path} may not be read") from None
    return {
        "is": "export",
        "log": found.log,
        "made_at": found.made_at,
        "files": found.files,
        "entries": found.entries,
    }


def _stamped(
    data: bytes, policy: TrustPolicy, roots: bytes, proofs: Sequence[Extension]
) -> _Facts:
    found = verify_time_evidence(data, policy, roots, proofs)
    return {
        "is": "evidence of when",
        "log": found.receipt.checkpoint.origin,
        "index": found.receipt.index,
        "existed_by": found.time.at.isoformat(),
        "authority": found.time.authority,
    }


def shown(data: bytes, policy: TrustPolicy, proofs: Sequence[Extension] = ()) -> _Facts:
    """Verify a file that is no zip; each sort begins in its own way."""
    if data.startswith(HEADER.encode()):
        receipt = verify_receipt(data, policy, proofs)
        tree = receipt.checkpoint
        return {"is": "receipt", "log": tree.origin, "index": receipt.index}
    if data.startswith(_COSE):
        return {"is": "COSE receipt", "log": verify_cose_receipt(data, policy).origin}
    if data.startswith(b'{"first":'):
        split = verify_split_view(data, policy)
        sizes = [split.first.size, split.second.size]
        return {
            "is": "evidence of a split view",
            "log": split.first.origin,
            "trees": sizes,
        }
    return _document(data, policy, proofs)


def _document(data: bytes, policy: TrustPolicy, proofs: Sequence[Extension]) -> _Facts:
    """Verify a signed document; each kind has a member of its own."""
    document = _unverified(data)
    if "order_salt" in document:
        shown = verify_certificate(data, policy, proofs)
        return {"is": "erasure certificate", "finality": shown.finality}
    if "files" in document:
        listed = verify_manifest(data, policy)
        return {"is": "manifest of an export", "log": listed.log}
    if "@context" not in document:
        raise VerificationError("this is a signed document of no kind that is known")
    signed = verify_document(Context.CONSENT, data, policy)
    return {"is": "consent receipt", "log": signed.signer}


def _unverified(data: bytes) -> Mapping[str, Any]:
    try:
        document: Mapping[str, Any] = member(read_object(data), "document", dict)
    except VerificationError:
        raise VerificationError(
            "this is no receipt, certificate, manifest, consent receipt or export"
        ) from None
    return document
