"""Just enough DER (ITU-T X.690) to see what a library does not show of a time stamp.

`rfc3161-client` checks the signature of a token and says nothing of what stands beside
it, which nobody signs (identifiers, versions), nor of the attributes that have to be
signed: bytes that another verifier refuses. What is read here was decoded by it, and
encoded again to the same bytes, before.
"""

from collections.abc import Iterator
from typing import Final

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
