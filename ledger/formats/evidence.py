"""Evidence: all that shows that an entry existed by a time, in one file.

A zip that standard tools take apart, with these files in this order:

    EVIDENCE.txt          how to check it, with this program and without
    certificate.json      an erasure certificate, where the entry is of an erasure
    checkpoint.txt        the checkpoint's signed text, which the time stamp is over
    policy.txt            the log's own trust policy (C2SP tlog-policy)
    receipt.tlog-proof    the entry and its way up to that checkpoint
    timestamp.tsr         the authority's answer (RFC 3161 TimeStampResp, DER)
    tsa.pem               the authority's certificates, as the vault knew them

The file has one spelling: nothing is packed, no date is kept, and whatever is read is
read only if writing it again gives the same bytes. Policy and certificates are in it
for whoever takes it apart in twenty years. They are not trusted because they are:
whoever verifies brings the policy and the authority's root along.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from kit.errors import Malformed
from ledger.formats.certificate import CertificateError, verify_certificate
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.extension import Extension
from ledger.formats.merkle import ProofError
from ledger.formats.note import read_signed
from ledger.formats.receipt import Receipt, Verified
from ledger.formats.signing import cause_of
from ledger.formats.timestamp import Chain, Timestamp, TimestampError, verify
from ledger.formats.trust_policy import NO_QUORUM, PolicyError, TrustPolicy

MAX_EVIDENCE_BYTES: Final = 1 << 20
FIRST: Final = "EVIDENCE.txt"
CERTIFICATE: Final = "certificate.json"

_CHECKPOINT: Final = "checkpoint.txt"
_POLICY: Final = "policy.txt"
_RECEIPT: Final = "receipt.tlog-proof"
_STAMP: Final = "timestamp.tsr"
_CHAIN: Final = "tsa.pem"
_REST: Final = (_CHECKPOINT, _POLICY, _RECEIPT, _STAMP, _CHAIN)

_ABOUT: Final = """\
Evidence that an entry of a public log existed by a time that somebody else vouches for.

1. receipt.tlog-proof shows that the entry is in the tree whose root is in
   checkpoint.txt, which the log has signed (c2sp.org/tlog-proof).
2. timestamp.tsr shows that checkpoint.txt existed at the time that it names (RFC 3161).

Check both offline, with a policy and a root certificate that you have from elsewhere:

    allod verify --policy policy.txt --tsa root.pem THIS.zip

The second with OpenSSL alone, after unzipping:

    openssl ts -verify -data checkpoint.txt -in timestamp.tsr -CAfile root.pem
    openssl ts -reply -in timestamp.tsr -text

