"""CBOR in the one spelling of RFC 8949, section 4.2.1; no more of it than COSE asks.

Integers, byte and text strings, arrays, maps, null, tags. No floats, no indefinite
lengths, no simple values: a receipt has none, and what cannot be written cannot hide
anything. What is read must be what writing it again gives, byte for byte, so that two
files never say the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from kit.errors import Malformed

MAX_DEPTH: Final = 16

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG = range(7)
_NULL: Final = b"\xf6"
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


def decode(data: bytes) -> Any:  # noqa: ANN401 - the caller matches the shape
    """Read the one value that the bytes are.

    Raises:
        CborError: they are none, hold more, or are spelled in another way.

    """
    value = _Reader(data).item(MAX_DEPTH)
    if encode(value) != data:
        raise CborError("the value is not spelled the one way")
    return value


def _integer(value: int) -> bytes:
    return _head(_UNSIGNED, value) if value >= 0 else _head(_NEGATIVE, ~value)


def _head(major: int, number: int) -> bytes:
    if not 0 <= number <= _LARGEST:
        raise CborError("a number is out of range")
    if number < min(_LENGTHS):
        return bytes([major << 5 | number])
    for info, length in _LENGTHS.items():
        if number < 1 << 8 * length:
            return bytes([major << 5 | info]) + number.to_bytes(length, "big")
    raise CborError("a number is out of range")


def _octets(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeError:
        raise CborError("a text is not UTF-8") from None


class _Reader:
    """Reads items from the front; what is left over shows when it is written again."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def item(self, depth: int) -> Any:  # noqa: ANN401 - see decode
        if not depth:
            raise CborError("the value is nested too deeply")
        (first,) = self._take(1)
        if bytes([first]) == _NULL:
            return None
        major, number = first >> 5, self._number(first & 31)
        if major in {_UNSIGNED, _NEGATIVE}:
            return number if major == _UNSIGNED else ~number
        if major in {_BYTES, _TEXT}:
            return self._take(number) if major == _BYTES else self._text(number)
        return self._compound(major, number, depth - 1)

    def _compound(self, major: int, number: int, depth: int) -> object:
        if major == _ARRAY:
            return [self.item(depth) for _ in range(self._count(number))]
        if major == _MAP:
            return dict(self._pair(depth) for _ in range(self._count(number)))
        if major == _TAG:
            return Tag(number, self.item(depth))
        raise CborError("a value is of a kind that is not read here")

    def _pair(self, depth: int) -> tuple[int | str, Any]:
        key = self.item(depth)
        if not isinstance(key, int | str):
            raise CborError("a map's key is a number or a text")
        return key, self.item(depth)

    def _number(self, info: int) -> int:
        if info < min(_LENGTHS):
            return info
        if info not in _LENGTHS:
            raise CborError("a length is indefinite or reserved")
        return int.from_bytes(self._take(_LENGTHS[info]), "big")

    def _count(self, number: int) -> int:
        if number > len(self._data) - self._at:
            raise CborError("the bytes end within the value")
        return number

    def _take(self, length: int) -> bytes:
        taken = self._data[self._at : self._at + self._count(length)]
        self._at += length
        return taken

    def _text(self, length: int) -> str:
        try:
            return self._take(length).decode()
        except UnicodeError:
            raise CborError("a text is not UTF-8") from None
