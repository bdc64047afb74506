"""An unzipper that reads from the front and never looks at the directory.

As programs do that unpack what comes through a pipe: header, data up to the end of
the deflated stream, descriptor, and the next header if there is one.
"""

import struct
import zlib

LOCAL = struct.Struct("<4s5H3L2H")


def streamed(data: bytes) -> list[tuple[str, bytes]]:
    """Give each file that stands in the bytes, in order."""
    files, at = [], data.find(b"PK\3\4")
    while at >= 0 and data[at : at + 4] == b"PK\3\4":
        *_, flags, method, _, _, _, packed, _, named, extra = LOCAL.unpack_from(
            data, at
        )
        start = at + LOCAL.size
        name = data[start : start + named].decode("utf-8", "replace")
        start += named + extra
        content, at = _content(data, start, method, packed)
        files.append((name, content))
        if flags & 8:
            at += 16 if data[at : at + 4] == b"PK\7\x08" else 12
    return files


def _content(data: bytes, start: int, method: int, packed: int) -> tuple[bytes, int]:
    if method == 0:
        return data[start : start + packed], start + packed
    inflating = zlib.decompressobj(-15)
    content = inflating.decompress(data[start:])
    return content, len(data) - len(inflating.unused_data)
