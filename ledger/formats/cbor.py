"""CBOR in the one spelling of RFC 8949, section 4.2.1; no more of it than COSE asks.

Integers, byte and text strings, arrays, maps, null, tags. No floats, no indefinite
lengths, no simple values: a receipt has none, and what cannot be written cannot hide
anything. It is written here, and read by whoever verifies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from kit.errors import Malformed

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG = range(7)
_NULL: Final = b"\xf6"  # major 7, simple value 22
# RFC 8949, section 3: a head is the major type in the upper three bits and, in the
# lower five, the number itself below 24, or how many bytes of it follow, big endian.
_LENGTHS: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_LARGEST: Final = (1 << 64) - 1


class CborError(Malformed):
    """The bytes are not CBOR as it is written here, or the value cannot be."""

    code, title = "cbor_invalid", "Not deterministic CBOR"


@dataclass(frozen=True, slots=True)
class Tag:
    """A tagged value."""

    number: int
    value: Any


def encode(value: object) -> bytes:
    """Write a value.

    Raises:
        CborError: it has no form here.

    """
    match value:
        case None:
            written = _NULL
        case int() if not isinstance(value, bool):
            written = _integer(value)
        case bytes():
            written = _head(_BYTES, len(value)) + value
        case str():
            text = _octets(value)
            written = _head(_TEXT, len(text)) + text
        case Tag():
            written = _head(_TAG, value.number) + encode(value.value)
        case Mapping():
            # Section 4.2.1: keys in the order of their own encodings.
            pairs = sorted((encode(key), encode(each)) for key, each in value.items())
            written = _head(_MAP, len(pairs)) + b"".join(map(b"".join, pairs))
        case list() | tuple():
            written = _head(_ARRAY, len(value)) + b"".join(map(encode, value))
        case _:
            raise CborError("a value has no form in CBOR")
    return written


def _integer(value: int) -> bytes:
    # A negative n is written as -1 - n, which is ~n.
    return _head(_UNSIGNED, value) if value >= 0 else _head(_NEGATIVE, ~value)


def _head(major: int, number: int) -> bytes:
    if not 0 <= number <= _LARGEST:
        raise CborError("a number is out of range")
    if number < min(_LENGTHS):
        return bytes([major << 5 | number])
    for info, length in _LENGTHS.items():
        # The shortest form that holds the number, and no other (section 4.2.1).
        if number < 1 << 8 * length:
            return bytes([major << 5 | info]) + number.to_bytes(length, "big")
    raise CborError("a number is out of range")


def _octets(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeError:
        raise CborError("a text is not UTF-8") from None
