"""What somebody hands in for checking: told apart, and verified without a server.

A receipt (C2SP tlog-proof, or COSE), an erasure certificate, a consent receipt, an
export, evidence with a time stamp, evidence of a split view. The trust policy must come
from elsewhere, and so must the root of a time-stamping authority; whatever the file
itself says of keys or roots is not trusted.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from exports import verify_archive, verify_own_chain
from exports.manifest import read_manifest
from kit.clock import from_unix, iso
from kit.errors import Malformed
from ledger.formats.certificate import verify_certificate
from ledger.formats.cose import CoseReceipt
from ledger.formats.evidence import FIRST, MAX_EVIDENCE_BYTES, Evidence
from ledger.formats.extension import MAX_EXTENSION_BYTES, Extension
from ledger.formats.note import CONSENT, read_signed, verify_document
from ledger.formats.receipt import Receipt
from ledger.formats.signing import NoteError
from ledger.formats.split_view import START, verify_split_view
from ledger.formats.timestamp import MAX_CHAIN_BYTES, Chain
from ledger.formats.trust_policy import MAX_POLICY_BYTES, TrustPolicy

MAX_DOCUMENT: Final = 1 << 22

_FILE: Final = ("the file that was to be verified", "name a file that is there")
_POLICY: Final = (
    "the trust policy",
    "name the file that says whom you trust: --policy FILE; nothing was verified",
)
_EXTENSION: Final = ("the cosigned proof", "name the proof that was fetched: --proof")
_ROOTS: Final = (
    "the file of the time-stamping authority's certificates",
    "name a file with its root: --tsa root.pem; nothing was verified",
)
_ZIP: Final = b"PK\x03\x04"
_NAMED: Final = 30  # where a zip names its first file (PKWARE APPNOTE, 4.3.7)
_EVIDENCE: Final = FIRST.encode()
_PROOF: Final = b"c2sp.org/tlog-proof@"
_COSE: Final = b"\xd2\x84"  # a COSE_Sign1


class NotRecognised(Malformed):
    """The file is nothing that this house gives out, or cannot be read at all."""

    code, title = "not_recognised", "Not recognised"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a file is, and what verifying it has shown."""

    kind: str
    facts: Mapping[str, Any]


def read_policy(path: Path) -> TrustPolicy:
    """Read a trust policy from a file.

    Raises:
        NotRecognised: it is missing, or no policy; the message gives the line.

    """
    with _own(path):
        return TrustPolicy.parse(_read(path, MAX_POLICY_BYTES + 1, _POLICY))


def read_proof(path: Path) -> Extension:
    """Read the cosigned proof that was fetched for a provisional file.

    Raises:
        NotRecognised: it is missing, or no such proof.

    """
    with _own(path):
        return Extension.parse(_read(path, MAX_EXTENSION_BYTES + 1, _EXTENSION))


def verify(
    path: Path,
    policy: TrustPolicy,
    roots: Path | None = None,
    proofs: Sequence[Extension] = (),
) -> Verdict:
    """Verify a file, whatever it is; a time stamp needs an authority's certificates.

    `proofs` lead from trees that witnesses had not seen to such that they had.

    Raises:
        NotRecognised: it is missing, or nothing that could be verified.
        Malformed: it does not verify; the message says what does not hold.

    """
    start = _read(path, len(_PROOF))
    if _is_evidence(path):
        return _evidence(path, policy, roots, proofs)
    if start.startswith(_ZIP):
        return _archive(path, policy, proofs)
    data = _read(path, MAX_DOCUMENT + 1)
    if len(data) > MAX_DOCUMENT:
        raise NotRecognised("the file is too long for anything that is verified here")
    if start.startswith(_PROOF):
        return _receipt(data, policy, proofs)
    for beginning, check in {_COSE: _cose, START: _split_view}.items():
        if start.startswith(beginning):
            return check(data, policy)
    signed = _signed(data)
    if "order_salt" in signed["document"]:
        return _certificate(signed, policy, proofs)
    return _document(data, signed, policy)


def verify_chain(
    path: Path, policy: TrustPolicy, proofs: Sequence[Extension] = ()
) -> Verdict:
    """Verify a customer's own chain of entries in an export, and nothing else of it.

    Raises:
        NotRecognised: it is missing, or no export.
        Malformed: the chain is broken; the message names the first entry at fault.

    """
    if not _read(path, len(_ZIP)).startswith(_ZIP):
        raise NotRecognised("a chain is in an export", fix="name an export .zip")
    found = verify_own_chain(path, policy, proofs)
    facts = {"entries": found.entries, "proven": found.proven, "tree": found.tree}
    return Verdict("chain", facts)


def _is_evidence(path: Path) -> bool:
    start = _read(path, _NAMED + len(_EVIDENCE))
    return start.startswith(_ZIP) and start[_NAMED:] == _EVIDENCE


