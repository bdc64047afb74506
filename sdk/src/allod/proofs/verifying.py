"""`verify`, of the program: tells the sorts of files apart by how they begin."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ._files import MisusedError, head, opened, read
from ._strict import member
from ._tsa_certificates import Trusted
from .archive import verify_archive, verify_archive_chain
from .certificate import verify_certificate
from .checkpoint import Extension
from .cose import verify_cose_receipt
from .errors import NOT_RECOGNISED, VerificationError
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
    proofs: Sequence[Extension] = (),
    tsa: Path | None = None,
) -> _Facts:
    """Verify a file, whatever it is; `tsa` is for evidence of when: roots, in PEM.

    Raises:
        MisusedError: it cannot be read, or the roots cannot.
        VerificationError: it does not verify, or is nothing that could.

    """
    start = head(path, _NAMED + len(_EVIDENCE))
    if not start.startswith(_ZIP):
        return shown(read(path), policy, proofs)
    if start[_NAMED:] != _EVIDENCE:
        return _exported(path, policy, proofs)
    return _stamped(read(path), policy, _roots(tsa), proofs)


def verified_chain(
    path: Path, policy: TrustPolicy, proofs: Sequence[Extension] = ()
) -> _Facts:
    """Verify the customer's chain in an export, and nothing else of it.

    Raises:
        MisusedError: it cannot be read.
        VerificationError: the chain is broken, or this is no export.

    """
    if not head(path, len(_ZIP)).startswith(_ZIP):
        raise VerificationError("a chain is in an export", code=NOT_RECOGNISED)
    with opened(path) as file:
        found = verify_archive_chain(file, policy, proofs)
    return {
        "is": "chain",
        "entries": found.entries,
        "proven": found.proven,
        "tree": found.tree,
    }


def _roots(tsa: Path | None) -> bytes:
    if tsa is None:
        raise MisusedError(
            "evidence of when needs the certificates of who stamps time: --tsa",
            fix="name a file with the authority's root: --tsa root.pem",
        )
    pem = read(
        tsa,
        what="the file of the time-stamping authority's certificates",
        fix="name a file with its root: --tsa root.pem; nothing was verified",
    )
    try:
        Trusted.read(pem)
    except VerificationError as error:
        raise MisusedError.of(tsa, error) from None
    return pem


def _exported(path: Path, policy: TrustPolicy, proofs: Sequence[Extension]) -> _Facts:
    with opened(path) as file:
        found = verify_archive(file, policy, proofs)
    return {
        "is": "export",
        "log": found.log,
        "made_at": found.made_at,
        "files": found.files,
        "bytes": found.size,
        "entries": found.entries,
        "proven": found.proven,
        "tree": found.tree,
    }


def _stamped(
    data: bytes, policy: TrustPolicy, roots: bytes, proofs: Sequence[Extension]
) -> _Facts:
    found = verify_time_evidence(data, policy, roots, proofs)
    facts: _Facts = {
        "is": "evidence of when",
        "log": found.receipt.checkpoint.origin,
        "kind": found.receipt.kind,
        "index": found.receipt.index,
        "tree": found.receipt.checkpoint.size,
        "existed_by": _instant(found.time.at),
        "authority": found.time.authority,
        "authority_policy": found.time.policy,
    }
    if found.certificate is not None:
        facts["erasure"] = found.certificate.erasure_id
    return facts


def shown(data: bytes, policy: TrustPolicy, proofs: Sequence[Extension] = ()) -> _Facts:
    """Verify a file that is no zip; each sort begins in its own way."""
    if data.startswith(HEADER.encode()):
        return _receipt(data, policy, proofs)
    if data.startswith(_COSE):
        return _cose(data, policy)
    if data.startswith(b'{"first":'):
        split = verify_split_view(data, policy)
        sizes = [split.first.size, split.second.size]
        log = split.first.origin
        return {"is": "evidence of a split view", "log": log, "trees": sizes}
    return _document(data, policy, proofs)


def _receipt(data: bytes, policy: TrustPolicy, proofs: Sequence[Extension]) -> _Facts:
    found = verify_receipt(data, policy, proofs)
    return {
        "is": "receipt",
        "log": found.checkpoint.origin,
        "kind": found.kind,
        "at": _when(found.at),
        "index": found.index,
        "tree": found.checkpoint.size,
        "witnesses": len(found.witnessed),
    }


def _cose(data: bytes, policy: TrustPolicy) -> _Facts:
    found = verify_cose_receipt(data, policy)
    return {
        "is": "COSE receipt",
        "log": found.origin,
        "kind": found.kind,
        "at": _when(found.at),
        "root": found.root.hex(),
    }


def _document(data: bytes, policy: TrustPolicy, proofs: Sequence[Extension]) -> _Facts:
    """Verify a signed document; each kind has a member of its own."""
    document = _unverified(data)
    if "order_salt" in document:
        return _certificate(data, policy, proofs)
    if "files" in document:
        listed = verify_manifest(data, policy)
        return {
            "is": "manifest of an export",
            "log": listed.log,
            "made_at": listed.made_at,
            "files": len(listed.files),
        }
    if "@context" not in document:
        words = "this is a signed document of no kind that is known"
        raise VerificationError(words, code=NOT_RECOGNISED)
    signed = verify_document(Context.CONSENT, data, policy)
    said = dict(signed.document)
    return {"is": "consent receipt", "log": signed.signer, "document": said}


def _certificate(
    data: bytes, policy: TrustPolicy, proofs: Sequence[Extension]
) -> _Facts:
    found = verify_certificate(data, policy, proofs)
    said = {
        name: found.document[name]
        for name in ("scope", "live_erased_at", "finality", "not_proven")
        if name in found.document
    }
    return {
        "is": "erasure certificate",
        "log": found.receipt.checkpoint.origin,
        "erasure": found.erasure_id,
        **said,
        "index": found.receipt.index,
        "tree": found.receipt.checkpoint.size,
        "witnesses": len(found.receipt.witnessed),
    }


def _unverified(data: bytes) -> Mapping[str, Any]:
    try:
        document: Mapping[str, Any] = member(read_object(data), "document", dict)
    except VerificationError:
        words = "this is no receipt, certificate, manifest, consent receipt or export"
        raise VerificationError(words, code=NOT_RECOGNISED) from None
    return document


def _when(at: int) -> str:
    """Write an entry's time as an instant; beyond the calendar, as its seconds."""
    try:
        return _instant(datetime.fromtimestamp(at, UTC))
    except (ValueError, OverflowError, OSError):
        return str(at)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
