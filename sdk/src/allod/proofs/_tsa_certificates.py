"""Certificates of time-stamping authorities: the chain to a trusted root, at a time.

The path is validated by `cryptography.x509.verification` (RFC 5280, 6.1), which refuses
a critical extension that it does not know. That the certificate is for stamping is
checked here. Revocation is not looked up: there is no network in here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
)

from ._signed_data import SignedData
from .errors import VerificationError

MAX_PEM_BYTES = 1 << 16
UNTRUSTED = "untrusted-authority"
MAX_LENGTH = 6

_Kind = TypeVar("_Kind", bound=x509.ExtensionType)

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_RSA = {
    "1.2.840.113549.1.1.1": None,
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
_ECDSA = {
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}
_PSS = "1.2.840.113549.1.1.10"
_STRONG_RSA = 2048
_STAMPS = frozenset(
    {ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
)
# What cryptography lets out where bytes are not what they claim to be.
_FAULTS = (
    InvalidSignature,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    x509.InvalidVersion,
    CryptographyDeprecationWarning,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Trusted:
    """Certificates that a verifier brings along: roots, and what may lie between."""

    roots: tuple[x509.Certificate, ...]
    others: tuple[x509.Certificate, ...]

    @classmethod
    def read(cls, pem: bytes | str) -> "Trusted":
        """Read a file of certificates in PEM; those that name themselves are roots.

        Raises:
            VerificationError: there are none, no root is among them, or they are too
                long.

        """
        data = pem.encode("utf-8", "replace") if isinstance(pem, str) else pem
        if len(data) > MAX_PEM_BYTES:
            raise VerificationError("the certificates are too long")
        try:
            found = x509.load_pem_x509_certificates(data)
            roots = tuple(each for each in found if each.issuer == each.subject)
        except _FAULTS:
            raise VerificationError("there are no certificates in PEM") from None
        if not roots:
            raise VerificationError("there is no root among the certificates")
        return cls(roots, tuple(each for each in found if each not in roots))


def verify(signed: SignedData, trusted: Trusted, at: datetime) -> str:
    """Check a time stamp's signature and its certificates, as of a time.

    Gives the authority's name. Which certificate signed is what the signed attributes
    say, whatever else the time stamp holds.

    Raises:
        VerificationError: the certificates or the signature do not hold.

    """
    try:
        brought = [x509.load_der_x509_certificate(e) for e in signed.certificates]
        leaf = _leaf(signed, (*brought, *trusted.others, *trusted.roots))
        _check_purpose(leaf)
        _check_signature(leaf, signed)
        _check_chain(leaf, (*trusted.others, *brought), trusted.roots, at)
        return leaf.subject.rfc4514_string()
    except _FAULTS:
        words = "the time stamp's certificates do not hold"
        raise VerificationError(words, code=UNTRUSTED) from None


def _leaf(
    signed: SignedData, certificates: Iterable[x509.Certificate]
) -> x509.Certificate:
    for each in certificates:
        named = each.issuer.public_bytes() == signed.issuer
        if named and each.serial_number == signed.serial:
            signed.check_certificate(_der(each))
            return each
    raise VerificationError("the certificate that signs is not there", code=UNTRUSTED)


def _check_purpose(leaf: x509.Certificate) -> None:
    """RFC 3161, 2.3: for stamping, critically, and for nothing else."""
    usage = _extension(leaf, x509.ExtendedKeyUsage)
    if usage is None or not usage.critical:
        raise VerificationError("the certificate is not for time stamps alone")
    if list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise VerificationError("the certificate is not for time stamps alone")
    key_usage = _extension(leaf, x509.KeyUsage)
    if key_usage is not None:
        said = key_usage.value
        if not (said.digital_signature or said.content_commitment):
            raise VerificationError("the certificate's key is not for signing")


def _check_signature(leaf: x509.Certificate, signed: SignedData) -> None:
    key, name = leaf.public_key(), signed.algorithm.name
    chosen = _HASHES[signed.digest]
    if name != _PSS and signed.algorithm.parameters not in {b"", b"\x05\x00"}:
        raise VerificationError("the time stamp is signed in an unknown way")
    if isinstance(key, rsa.RSAPublicKey) and name in {*_RSA, _PSS}:
        if key.key_size < _STRONG_RSA or _RSA.get(name) not in {None, signed.digest}:
            raise VerificationError("the time stamp is signed in a weak or mixed way")
        key.verify(signed.signature, signed.signed, _padding(name, chosen), chosen)
    elif isinstance(key, ec.EllipticCurvePublicKey) and name in _ECDSA:
        key.verify(signed.signature, signed.signed, ec.ECDSA(_HASHES[_ECDSA[name]]))
    else:
        raise VerificationError("the time stamp is signed in an unknown way")


def _padding(name: str, chosen: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    """RFC 8017: of the forms of PSS, the one that everybody writes.

    Mask and digest are of one hash and the salt is as long; a signature of any other
    form does not verify, so its parameters need not be read.
    """
    if name != _PSS:
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(chosen), chosen.digest_size)


def _check_chain(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    at: datetime,
) -> None:
    if not leaf.not_valid_before_utc <= at <= leaf.not_valid_after_utc:
        words = "the certificate was not valid when it stamped"
        raise VerificationError(words, code=UNTRUSTED)
    policy = (
        PolicyBuilder()
        .store(Store(list(roots)))
        .time(at.astimezone(UTC).replace(tzinfo=None))
        .max_chain_depth(MAX_LENGTH)
        .extension_policies(ca_policy=_ISSUERS, ee_policy=_STAMPING)
    )
    try:
        policy.build_client_verifier().verify(leaf, list(others))
    except verification.VerificationError:
        raise VerificationError(
            "the time stamp's certificates do not lead to a known root, all of them"
            " valid when the time was stamped",
            code=UNTRUSTED,
        ) from None


def _for_stamps(
    _: Policy, __: x509.Certificate, purposes: x509.ExtendedKeyUsage | None
) -> None:
    """An issuer that names purposes names this one among them."""
    if purposes is not None and not _STAMPS & set(purposes):
        raise ValueError("not for time stamps")


def _for_certificates(
    _: Policy, __: x509.Certificate, usage: x509.KeyUsage | None
) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("not for certificates")


# The library's own policies are for servers of the web, whose certificates are for
# nothing else: theirs refuse the purpose that a time stamp's has to name as critical.
_STAMPING = ExtensionPolicy.permit_all()
_ISSUERS = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _for_certificates)
    .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _for_stamps)
)


def _extension(
    certificate: x509.Certificate, kind: type[_Kind]
) -> "x509.Extension[_Kind] | None":
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
