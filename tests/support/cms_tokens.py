"""Time-stamp answers built by hand, each piece of which a test may get wrong.

OpenSSL refuses to stamp with a certificate that is not fit for it; a liar would not.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
TST_INFO = "1.2.840.113549.1.9.16.1.4"
SIGNED_DATA = "1.2.840.113549.1.7.2"
SHA256 = "2.16.840.1.101.3.4.2.1"
ECDSA_SHA256 = "1.2.840.10045.4.3.2"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.47"


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def sequence(*parts: bytes) -> bytes:
    return der(0x30, *parts)


def set_of(*parts: bytes) -> bytes:
    return der(0x31, *sorted(parts))


def integer(value: int) -> bytes:
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(data: bytes) -> bytes:
    return der(0x04, data)


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    body = b""
    for number in (first * 40 + second, *rest):
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(0x80 | number & 0x7F)
        body += bytes(reversed(groups))
    return der(0x06, body)


def attribute(kind: str, *values: bytes) -> bytes:
    return sequence(oid(kind), set_of(*values))


@dataclass
class Maker:
    """An authority made of whatever a test wants."""

    eku: tuple[x509.ObjectIdentifier, ...] | None = (ExtendedKeyUsageOID.TIME_STAMPING,)
    critical: bool = True
    since: datetime = AT - timedelta(days=30)
    until: datetime = AT + timedelta(days=30)
    root_is_authority: bool = True
    leaf_signs_for: bool = False
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    root_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def __post_init__(self) -> None:
        self.root = self._certificate("root", "root", self.root_key, self.root_key)
        self.leaf = self._certificate("tsa", "root", self.key, self.root_key)

    @property
    def chain(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)

    def answer(
        self,
        text: str,
        *,
        status: int = 0,
        nonce: int | None = None,
        version: int = 1,
        at: str = "20261122120000Z",
        imprint: bytes | None = None,
        digest: str = SHA256,
        extra: bytes = b"",
        attributes: dict[str, tuple[bytes, ...]] | None = None,
        token: bool = True,
    ) -> bytes:
        """Stamp a text, with these pieces wrong."""
        hashed = sha256(text.encode()).digest() if imprint is None else imprint
        info = sequence(
            integer(version),
            oid("1.2.3.4.1"),
            sequence(sequence(oid(digest)), octets(hashed)),
            integer(7),
            der(0x18, at.encode()),
            b"" if nonce is None else integer(nonce),
            extra,
        )
        status_info = sequence(integer(status))
        return sequence(status_info, self._token(info, attributes) if token else b"")

    def _token(
        self, info: bytes, attributes: dict[str, tuple[bytes, ...]] | None
    ) -> bytes:
        leaf = self.leaf.public_bytes(Encoding.DER)
        signed = {
            CONTENT_TYPE: (oid(TST_INFO),),
            MESSAGE_DIGEST: (octets(sha256(info).digest()),),
            SIGNING_CERTIFICATE: (
                sequence(sequence(sequence(octets(sha256(leaf).digest())))),
            ),
        } | (attributes or {})
        listed = [attribute(kind, *said) for kind, said in signed.items() if said]
        signature = self.key.sign(set_of(*listed), ec.ECDSA(hashes.SHA256()))
        signer = sequence(
            integer(1),
            sequence(self.leaf.issuer.public_bytes(), integer(self.leaf.serial_number)),
            sequence(oid(SHA256)),
            der(0xA0, *sorted(listed)),
            sequence(oid(ECDSA_SHA256)),
            octets(signature),
        )
        data = sequence(
            integer(3),
            set_of(sequence(oid(SHA256))),
            sequence(oid(TST_INFO), der(0xA0, octets(info))),
            der(0xA0, leaf),
            set_of(signer),
        )
        return sequence(oid(SIGNED_DATA), der(0xA0, data))

    def _certificate(
        self,
        name: str,
        issuer: str,
        key: ec.EllipticCurvePrivateKey,
        signer: ec.EllipticCurvePrivateKey,
    ) -> x509.Certificate:
        root = name == issuer
        authority = self.root_is_authority if root else self.leaf_signs_for
        built = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.since)
            .not_valid_after(self.until)
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
        )
        if not root and self.eku is not None:
            usage = x509.ExtendedKeyUsage(self.eku)
            built = built.add_extension(usage, critical=self.critical)
        return built.sign(signer, hashes.SHA256())
