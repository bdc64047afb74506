"""Cosignatures (C2SP tlog-cosignature): what of a checkpoint is signed, and when.

There are two types. Ed25519 signs the note's text below a line with the time. ML-DSA-44
(FIPS 204) signs a structure: the cosigner's name, the time, and the checkpoint's
origin, size and root, not the extension lines below them. So only checkpoints can be
signed with it, and neither type's signature passes for the other's or for one over a
note's text alone.
"""

import struct
from typing import Final

from ledger.formats.checkpoint import CheckpointError, head

MAX_NAME: Final = 0xFF

_LABEL: Final = b"subtree/v1\n\0"
_time = struct.Struct(">Q")
# From entry 0 to the size, 8 bytes each, big endian.
_range = struct.Struct(">QQ")


def stamped(time: int, signature: bytes) -> bytes:
    """Put the time, unix seconds, before a signature."""
    return _time.pack(time) + signature


def parted(signature: bytes) -> tuple[int, bytes]:
    """Part what `stamped` put together.

    Raises:
        ValueError: it is too short, or the time is beyond 2**63 - 1.

    """
    if len(signature) < _time.size:
        raise ValueError("a cosignature is too short")
    (time,) = _time.unpack_from(signature)
    if time >= 1 << 63:
        raise ValueError("a cosignature's time is out of range")
    return time, signature[_time.size :]


def over_text(time: int, text: str) -> bytes:
    """Give what Ed25519 signs."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def over_tree(name: str, time: int, text: str) -> bytes:
    """Give what ML-DSA-44 signs: the checkpoint's tree, from the first entry on.

    Raises:
        CheckpointError: the text is no checkpoint, or a name in it is too long.

    """
    origin, size, root = head(text)
    parts = (_LABEL, _named(name), _time.pack(time), _named(origin))
    return b"".join((*parts, _range.pack(0, size), root))


def _named(name: str) -> bytes:
    """Write a name as TLS writes `opaque name<1..2^8-1>` (RFC 8446, section 3.4)."""
    octets = name.encode()
    if not 1 <= len(octets) <= MAX_NAME:
        raise CheckpointError("a name is too long to be cosigned")
    return bytes([len(octets)]) + octets
