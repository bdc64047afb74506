"""CMS SignedData (RFC 5652), as far as a time stamp uses it (RFC 3161, RFC 5816).

One signer, with signed attributes: the content's type, its digest, and the digest of
the certificate that signs (ESSCertIDv2). Each attribute is there once. Certificates
may come in any order; attributes of the signature that nobody signs are passed over.
"""

import hashlib
import hmac
from dataclasses import dataclass

from . import _der as der
from ._der import OCTETS, OID, SEQUENCE, SET, Parts, Value
from .errors import VerificationError

DIGESTS = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
SHA256 = "2.16.840.1.101.3.4.2.1"

# RFC 5652: SignedData (5.1), content type and message digest (11.1, 11.2); RFC 5035:
# signing-certificate-v2.
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.47"
# [0] and [1], constructed. In SignedData the second holds CRLs; in SignerInfo, what
# nobody signs.
_EXPLICIT = 0xA0
_CRLS = 0xA1
_VERSION = 3  # of content that is no plain data
_SIGNER_VERSION = 1  # whose certificate is named by issuer and number
_MAX_CERTIFICATES = 16


@dataclass(frozen=True, slots=True)
class Algorithm:
    """An algorithm's identifier and its parameters, as they are encoded."""

    name: str
    parameters: bytes

    @classmethod
    def read(cls, value: Value) -> "Algorithm":
        """Read an AlgorithmIdentifier.

        Raises:
            VerificationError: it is no such structure.

        """
        parts = value.expect(SEQUENCE).parts()
        name = der.identifier(parts.take(OID))
        return cls(name, b"".join(each.raw for each in parts))

    def digest(self) -> str:
        """Name the digest that this is, as `hashlib` does.

        Raises:
            VerificationError: none that is known, or with parameters other than NULL.

        """
        if self.name not in DIGESTS or self.parameters not in {b"", b"\x05\x00"}:
            raise VerificationError("the time stamp uses an unknown digest")
        return DIGESTS[self.name]


@dataclass(frozen=True, slots=True)
class SignedData:
    """What is signed, by whom, and the bytes that the signature is over."""

    content: bytes
    certificates: tuple[bytes, ...]
    issuer: bytes
    serial: int
    signed: bytes
    digest: str
    algorithm: Algorithm
    signature: bytes
    certificate_digest: tuple[str, bytes]

    def check_certificate(self, certificate: bytes) -> None:
        """Check that the signed attributes name this certificate (RFC 5816).

        Raises:
            VerificationError: they name another.

        """
        name, expected = self.certificate_digest
        if not hmac.compare_digest(hashlib.new(name, certificate).digest(), expected):
            raise VerificationError("the time stamp names another certificate")


def read(value: Value, content_type: str) -> SignedData:
    """Read a ContentInfo of signed data about content of this type.

    Digests are checked here; the signature is not, and nothing is trusted yet.
    """
    outer = value.expect(SEQUENCE).parts()
    if der.identifier(outer.take(OID)) != _SIGNED_DATA:
        raise VerificationError("the time stamp is not signed data")
    wrapped = outer.take(_EXPLICIT).parts()
    outer.end()
    parts = wrapped.take(SEQUENCE).parts()
    wrapped.end()
    if der.integer(parts.take(der.INTEGER)) != _VERSION:
        raise VerificationError("the signed data is of another version")
    digests = [Algorithm.read(each).digest() for each in parts.take(SET).parts()]
    content = _content(parts.take(SEQUENCE).parts(), content_type)
    listed = parts.maybe(_EXPLICIT)
    certificates = () if listed is None else tuple(e.raw for e in listed.parts())
    if len(certificates) > _MAX_CERTIFICATES:
        raise VerificationError("the time stamp holds too many certificates")
    parts.maybe(_CRLS)
    signers = list(parts.take(SET).parts())
    parts.end()
    if len(signers) != 1:
        raise VerificationError("the time stamp has not one signer")
    signed = _signer(signers[0], content, content_type, certificates)
    if digests != [signed.digest]:
        raise VerificationError("the signed data lists other digests than the signer's")
    return signed


def _content(parts: Parts, content_type: str) -> bytes:
    if der.identifier(parts.take(OID)) != content_type:
        raise VerificationError("the signed data is about something else")
    wrapped = parts.take(_EXPLICIT).parts()
    parts.end()
    content = wrapped.take(OCTETS).body
    wrapped.end()
    return content


def _signer(
    value: Value, content: bytes, content_type: str, certificates: tuple[bytes, ...]
) -> SignedData:
    parts = value.expect(SEQUENCE).parts()
    if der.integer(parts.take(der.INTEGER)) != _SIGNER_VERSION:
        raise VerificationError("the signer is of another version")
    named = parts.take(SEQUENCE).parts()
    issuer, serial = named.take(SEQUENCE).raw, der.integer(named.take(der.INTEGER))
    named.end()
    digest = Algorithm.read(parts.take(SEQUENCE)).digest()
    attributes = parts.take(_EXPLICIT)
    algorithm = Algorithm.read(parts.take(SEQUENCE))
    signature = parts.take(OCTETS).body
    parts.maybe(_CRLS)
    parts.end()
    found = _attributes(attributes)
    if der.identifier(_one(found, _CONTENT_TYPE)) != content_type:
        raise VerificationError("the signature is about something else")
    claimed = _one(found, _MESSAGE_DIGEST).expect(OCTETS).body
    if not hmac.compare_digest(claimed, hashlib.new(digest, content).digest()):
        raise VerificationError("the signature is over other content")
    return SignedData(
        content=content,
        certificates=certificates,
        issuer=issuer,
        serial=serial,
        # RFC 5652, 5.4: what is signed is the SET OF, not the tagged field.
        signed=bytes([SET]) + attributes.raw[1:],
        digest=digest,
        algorithm=algorithm,
        signature=signature,
        certificate_digest=_named(_one(found, _SIGNING_CERTIFICATE)),
    )


def _attributes(listed: Value) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for each in listed.parts():
        parts = each.expect(SEQUENCE).parts()
        name, values = der.identifier(parts.take(OID)), parts.take(SET)
        parts.end()
        if name in found:
            raise VerificationError("a signed attribute is there twice")
        found[name] = values
    return found


def _one(attributes: dict[str, Value], name: str) -> Value:
    if name not in attributes:
        raise VerificationError("a signed attribute is missing")
    values = list(attributes[name].parts())
    if len(values) != 1:
        raise VerificationError("a signed attribute has not one value")
    return values[0]


def _named(value: Value) -> tuple[str, bytes]:
    """Read the first ESSCertIDv2, which is of the certificate that signs."""
    parts = value.expect(SEQUENCE).parts()
    first = parts.take(SEQUENCE).parts().take(SEQUENCE).parts()
    algorithm = first.maybe(SEQUENCE)
    name = DIGESTS[SHA256] if algorithm is None else Algorithm.read(algorithm).digest()
    return name, first.take(OCTETS).body
