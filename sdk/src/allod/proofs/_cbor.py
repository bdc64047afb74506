"""A reader of CBOR that takes one spelling only: RFC 8949, section 4.2.1.

Integers, byte and text strings, arrays, maps, null and tags are read; every number in
its shortest form, every map with its keys in their order. The rest is refused.
"""

from typing import Any

from ._strict import text_of
from .errors import VerificationError

MAX_DEPTH = 16

# RFC 8949, section 3: a head is the major type in the upper three bits and, in the
# lower five, the number itself below 24, or how many bytes of it follow, big endian.
_SHORT = 24
_WIDTHS = {24: 1, 25: 2, 26: 4, 27: 8}
_NULL = 0xF6  # major 7, simple value 22; nothing else of major 7 is read


class Tagged(tuple[int, Any]):
    """A tag's number and the value under it; unlike any array that is read here."""

    __slots__ = ()


def read_cbor(data: bytes) -> Any:  # noqa: ANN401 - the caller matches the shape
    """Read the one value that the bytes are.

    Raises:
        VerificationError: they are none, hold more, or are spelled in another way.

    """
    value, end = _item(data, 0, MAX_DEPTH)
    if end != len(data):
        raise VerificationError("there is more than one value")
    return value


def _item(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    if not depth:
        raise VerificationError("a value is nested too deeply")
    if data[at : at + 1] == bytes([_NULL]):
        return None, at + 1
    major, number, at = _head(data, at)
    match major:
        case 0:
            return number, at
        case 1:
            return -1 - number, at
        case 2 | 3:
            octets = _slice(data, at, number)
            return (octets if major == 2 else text_of(octets)), at + number  # noqa: PLR2004 - the byte string's major type
        case _:
            return _compound(data, at, (major, number), depth - 1)


def _compound(
    data: bytes, at: int, head: tuple[int, int], depth: int
) -> tuple[Any, int]:
    match head:
        case (4, count):
            return _items(data, at, count, depth)
        case (5, count):
            return _map(data, at, count, depth)
        case (6, number):
            value, at = _item(data, at, depth)
            return Tagged((number, value)), at
    raise VerificationError("a value is of a kind that is not read here")


def _items(data: bytes, at: int, count: int, depth: int) -> tuple[list[Any], int]:
    values: list[Any] = []
    for _ in range(_possible(data, at, count)):
        value, at = _item(data, at, depth)
        values.append(value)
    return values, at


def _map(data: bytes, at: int, count: int, depth: int) -> tuple[dict[Any, Any], int]:
    values: dict[Any, Any] = {}
    before = b""
    for _ in range(_possible(data, at, count)):
        key, end = _item(data, at, depth)
        # Keys ascend by their own encodings, so that none is there twice.
        if not isinstance(key, int | str) or data[at:end] <= before:
            raise VerificationError("a map's keys are not numbers or texts in order")
        before = data[at:end]
        values[key], at = _item(data, end, depth)
    return values, at


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    first = _slice(data, at, 1)[0]
    major, info, at = first >> 5, first & 31, at + 1
    if info < _SHORT:
        return major, info, at
    width = _WIDTHS.get(info)
    if width is None:
        raise VerificationError("a length is indefinite or reserved")
    number = int.from_bytes(_slice(data, at, width), "big")
    # Section 4.2.1, the shortest form: a width holds no number that half of it would,
    # and one byte none that the head would.
    least = _SHORT if width == 1 else 1 << 4 * width
    if number < least:
        raise VerificationError("a number is longer than it need be")
    return major, number, at + width


def _possible(data: bytes, at: int, count: int) -> int:
    # Each item takes a byte: a count beyond that cannot be, and is not looped over.
    if count > len(data) - at:
        raise VerificationError("the bytes end within a value")
    return count


def _slice(data: bytes, at: int, length: int) -> bytes:
    return data[at : at + _possible(data, at, length)]
