"""Archives to which something was added or done that no list and no digest covers."""

import struct
import zlib
from collections.abc import Callable
from typing import Final

END: Final = struct.Struct("<4s4H2LH")
LOCAL: Final = struct.Struct("<4s5H3L2H")


def member(name: str, content: bytes, *, described: bool = True) -> bytes:
    """A file as it stands in an archive, deflated."""
    squeezing = zlib.compressobj(wbits=-15)
    packed = squeezing.compress(content) + squeezing.flush()
    facts = (zlib.crc32(content), len(packed), len(content))
    said = (0, 0, 0) if described else facts
    flags = 8 if described else 0
    head = LOCAL.pack(b"PK\3\4", 20, flags, 8, 0, 0x21, *said, len(name), 0)
    tail = struct.pack("<4s3L", b"PK\7\x08", *facts) if described else b""
    return head + name.encode() + packed + tail


def with_bytes(data: bytes, at: int, more: bytes) -> bytes:
    """Put bytes before the directory or further ahead; offsets are mended for it."""
    *head, start, comment = END.unpack(data[-END.size :])
    body = data[:at] + more + data[at : -END.size]
    return body + END.pack(*head, start + len(more), comment)


def directory_of(data: bytes) -> int:
    return int(END.unpack(data[-END.size :])[-2])


def forged(data: bytes) -> bytes:
    return with_bytes(data, directory_of(data), member("records/idea.json", b"forged"))


def commented(data: bytes) -> bytes:
    return data[:-2] + struct.pack("<H", 4) + b"note"


FORGERIES: Final[list[Callable[[bytes], bytes]]] = [
    forged,
    commented,
    lambda data: data + b"\n",
    lambda data: data + data,
    lambda data: b"MZ" + data,
    lambda data: with_bytes(data, directory_of(data), b"hidden"),
    lambda data: with_bytes(
        data, directory_of(data), member("README.txt", b"x", described=False)
    ),
    lambda data: data.replace(b"PK\3\4\x14\0\x08\0", b"PK\3\4\x14\0\x08\x08", 1),
    lambda data: data.replace(b"PK\3\4\x14\0", b"PK\3\4\x2d\0", 1),
    lambda data: data.replace(b"README.txt", b"readme.txt", 1),
    lambda data: data.replace(b"PK\1\2\x14\3", b"PK\1\2\x14\0", 1),
]
