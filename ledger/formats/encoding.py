"""Text forms that have exactly one spelling: base64 and decimal.

Two spellings of one value would give two notes, two leaves or two receipts that a
person takes for one. Whatever reads here is read only if writing it again gives the
same characters (RFC 4648, sections 3.3 and 3.5).
"""

import base64
import binascii
import re

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_MAX = (1 << 63) - 1  # what SQLite's integers hold


def encode64(data: bytes) -> str:
    """Write bytes in the standard alphabet of RFC 4648, section 4, with padding."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def is_name(text: str) -> bool:
    """Tell whether a key may be called so (C2SP signed-note), and so a log.

    It is UTF-8 text without a blank of any alphabet, a control character or a plus.
    """
    try:
        text.encode()
    except UnicodeError:
        return False
    return bool(text) and not any(c.isspace() or c < " " or c == "+" for c in text)


def decode64(text: str) -> bytes:
    """Read base64 of the standard alphabet, padded, with zero trailing bits.

    Raises:
        ValueError: not base64, or another spelling of it.

    """
    data = base64.b64decode(text, validate=True)
    if encode64(data) != text:
        raise ValueError("not the canonical base64 of its bytes")
    return data


def decimal(text: str) -> int:
    """Read a non-negative integer below 2**63 without sign or leading zeros.

    Raises:
        ValueError: anything else.

    """
    if not _DECIMAL.fullmatch(text) or int(text) > _MAX:
        raise ValueError("not a plain decimal number")
    return int(text)
