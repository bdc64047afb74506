"""Identifiers: one spelling for each, so that equal ones give equal hashes.

Pure. An identifier is a value that names one person and is looked up whole: an e-mail
address, a phone number, an id from another system. The catalogue refuses to index
anything else.
"""

import dataclasses
import re
import unicodedata
from enum import StrEnum
from typing import Final

from kit.errors import Invalid

MAX_LENGTH: Final = 256

# Control characters, and surrogates, which no encoding can carry.
_UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_PATH: Final = frozenset("/\\")
_NOT_DIGITS: Final = re.compile("[^0-9]")


class IdentifierKind(StrEnum):
    """What an identifier is, which decides what counts as the same spelling."""

    EMAIL = "email"
    PHONE = "phone"
    EXTERNAL = "external"


@dataclasses.dataclass(frozen=True, slots=True)
class Identifier:
    """A value of an identifier field, as it was given; its repr leaves it out.

    `shared`: several customers may have it.
    """

    field: str
    kind: IdentifierKind
    value: str = dataclasses.field(repr=False)
    shared: bool = False


def spelled_customer_id(text: str) -> str:
    """Give the one spelling of a customer id: Unicode's composed form (NFC).

    Raises:
        Invalid: empty, too long, or with characters that no id has.

    """
    name = _checked(unicodedata.normalize("NFC", text), "a customer id")
    if not _PATH.isdisjoint(name):
        raise Invalid(
            "a customer id is a part of a path: it has neither / nor \\",
            code="identifier.invalid",
        )
    return name


def spelled_new_customer_id(text: str) -> str:
    """Give the one spelling of a customer id that a new customer may have.

    It is a step of a path: none is `.` or `..`, nor looks like an option.

    Raises:
        Invalid: it does not begin with a letter, a digit or `_`, or is no id.

    """
    name = spelled_customer_id(text)
    if not (name[0].isalnum() or name[0] == "_"):
        raise Invalid(
            "a customer id begins with a letter, a digit or _",
            code="identifier.invalid",
        )
    return name


def spelled(identifier: Identifier) -> str:
    """Give the one spelling of an identifier.

    Raises:
        Invalid: nothing is left of it, or it is too long, or cannot be one.

    """
    text = unicodedata.normalize("NFC", identifier.value).strip()
    if identifier.kind is IdentifierKind.EMAIL:
        # Folding can take characters apart again.
        text = unicodedata.normalize("NFC", text.casefold())
    elif identifier.kind is IdentifierKind.PHONE:
        text = _phone(text)
    return _checked(text, "an identifier")


def _phone(text: str) -> str:
    # Full-width digits, as typed on a Chinese keyboard, are digits.
    text = unicodedata.normalize("NFKC", text).strip()
    digits = _NOT_DIGITS.sub("", text)
    return "+" + digits if digits and text.startswith("+") else digits


def _checked(text: str, what: str) -> str:
    if not text or len(text) > MAX_LENGTH or _UNFIT.search(text):
        raise Invalid(
            f"{what} has 1 to {MAX_LENGTH} characters, none of them control characters",
            code="identifier.invalid",
        )
    return text
