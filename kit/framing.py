"""Fields joined so that no two lists of fields give the same bytes.

Each field is its length (4 bytes, big endian) and its bytes; joined text would let
`("ab", "c")` pass for `("a", "bc")`.
"""

import struct

# Unsigned: a negative number or one beyond 64 bits is an error, never another number.
_length = struct.Struct(">I").pack
_integer = struct.Struct(">Q").pack


def framed(*fields: bytes | str | int) -> bytes:
    """Join fields: text as UTF-8, integers as 8 bytes big endian, bytes as they are."""
    parts: list[bytes] = []
    for field in fields:
        if isinstance(field, str):
            data = field.encode()
        elif isinstance(field, int):
            data = _integer(field)
        else:
            data = field
        parts += (_length(len(data)), data)
    return b"".join(parts)
