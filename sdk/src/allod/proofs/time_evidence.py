"""Evidence of when: one file that shows that an entry existed by a time.

A zip of a receipt, the checkpoint that it leads to, an authority's time stamp over
that checkpoint's text, and the policy and certificates as the vault knew them; for an
erasure, its certificate too. Policy and certificates of the file are not trusted: the
verifier brings their own.
"""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .certificate import VerifiedCertificate, verify_certificate
from .checkpoint import Extension
from .errors import VerificationError
from .policy import NO_QUORUM, TrustPolicy
from .receipt import Receipt, VerifiedReceipt, verify_receipt
from .timestamp import VerifiedTime, verify_timestamp

MAX_EVIDENCE_BYTES = 1 << 20

_ABOUT = "EVIDENCE.txt"
_TEXT = "ebf29e1b7b80bb144c73247e7c8e06b3bc7db8c74ef4a54f3e954155371dabc1"
_CERTIFICATE = "certificate.json"
_CHECKPOINT = "checkpoint.txt"
_RECEIPT = "receipt.tlog-proof"
_STAMP = "timestamp.tsr"
_REST = (_CHECKPOINT, "policy.txt", _RECEIPT, _STAMP, "tsa.pem")

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_VERSION, _UNIX, _MODE = 20, 3 << 8, 0o100644 << 16
_EPOCH = 0x21  # the first of January 1980, the earliest date of the format
# All that zipfile lets out when the bytes are not what they claim to be.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class VerifiedTimeEvidence:
    """What evidence has been shown to say: which entry, and by when it existed."""

    receipt: VerifiedReceipt
    time: VerifiedTime
    certificate: VerifiedCertificate | None


def verify_time_evidence(
    evidence: bytes,
    policy: TrustPolicy,
    roots: bytes | str,
    proofs: Sequence[Extension] = (),
) -> VerifiedTimeEvidence:
    """Check evidence offline; `roots` are the authority's certificates, in PEM.

    `proofs` lead from a tree that witnesses had not seen to one that they had.

    Raises:
        ProvisionalError: the policy asks for witnesses, and too few had seen its tree.
        VerificationError: malformed, or it does not show what it claims.

    """
    files = _unpacked(evidence)
    receipt = verify_receipt(files[_RECEIPT], policy, proofs)
    text = _text(files[_RECEIPT])
    if files[_CHECKPOINT] != text:
        raise VerificationError(
            "the checkpoint is not the receipt's", code="other-text"
        )
    time = verify_timestamp(files[_STAMP], text, roots)
    if _CERTIFICATE not in files:
        return VerifiedTimeEvidence(receipt, time, None)
    # The witnesses have their place above: this is about the same entry.
    log = replace(policy, quorum=NO_QUORUM)
    try:
        certificate = verify_certificate(files[_CERTIFICATE], log)
    except VerificationError as error:
        raise error.at("the certificate in it", file=_CERTIFICATE) from None
    if _entry(certificate.receipt) != _entry(receipt):
        words = "the certificate is of another entry than the receipt"
        raise VerificationError(words, code="other-entry")
    return VerifiedTimeEvidence(receipt, time, certificate)


def _text(receipt: bytes) -> bytes:
    """Give the signed text of a receipt's checkpoint, which the time is stamped on."""
    head, _, _ = Receipt.parse(receipt).note.rpartition("\n\n")
    return f"{head}\n".encode()


def _entry(receipt: VerifiedReceipt) -> tuple[str, int, bytes]:
    return receipt.checkpoint.origin, receipt.index, receipt.payload


def _unpacked(data: bytes) -> dict[str, bytes]:
    """Take the file apart; it is refused unless packing it again gives its bytes."""
    if len(data) > MAX_EVIDENCE_BYTES:
        raise VerificationError("the file is too long for evidence")
    try:
        files = _read(data)
    except _UNREADABLE:
        raise VerificationError("the file is no zip, or a damaged one") from None
    first = (_ABOUT, _CERTIFICATE) if _CERTIFICATE in files else (_ABOUT,)
    if tuple(files) != (*first, *_REST) or _packed(files) != data:
        raise VerificationError("the file is not evidence of version 1")
    # What it tells its reader to do is nobody's to change.
    if hashlib.sha256(files[_ABOUT]).hexdigest() != _TEXT:
        raise VerificationError("the file is not evidence of version 1")
    return files


def _read(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
        plain = all(info.compress_type == zipfile.ZIP_STORED for info in infos)
        if not plain or sum(info.file_size for info in infos) > len(data):
            raise VerificationError("the file is not evidence of version 1")
        return {info.filename: archive.read(info) for info in infos}


def _packed(files: Mapping[str, bytes]) -> bytes:
    """Write a zip of files that are stored as they are (PKWARE APPNOTE, 4.3)."""
    body, listed = b"", b""
    for path, data in files.items():
        name, size = path.encode(), len(data)
        common = (0, 0, 0, _EPOCH, zlib.crc32(data), size, size, len(name), 0)
        made = _CENTRAL.pack(
            b"PK\1\2", _UNIX | _VERSION, _VERSION, *common, 0, 0, 0, _MODE, len(body)
        )
        listed += made + name
        body += _LOCAL.pack(b"PK\3\4", _VERSION, *common) + name + data
    count = len(files)
    end = _END.pack(b"PK\5\6", 0, 0, count, count, len(listed), len(body), 0)
    return body + listed + end
