"""Just enough DER (ITU-T X.690) to see what a library does not show of a time stamp.

`rfc3161-client` checks the signature of a token and says nothing of the identifier
that stands beside it, which nobody signs: bytes that another verifier refuses. What is
read here was decoded by it, and encoded again to the same bytes, before.
"""

from collections.abc import Iterator
from typing import Final

_LONG: Final = 0x80
_SEQUENCE, _ATTRIBUTES = 0x30, 0xA0
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


def signs_plainly(answer: bytes) -> bool:
    """Tell whether a TimeStampResp is signed by an algorithm that is known here.

    Raises:
        LookupError: it has another structure.

    """
    _, token = _inside(answer)
    _, wrapped = _inside(token)
    (signed,) = _inside(wrapped)
    *_, signers = _inside(signed)
    (signer,) = _inside(signers)
    parts = list(_inside(signer))
    if parts[3][0] != _ATTRIBUTES or parts[4][0] != _SEQUENCE:
        raise LookupError
    name, *parameters = _inside(parts[4])
    return name == _PSS or (name in _PLAIN and b"".join(parameters) in _NULL)


def _inside(value: bytes) -> Iterator[bytes]:
    """Give the values of which a value is made, each with its head."""
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