If the authority's certificate has expired since, add -attime with the time above.
tsa.pem holds the certificates that the vault knew; compare them with the authority's.
"""

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_VERSION: Final = 20
_EPOCH: Final = 0x21  # the first of January 1980, the earliest date of the format
_UNIX_FILE: Final = (3 << 8 | _VERSION, 0o100644 << 16)
# All that zipfile lets out when the bytes are not what they claim to be.
_UNREADABLE: Final = (
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


class EvidenceError(Malformed):
    """The file is no evidence, or what is in it does not hold."""

    code, title = "evidence_invalid", "The evidence does not verify"


@dataclass(frozen=True, slots=True)
class Proven:
    """What evidence proves, after it was verified."""

    entry: Verified
    time: Timestamp
    certificate: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The parts of one file of evidence; nothing in it is verified yet."""

    checkpoint: bytes
    policy: bytes
    receipt: bytes
    token: bytes
    chain: bytes
    certificate: bytes | None = None
    about: bytes = _ABOUT.encode()

    def encode(self) -> bytes:
        """Write the file."""
        parts = (self.checkpoint, self.policy, self.receipt, self.token, self.chain)
        first = {FIRST: self.about}
        if self.certificate is not None:
            first[CERTIFICATE] = self.certificate
        return _packed(first | dict(zip(_REST, parts, strict=True)))

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a file of evidence.

        Raises:
            EvidenceError: it is not one, or not spelled the one way.

        """
        if len(data) > MAX_EVIDENCE_BYTES:
            raise EvidenceError("the file is too long for evidence")
        files = _unpacked(data)
        try:
            checkpoint, policy, receipt, token, chain = map(files.__getitem__, _REST)
            evidence = cls(
                checkpoint=checkpoint,
                policy=policy,
                receipt=receipt,
                token=token,
                chain=chain,
                certificate=files.get(CERTIFICATE),
                about=files[FIRST],
            )
        except KeyError:
            raise EvidenceError("a part of the evidence is missing") from None
        # What it tells its reader to do is nobody's to change.
        if evidence.encode() != data or evidence.about != _ABOUT.encode():
            raise EvidenceError("the file is not evidence of version 1")
        return evidence

    def verify(
        self, policy: TrustPolicy, chain: Chain, proofs: Sequence[Extension] = ()
    ) -> Proven:
        """Check everything, trusting nothing that the file brings along.

        `proofs` lead from a tree that witnesses had not seen to one that they had.

        Raises:
            EvidenceError: something does not hold; the message says what.

        """
        try:
            receipt = Receipt.parse(self.receipt)
            entry = receipt.verify(policy, proofs)
            text = policy.accept(receipt.note, proofs).checkpoint.encode()
            time = verify(self.token, text, chain)
        except (ProofError, PolicyError, TimestampError) as error:
            raise EvidenceError(error.detail, code=cause_of(error)) from None
        if text.encode() != self.checkpoint:
            raise EvidenceError("the checkpoint is not the one that was stamped")
        return Proven(entry, time, self._certificate(policy, entry))

    def _certificate(
        self, policy: TrustPolicy, entry: Verified
    ) -> Mapping[str, Any] | None:
        if self.certificate is None:
            return None
        try:
            # The witnesses have their place above: this is about the same entry.
            log = replace(policy, quorum=NO_QUORUM)
            found = verify_certificate(read_signed(self.certificate), log)
        except (CertificateError, Malformed) as error:
            detail = f"the certificate in it: {error.detail}"
            raise EvidenceError(detail, code=cause_of(error)) from None
        about = (entry.index, entry.payload, entry.origin)
        if (found.entry.index, found.entry.payload, found.entry.origin) != about:
            raise EvidenceError("the certificate is of another entry")
        return found.document


def of(
    receipt: Receipt,
    checkpoint: Checkpoint,
    *,
    token: bytes,
    chain: bytes,
    policy: TrustPolicy,
    certificate: bytes | None = None,
) -> Evidence:
    """Put together what belongs together; verifying is somebody else's part."""
    return Evidence(
        checkpoint=checkpoint.encode().encode(),
        policy=policy.encode().encode(),
        receipt=receipt.encode().encode(),
        token=token,
        chain=chain,
        certificate=certificate,
    )


def _packed(files: Mapping[str, bytes]) -> bytes:
    """Write a zip of files that are stored as they are (PKWARE APPNOTE, 4.3)."""
    body, listed = b"", b""
    for path, data in files.items():
        name, size = path.encode("ascii"), len(data)
        common = (0, 0, 0, _EPOCH, zlib.crc32(data), size, size, len(name), 0)
        made_by, mode = _UNIX_FILE
        listed += _CENTRAL.pack(
            b"PK\1\2", made_by, _VERSION, *common, 0, 0, 0, mode, len(body)
        )
        listed += name
        body += _LOCAL.pack(b"PK\3\4", _VERSION, *common) + name + data
    count = len(files)
    end = _END.pack(b"PK\5\6", 0, 0, count, count, len(listed), len(body), 0)
    return body + listed + end


def _unpacked(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if sum(info.file_size for info in infos) > len(data):
                raise EvidenceError("the file is not evidence of version 1")
            if any(info.compress_type != zipfile.ZIP_STORED for info in infos):
                raise EvidenceError("the file is not evidence of version 1")
            return {info.filename: archive.read(info) for info in infos}
    except _UNREADABLE:
        raise EvidenceError("the file is no zip, or a damaged one") from None
