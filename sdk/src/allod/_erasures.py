"""The secret of an erasure, and the id that follows from it.

Draw the secret and keep it before the erasure is asked for: the certificate can then be
fetched even if the answer is lost on its way, since the token ends with the account.
"""

import hashlib
import secrets
from typing import Final

_DOMAIN: Final = b"allod/erasure-id/v1"
_SECRET_BYTES: Final = 32
_ID_BYTES: Final = 16


def erasure_secret() -> str:
    """Draw a secret for an erasure: 32 random bytes as base64url."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def erasure_id(secret: str) -> str:
    """Compute the id of the erasure that has this secret, in hexadecimal.

    The first 16 bytes of SHA-256 over the domain `allod/erasure-id/v1` and the secret,
    each after its length in 4 bytes, big endian.
    """
    parts = (_DOMAIN, secret.encode())
    framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hashlib.sha256(framed).digest()[:_ID_BYTES].hex()
