"""Time stamps (RFC 3161): that a text existed at a time, on an authority's word.

What is read is the authority's whole answer (TimeStampResp, in DER), granted as it was
asked for, over the SHA-256 of the text. The authority is trusted for nothing but the
time, and only if its certificates end in a root that the verifier brings along; they
have to be valid at the time that is stamped, not now.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import _der as der
from . import _signed_data, _tsa_certificates
from ._der import INTEGER, OCTETS, OID, SEQUENCE, TIME, Parts, Value
from ._signed_data import SHA256, Algorithm
from ._tsa_certificates import Trusted
from .errors import VerificationError

MAX_TIMESTAMP_BYTES = 1 << 16

_TST_INFO = "1.2.840.113549.1.9.16.1.4"
# RFC 3161, 2.4.2. 1 would be "granted with modifications".
_GRANTED = 0
_VERSION = 1
# [0] and [1] IMPLICIT INTEGER, of the accuracy; [0] and [1] of the TSTInfo.
_MILLIS, _MICROS = 0x80, 0x81
_NAME, _EXTENSIONS = 0xA0, 0xA1
_THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class VerifiedTime:
    """What a time stamp has been shown to say.

    The text existed at `at`, as exact as `accuracy` (None: the authority does not
    say); `authority` is the name on its certificate, and `policy` the identifier of
    the policy by which it stamps.
    """

    at: datetime
    accuracy: timedelta | None
    authority: str
    policy: str
    serial: int


def verify_timestamp(
    answer: bytes, text: bytes | str, roots: bytes | str
) -> VerifiedTime:
    """Check a time stamp offline. `roots` are the authority's certificates, in PEM.

    Those that name themselves as issuer are trusted; the others may lie between.

    Raises:
        VerificationError: malformed, or it does not show what it claims.

    """
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    trusted = Trusted.read(roots)
    signed = _signed_data.read(_token(answer), _TST_INFO)
    info = _Info.read(der.read(signed.content, SEQUENCE))
    if not hmac.compare_digest(info.imprint, hashlib.sha256(data).digest()):
        words = "the time stamp is of another text"
        raise VerificationError(words, code="other-text")
    authority = _tsa_certificates.verify(signed, trusted, info.at)
    return VerifiedTime(info.at, info.accuracy, authority, info.policy, info.serial)


def _token(answer: bytes) -> Value:
    if len(answer) > MAX_TIMESTAMP_BYTES:
        raise VerificationError("the time stamp is too long")
    parts = der.read(answer, SEQUENCE).parts()
    said = parts.take(SEQUENCE).parts()
    if der.integer(said.take(INTEGER)) != _GRANTED:
        raise VerificationError("the authority did not grant the time stamp as asked")
    said.maybe(SEQUENCE)
    said.end()
    token = parts.take(SEQUENCE)
    parts.end()
    return token


@dataclass(frozen=True, slots=True)
class _Info:
    """TSTInfo, as far as it matters."""

    policy: str
    imprint: bytes
    serial: int
    at: datetime
    accuracy: timedelta | None

    @classmethod
    def read(cls, value: Value) -> "_Info":
        parts = value.parts()
        if der.integer(parts.take(INTEGER)) != _VERSION:
            raise VerificationError("the time stamp is of another version")
        policy = der.identifier(parts.take(OID))
        imprint = _imprint(parts.take(SEQUENCE).parts())
        serial, at = der.integer(parts.take(INTEGER)), der.moment(parts.take(TIME))
        accuracy = _accuracy(parts.maybe(SEQUENCE))
        der.true(parts.maybe(der.BOOLEAN))
        nonce = parts.maybe(INTEGER)
        if nonce is not None:
            der.integer(nonce)
        parts.maybe(_NAME)
        _check_extensions(parts.maybe(_EXTENSIONS))
        parts.end()
        return cls(policy, imprint, serial, at, accuracy)


def _imprint(parts: Parts) -> bytes:
    algorithm = Algorithm.read(parts.take(SEQUENCE))
    if algorithm.name != SHA256:
        raise VerificationError("the time stamp is over another kind of digest")
    algorithm.digest()
    imprint = parts.take(OCTETS).body
    parts.end()
    return imprint


def _accuracy(value: Value | None) -> timedelta | None:
    if value is None:
        return None
    parts = value.parts()
    seconds = parts.maybe(INTEGER)
    fine = parts.maybe(_MILLIS), parts.maybe(_MICROS)
    parts.end()
    millis, micros = (0 if each is None else der.integer(each) for each in fine)
    whole = 0 if seconds is None else der.integer(seconds)
    small = 0 <= millis < _THOUSAND and 0 <= micros < _THOUSAND
    if not small or not 0 <= whole <= timedelta(days=1).total_seconds():
        raise VerificationError("the time stamp's accuracy is beyond all measure")
    return timedelta(seconds=whole, milliseconds=millis, microseconds=micros)


def _check_extensions(value: Value | None) -> None:
    for each in () if value is None else value.parts():
        parts = each.expect(SEQUENCE).parts()
        parts.take(OID)
        if der.true(parts.maybe(der.BOOLEAN)):
            raise VerificationError("the time stamp has an unknown critical extension")
        parts.take(OCTETS)
        parts.end()
