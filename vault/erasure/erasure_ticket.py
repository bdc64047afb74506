"""What the customer is given for an erasure: its id, and the secret that reads it.

The id follows from the secret. So whoever chose the secret knows the id before anything
is asked for, and finds the certificate even if the answer to the request was lost; and
the same request again is the same erasure. The id tells nothing of the secret, which
holds 256 random bits; at rest there is its SHA-256 alone.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Final, Self

from kit.errors import Fault, Invalid
from kit.framing import framed
from kit.ids import ID_BYTES

FORM: Final = "[A-Za-z0-9_-]{43,128}"
"""A secret's form: base64url, at least as long as 32 bytes are in it."""

_SECRET: Final = re.compile(FORM)
_SECRET_BYTES: Final = 32
_ID: Final = "allod/erasure-id/v1"


@dataclass(frozen=True, slots=True)
class Ticket:
    """An erasure's id, and the secret that it follows from."""

    order_id: bytes
    secret: str = field(repr=False)

    @classmethod
    def of(cls, secret: str) -> Self:
        """Make the ticket of a secret that somebody chose.

        Raises:
            Invalid: it has not the form of one.

        """
        if not _SECRET.fullmatch(secret):
            raise Invalid(
                "the erasure's secret has not the form of one",
                code="erasure.secret",
                faults=(Fault("/Erasure-Secret", "43 to 128 characters of base64url"),),
                fix="draw 32 random bytes and write them as base64url",
            )
        digest = hashlib.sha256(framed(_ID, secret)).digest()
        return cls(digest[:ID_BYTES], secret)

    @classmethod
    def draw(cls) -> Self:
        """Make a ticket with a new secret."""
        return cls.of(secrets.token_urlsafe(_SECRET_BYTES))

    @property
    def secret_hash(self) -> bytes:
        """What is kept of the secret."""
        return hashed(self.secret)


def hashed(secret: str) -> bytes:
    """Hash what somebody shows as a secret, whatever it is."""
    return hashlib.sha256(secret.encode()).digest()
