"""Masks: what is left of a text when a decision does not leave it clear.

A mask works on text only; a value of another type under any mask but `clear` is
omitted and named as such. What a mask cannot work on is omitted too: a mask that is
unsure shows nothing.
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Final, TypeAlias

Mask: TypeAlias = Callable[[str], str | None]

_DOTS: Final = "•••"
_SHOWN: Final = 4
_YEAR: Final = 4


def _last4(text: str) -> str | None:
    # Of a text so short that four characters are most of it, none are shown.
    return _DOTS + text[-_SHOWN:] if len(text) >= 2 * _SHOWN else _DOTS


def _initials(text: str) -> str | None:
    return " ".join(word[0] + "." for word in text.split()) or None


def _city(text: str) -> str | None:
    # An address ends with its town; without a comma there is no telling it apart.
    _, comma, town = text.rpartition(",")
    return town.strip() or None if comma else None


def _bucket(text: str) -> str | None:
    # A date's year; other text has no natural bucket.
    year, dash, _ = text.partition("-")
    return year if dash and len(year) == _YEAR and year.isdigit() else None


def _handle(text: str) -> str | None:
    name, at, domain = text.rpartition("@")
    return f"{name[0]}{_DOTS}@{domain}" if at and name and domain else None


PLAIN: Final[dict[str, Mask]] = {
    "last4": _last4,
    "initials": _initials,
    "city": _city,
    "bucket": _bucket,
    "handle": _handle,
}


def token(key: bytes) -> Mask:
    """Make the mask that turns equal texts into equal tokens, for one purpose only."""

    def _token(text: str) -> str:
        return "tok_" + hmac.digest(key, text.encode(), hashlib.sha256).hex()[:32]

    return _token
