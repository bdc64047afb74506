"""Identifiers: 16 random bytes inside, 32 hexadecimal digits outside.

They carry no time and no order, so a list of them tells nothing.
"""

import re
import secrets

ID_BYTES = 16
_TEXT = re.compile(r"[0-9a-f]{32}")


def new_id() -> bytes:
    """Draw a new identifier from the system's random source."""
    return secrets.token_bytes(ID_BYTES)


def parse_id(text: str) -> bytes | None:
    """Read an identifier as written outside; None if it is not one.

    There is no error to raise: an id that cannot be is merely one that is not there.
    """
    return bytes.fromhex(text) if _TEXT.fullmatch(text) else None
