r"""Time stamps by others: RFC 3161 tokens over checkpoints, asked for and verified.

What is stamped is a checkpoint's signed text: origin, size and root, each ended by a
newline, and neither the blank line nor the signatures after it. The message imprint
is the SHA-256 of exactly these bytes. So a token stays good while keys are rotated and
witnesses add their lines, and it bears on every entry that the tree holds.

A token shows that its text existed at `genTime`, on the word of the authority (TSA)
that signed it. It is believed only after everything holds: granted without changes,
the imprint, the nonce of the request, a signature by a certificate whose critical
extended key usage is time stamping, and a chain to a root that the operator configured,
all of it valid at `genTime`; that the certificate has expired since does not matter.

`rfc3161-client` checks the signature and says nothing of what stands beside it, which
nobody signs (identifiers, versions), nor of the attributes that have to be signed:
bytes that another verifier refuses. So there is just enough DER (ITU-T X.690) here to
see them, in what was decoded by it, and encoded again to the same bytes, before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from kit.errors import Malformed

MAX_TOKEN_BYTES: Final = 1 << 16
MAX_CHAIN_BYTES: Final = 1 << 16
IMPRINT: Final = "2.16.840.1.101.3.4.2.1"
"""The object identifier of SHA-256 (NIST), the one digest that is asked for."""

# RFC 5816: the attribute that names the certificate by more than a SHA-1 of it. The
# library does not ask for it, and verifiers elsewhere (the SDK's too) do.
_SIGNING_CERTIFICATE_V2: Final = bytes.fromhex("060b2a864886f70d010910022f")

# What cryptography and rfc3161-client let out where bytes are not what they claim.
_UNREADABLE: Final = (
    VerificationError,
    InvalidSignature,
    CryptographyDeprecationWarning,
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
)


class TimestampError(Malformed):
    """The time stamp does not show what it should, or cannot be read at all."""

    code, title = "timestamp_invalid", "The time stamp does not verify"


@dataclass(frozen=True, slots=True)
class TimestampRequest:
    """What is sent to an authority; the answer has to repeat the nonce."""

    der: bytes
    nonce: int


@dataclass(frozen=True, slots=True)
class Timestamp:
    """What a token has been shown to say: its text existed at `at`, at the latest."""

    at: datetime
    policy: str


@dataclass(frozen=True, slots=True)
class Chain:
    """The certificates of an authority: those that end a chain, and the others."""

    pem: bytes
    roots: tuple[x509.Certificate, ...]
    others: tuple[x509.Certificate, ...]

    @classmethod
    def parse(cls, pem: bytes) -> Self:
        """Read certificates in PEM; those that name themselves as issuer are roots.

        Raises:
            TimestampError: not certificates, or no root among them.

        """
        if len(pem) > MAX_CHAIN_BYTES:
            raise TimestampError("the certificates are too long")
        try:
            found = x509.load_pem_x509_certificates(pem)
            roots = tuple(each for each in found if each.issuer == each.subject)
        except _UNREADABLE:
            raise TimestampError("the file holds no certificates in PEM") from None
        if not roots:
            raise TimestampError("no root is among the authority's certificates")
        written = b"".join(each.public_bytes(Encoding.PEM) for each in found)
        return cls(written, roots, tuple(each for each in found if each not in roots))


def request(text: str) -> TimestampRequest:
    """Ask for a token over a checkpoint's signed text, with certificates in it.

    Raises:
        RuntimeError: the library made a request without a nonce.

    """
    built = (
        TimestampRequestBuilder()
        .data(text.encode())
        .hash_algorithm(HashAlgorithm.SHA256)
        .cert_request(cert_request=True)
        .build()
    )
    if built.nonce is None:
        raise RuntimeError("a request was made without a nonce")
    return TimestampRequest(built.as_bytes(), built.nonce)


def verify(
    answer: bytes, text: str, chain: Chain, *, nonce: int | None = None
) -> Timestamp:
    """Check an answer (TimeStampResp, in DER) over a checkpoint's signed text.

    `nonce` is that of the request; a stored answer was held to it when it came.

    Raises:
        TimestampError: something does not hold.

    """
    if len(answer) > MAX_TOKEN_BYTES:
        raise TimestampError("the time stamp is too long")
    try:
        response = decode_timestamp_response(answer)
        if response.as_bytes() != answer:
            raise TimestampError("the time stamp is not in DER")
        _verify(response, text, chain, nonce)
        if not signs_plainly(answer):
            raise TimestampError("the time stamp is signed in an unknown way")
        info = response.tst_info
        return Timestamp(info.gen_time, info.policy.dotted_string)
    except _UNREADABLE:
        raise TimestampError("the time stamp does not verify") from None


def _verify(
    response: TimeStampResponse, text: str, chain: Chain, nonce: int | None
) -> None:
    if response.status != 0:
        raise TimestampError("the authority did not grant the time stamp as asked")
    if _SIGNING_CERTIFICATE_V2 not in response.time_stamp_token():
        raise TimestampError("the time stamp does not name its certificate")
    info = response.tst_info
    if info.message_imprint.hash_algorithm.dotted_string != IMPRINT:
        raise TimestampError("the time stamp is over another kind of digest")
    if info.message_imprint.message != sha256(text.encode()).digest():
        raise TimestampError("the time stamp is of another checkpoint")
    if nonce is not None and info.nonce != nonce:
        raise TimestampError("the time stamp answers another request")
    VerifierBuilder(
        roots=list(chain.roots), intermediates=list(chain.others)
    ).build().verify(response, sha256(text.encode()).digest())


# X.690, 8.1.3: a length below 0x80 is itself; above it, its low bits say how many bytes
# of length follow, big endian. 0x80 alone (indefinite) is no DER and came not this far.
_LONG: Final = 0x80
# Constructed SEQUENCE; [0] IMPLICIT, which signed attributes are (RFC 5652, 5.3).
_SEQUENCE, _ATTRIBUTES = 0x30, 0xA0
# RSA names no parameters by an explicit NULL, ECDSA by nothing (RFC 4055, 5754).
_NULL: Final = (b"", b"\5\0")

# RFC 5754 and RFC 8017: RSA bare and with SHA-2, ECDSA with SHA-2; and RSASSA-PSS.
_RSA: Final = bytes.fromhex("06092a864886f70d0101")
_ECDSA: Final = bytes.fromhex("06082a8648ce3d0403")
_PLAIN: Final = frozenset(
    {
        *(_RSA + bytes([n]) for n in (1, 11, 12, 13)),
        *(_ECDSA + bytes([n]) for n in (2, 3, 4)),
    }
)
_PSS: Final = _RSA + bytes([10])
# INTEGER 3, of a SignedData whose content is no plain data; INTEGER 1, of a SignerInfo
# that names its certificate by issuer and number (RFC 5652, 5.1 and 5.3).
_VERSIONS: Final = (b"\2\1\3", b"\2\1\1")
# The attribute that the signature is about a TSTInfo (RFC 5652, 11.1).
_ABOUT: Final = bytes.fromhex(
    "301a06092a864886f70d010903310d060b2a864886f70d0109100104"
)


def signs_plainly(answer: bytes) -> bool:
    """Tell whether a TimeStampResp is signed as RFC 3161 has it.

    That is by an algorithm that is known here, in its versions, and with attributes
    that are each there once and say that it is about a time.

    Raises:
        LookupError, ValueError: it has another structure.

    """
    # TimeStampResp = status, ContentInfo; ContentInfo = type, [0] SignedData;
    # SignedData = version, digests, content, certificates, signers.
    _, token = _inside(answer)
    _, wrapped = _inside(token)
    (signed,) = _inside(wrapped)
    version, *_, signers = _inside(signed)
    (signer,) = _inside(signers)
    parts = list(_inside(signer))
    # SignerInfo = version, who, digest, [0] signed attributes, algorithm, signature.
    if parts[3][0] != _ATTRIBUTES or parts[4][0] != _SEQUENCE:
        raise LookupError
    if (version, parts[0]) != _VERSIONS or not _about_time(parts[3]):
        return False
    name, *parameters = _inside(parts[4])
    return name == _PSS or (name in _PLAIN and b"".join(parameters) in _NULL)


def _about_time(attributes: bytes) -> bool:
    listed = list(_inside(attributes))
    names = [next(_inside(each)) for each in listed]
    return _ABOUT in listed and len(set(names)) == len(names)


def _inside(value: bytes) -> Iterator[bytes]:
    """Give the values of which a value is made, each with its head."""
    # The tag is one byte: none of the structures read here has a tag number above 30.
    at = _head(value, 0)[0]
    while at < len(value):
        start, size = _head(value, at)
        yield value[at : start + size]
        at = start + size


def _head(data: bytes, at: int) -> tuple[int, int]:
    """Tell where a value's content begins, and how long it is."""
    size, start = data[at + 1], at + 2
    if size < _LONG:
        return start, size
    end = start + size - _LONG
    return end, int.from_bytes(data[start:end], "big")
