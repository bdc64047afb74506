"""A reader of DER (ITU-T X.690), for exactly what time stamps are made of.

One spelling of each thing: definite lengths in the fewest bytes, tags of one byte,
integers and identifiers without padding, nothing after the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from .errors import VerificationError

BOOLEAN, INTEGER, OCTETS, NULL, OID = 0x01, 0x02, 0x04, 0x05, 0x06
TIME, SEQUENCE, SET = 0x18, 0x30, 0x31

# X.690, 8.1.3: a length below 0x80 is itself; above it, its low bits say how many bytes
# of length follow, big endian. Three are 16 MiB: more than is ever read here.
_LONG = 0x80
_LENGTH_BYTES = 3
# 8.1.2.4: the number of a tag above 30 follows in bytes of its own.
_MULTIBYTE_TAG = 0x1F
# A certificate's number has 20 bytes at most (RFC 5280, 4.1.2.2); whatever is longer
# than these is refused before it is computed with.
_MAX_OID = 64
_MAX_INTEGER = 64


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its tag, what is inside, and all its bytes."""

    tag: int
    body: bytes
    raw: bytes

    def parts(self) -> "Parts":
        """Read what is inside as values of its own.

        Raises:
            VerificationError: it is a primitive value (bit 6 of the tag is not set).

        """
        # X.690, 8.1.2.5: bit 6 says that a value is made of values.
        if not self.tag & 0x20:
            raise VerificationError("a value in DER is not made of values")
        return Parts(self.body)

    def expect(self, tag: int) -> "Value":
        """Give the value itself, if it is of this kind.

        Raises:
            VerificationError: it is of another.

        """
        if self.tag != tag:
            raise VerificationError("a value in DER is of another kind")
        return self


class Parts:
    """Values in a row, taken one by one from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def __iter__(self) -> Iterator[Value]:
        """Take whatever is left."""
        while self._place < len(self._data):
            yield self._next()

    def take(self, tag: int) -> Value:
        """Take the next value, which has to be of this kind.

        Raises:
            VerificationError: there is none, or it is of another kind.

        """
        found = self.maybe(tag)
        if found is None:
            raise VerificationError("a value in DER is missing, or of another kind")
        return found

    def maybe(self, tag: int) -> Value | None:
        """Take the next value if it is of this kind."""
        here = self._data[self._place : self._place + 1]
        return self._next() if here == bytes([tag]) else None

    def end(self) -> None:
        """Check that nothing is left.

        Raises:
            VerificationError: something is.

        """
        if self._place != len(self._data):
            raise VerificationError("something follows where a value in DER ends")

    def _next(self) -> Value:
        start, data = self._place, self._data
        if len(data) - start < 2:  # noqa: PLR2004 - a tag and a length
            raise VerificationError("a value in DER is cut off")
        tag, size, at = data[start], data[start + 1], start + 2
        if tag & _MULTIBYTE_TAG == _MULTIBYTE_TAG:
            raise VerificationError("a tag in DER is of an unknown form")
        if size >= _LONG:
            size, at = self._long(size - _LONG, at)
        if at + size > len(data):
            raise VerificationError("a value in DER is cut off")
        self._place = at + size
        return Value(tag, data[at : self._place], data[start : self._place])

    def _long(self, count: int, at: int) -> tuple[int, int]:
        size = int.from_bytes(self._data[at : at + count], "big")
        # 10.1: neither a long form for a short length, nor a leading zero byte. A count
        # of 0 (0x80 alone, the indefinite length) is refused below.
        shortest = size >= _LONG and size.bit_length() > 8 * (count - 1)
        if not 1 <= count <= _LENGTH_BYTES or not shortest:
            raise VerificationError("a length in DER is not in its shortest form")
        return size, at + count


def read(data: bytes, tag: int) -> Value:
    """Read one value that is all there is."""
    parts = Parts(data)
    value = parts.take(tag)
    parts.end()
    return value


def integer(value: Value) -> int:
    """Read an integer.

    Raises:
        VerificationError: it is none, has a needless byte, or more than 64.

    """
    body = value.expect(INTEGER).body if value.tag < _LONG else value.body
    # 8.3.2: the first nine bits are neither all zero nor all one. A tag of [n] IMPLICIT
    # (0x80 and above) stands in the place of INTEGER's own.
    padded = len(body) > 1 and (body[0], body[1] >> 7) in {(0, 0), (0xFF, 1)}
    if not 1 <= len(body) <= _MAX_INTEGER or padded:
        raise VerificationError("an integer in DER is not in its shortest form")
    return int.from_bytes(body, "big", signed=True)


def identifier(value: Value) -> str:
    """Read an object identifier, as numbers with dots between them.

    Raises:
        VerificationError: it is none, has a needless byte, or more than 64.

    """
    body = value.expect(OID).body
    if not 1 <= len(body) <= _MAX_OID or body[-1] & _LONG:
        raise VerificationError("an object identifier is cut off, or too long")
    # 8.19.2: seven bits a byte, the eighth says that more follow.
    numbers, number, fresh = [], 0, True
    for byte in body:
        if fresh and byte == _LONG:
            raise VerificationError("an object identifier is not in its shortest form")
        number, fresh = number << 7 | byte & 0x7F, byte < _LONG
        if fresh:
            numbers.append(number)
            number = 0
    # 8.19.4: the first two arcs are one number, 40·first + second; only under 2 may the
    # second be 40 or more.
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def true(value: Value | None) -> bool:
    """Read a boolean that is left out where it is false.

    Raises:
        VerificationError: it is none, or another spelling of true than DER's `FF`.

    """
    if value is None:
        return False
    if value.expect(BOOLEAN).body != b"\xff":
        raise VerificationError("a boolean in DER is not in its one form")
    return True


def moment(value: Value) -> datetime:
    """Read a GeneralizedTime as RFC 3161 has it: to the second or finer, in UTC.

    Raises:
        VerificationError: it is none, or finer than a microsecond.

    """
    text = value.expect(TIME).body.decode("latin-1")
    whole, dot, fraction = text.removesuffix("Z").partition(".")
    # 11.7: a fraction is left out rather than zero, and ends in no zero.
    fine = not dot or (fraction.isdigit() and fraction[-1] != "0")
    digits = text.isascii() and whole.isdigit() and len(whole) == len("YYYYMMDDhhmmss")
    if not (text.endswith("Z") and digits and fine and len(fraction) <= len("micros")):
        raise VerificationError("a time in DER is of another form")
    try:
        found = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise VerificationError("a time in DER is no time") from None
    return found.replace(microsecond=int(fraction.ljust(6, "0")))
