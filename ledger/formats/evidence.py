"""Evidence: all that shows that an entry existed by a time, in one file.

A zip that standard tools take apart, with these files in this order:

    EVIDENCE.txt          how to check it, with this program and without
    certificate.json      an erasure certificate, where the entry is of an erasure
    checkpoint.txt        the checkpoint's signed text, which the time stamp is over
    policy.txt            the log's own trust policy (C2SP tlog-policy)
    receipt.tlog-proof    the entry and its way up to that checkpoint
    timestamp.tsr         the authority's answer (RFC 3161 TimeStampResp, DER)
    tsa.pem               the authority's certificates, as the vault knew them

The file has one spelling: nothing is packed, no date is kept, and a verifier reads it
only if writing it again gives the same bytes. Policy and certificates are in it
for whoever takes it apart in twenty years. They are not trusted because they are:
whoever verifies brings the policy and the authority's root along.
"""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledger.formats.checkpoint import Checkpoint
from ledger.formats.receipt import Receipt
from ledger.formats.trust_policy import TrustPolicy

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