def _evidence(
    path: Path, policy: TrustPolicy, roots: Path | None, proofs: Sequence[Extension]
) -> Verdict:
    if roots is None:
        raise NotRecognised(
            "evidence with a time stamp needs the authority's root",
            fix="name a file with its certificates: --tsa root.pem",
        )
    with _own(roots):
        chain = Chain.parse(_read(roots, MAX_CHAIN_BYTES + 1, _ROOTS))
    evidence = Evidence.parse(_read(path, MAX_EVIDENCE_BYTES + 1))
    shown = evidence.verify(policy, chain, proofs)
    facts = {
        "log": shown.entry.origin,
        "kind": shown.entry.kind,
        "index": shown.entry.index,
        "tree": shown.entry.size,
        "existed_by": iso(shown.time.at),
        "authority_policy": shown.time.policy,
    }
    if shown.certificate is not None:
        facts["erasure"] = shown.certificate["id"]
    return Verdict("evidence", facts)


def _archive(path: Path, policy: TrustPolicy, proofs: Sequence[Extension]) -> Verdict:
    summary = verify_archive(path, policy, proofs)
    facts = {
        "log": summary.log,
        "made_at": iso(summary.made_at),
        "files": summary.files,
        "bytes": summary.size,
        "entries": summary.entries,
        "proven": summary.proven,
        "tree": summary.tree,
    }
    return Verdict("export", facts)


def _receipt(data: bytes, policy: TrustPolicy, proofs: Sequence[Extension]) -> Verdict:
    verified = Receipt.parse(data).verify(policy, proofs)
    facts = {
        "log": verified.origin,
        "kind": verified.kind,
        "at": _when(verified.at),
        "index": verified.index,
        "tree": verified.size,
        "witnesses": len(verified.witnessed),
    }
    return Verdict("receipt", facts)


def _cose(data: bytes, policy: TrustPolicy) -> Verdict:
    shown = CoseReceipt.parse(data).verify(policy)
    facts = {
        "log": shown.origin,
        "kind": shown.kind,
        "at": _when(shown.at),
        "root": shown.root.hex(),
    }
    return Verdict("COSE receipt", facts)


def _when(at: int) -> str:
    """Write an entry's time as an instant; beyond the calendar, as its seconds."""
    try:
        return iso(from_unix(at))
    except (ValueError, OverflowError, OSError):
        return str(at)


def _split_view(data: bytes, policy: TrustPolicy) -> Verdict:
    shown = verify_split_view(data, policy)
    trees = [shown.first.size, shown.second.size]
    return Verdict("split view", {"log": shown.first.origin, "trees": trees})


def _certificate(
    signed: Mapping[str, Any], policy: TrustPolicy, proofs: Sequence[Extension]
) -> Verdict:
    verified = verify_certificate(signed, policy, proofs)
    document = verified.document
    said = {
        name: document[name]
        for name in ("scope", "live_erased_at", "finality", "not_proven")
        if name in document
    }
    facts = {
        "log": verified.entry.origin,
        "erasure": document["id"],
        **said,
        "index": verified.entry.index,
        "tree": verified.entry.size,
        "witnesses": len(verified.entry.witnessed),
    }
    return Verdict("erasure certificate", facts)


def _document(data: bytes, signed: Mapping[str, Any], policy: TrustPolicy) -> Verdict:
    """Verify a document without a proof; each kind has a shape of its own."""
    if "files" in signed["document"]:
        found = read_manifest(data, policy)
        made_at, files = iso(found.made_at), len(found.files)
        facts = {"log": found.log, "made_at": made_at, "files": files}
        return Verdict("manifest of an export", facts)
    if "@context" not in signed["document"]:
        raise NotRecognised(
            "this is a signed document of no kind that is verified here",
            fix="name a certificate, a consent receipt or an export's manifest",
        )
    document = verify_document(CONSENT, signed, policy.logs)
    return Verdict("consent receipt", {"document": document})


def _signed(data: bytes) -> Mapping[str, Any]:
    try:
        return read_signed(data)
    except NoteError:
        raise NotRecognised(
            "this is no receipt, certificate, consent receipt or export",
            fix="name a .tlog-proof, a .cose, a signed .json or an export .zip",
        ) from None


@contextmanager
def _own(path: Path) -> Iterator[None]:
    """Tell a file of the verifier's own that is none from one that does not verify."""
    try:
        yield
    except NotRecognised:
        raise
    except Malformed as error:
        raise NotRecognised(
            f"{path.name} cannot be understood: {error.detail}",
            fix="nothing was verified; mend the file, or fetch it again",
        ) from None


def _read(path: Path, limit: int, what: tuple[str, str] = _FILE) -> bytes:
    """Read a file; what it is for stands in the message, if it cannot be read."""
    name, fix = what
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except FileNotFoundError:
        why = "is missing"
    except IsADirectoryError:
        why = "is a folder"
    except OSError:
        why = "may not be read"
    raise NotRecognised(f"{name}, {path.name}, {why}", fix=fix)
