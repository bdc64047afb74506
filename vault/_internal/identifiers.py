"""Identifiers: one spelling for each, so that equal ones give equal hashes.

Pure. An identifier is a value that names one person and is looked up whole: an e-mail
address, a phone number, an id from another system. The catalogue refuses to index
anything else.

A rule of spelling has a number, for what was hashed under an earlier one cannot be
spelled anew: the value is gone. So a new value is spelled by every rule there was, and
what is asked is asked of all of them. Rule 1 knew nothing of countries and domains.
"""

import dataclasses
import re
import unicodedata
from enum import StrEnum
from functools import cached_property
from typing import Final, NamedTuple

from kit.errors import Invalid
from vault._internal.spelling import (
    addresses,
    dialled,
    folded,
    numbers,
    plain,
    visible,
)

MAX_LENGTH: Final = 256
MAX_CUSTOMER_ID: Final = 128
NEWEST: Final = 2
"""The newest rule of spelling."""

# Control characters, and surrogates, which no encoding can carry.
_UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_PATH: Final = frozenset("/\\")
_NOT_DIGITS: Final = re.compile("[^0-9]")


class IdentifierKind(StrEnum):
    """What an identifier is, which decides what counts as the same spelling."""

    EMAIL = "email"
    PHONE = "phone"
    EXTERNAL = "external"


@dataclasses.dataclass(frozen=True)
class Identifier:
    """A value of an identifier field, as it was given; its repr leaves it out.

    `shared`: several customers may have it. `region` is where a number is dialled that
    does not say its country.
    """

    field: str
    kind: IdentifierKind
    value: str = dataclasses.field(repr=False)
    shared: bool = False
    region: str | None = None

    @cached_property
    def writings(self) -> tuple[str, ...]:
        """The writings of an address or number that can be, the one spelling first."""
        if self.kind is IdentifierKind.EMAIL:
            return addresses(self.value)
        if self.kind is IdentifierKind.PHONE:
            return numbers(self.value, self.region)
        return ()

    @property
    def is_doubtful(self) -> bool:
        """Whether nobody can have it as it is written: kept, and compared as it is."""
        if self.kind is IdentifierKind.EXTERNAL or self.writings:
            return False
        if self.kind is IdentifierKind.EMAIL or self.region is not None:
            return True
        return plain(self.value).startswith("+")


class Spelling(NamedTuple):
    """What an identifier is by one rule; its repr is its rule alone."""

    rule: int
    text: str

    def __repr__(self) -> str:
        """Say nothing of whom it names."""
        return f"Spelling(rule={self.rule})"


class CustomerName(NamedTuple):
    """A customer id as it was given, as it is read, and without regard to case.

    `given` finds whom an earlier rule let in, with what nobody sees in their id.
    """

    given: str
    read: str
    folded: str

    def __repr__(self) -> str:
        """Say nothing of whom it names."""
        return "CustomerName()"


def customer_name(text: str) -> CustomerName:
    """Spell a customer id: composed (NFC), and without invisible characters.

    Raises:
        Invalid: empty, too long, or with characters that no id has.

    """
    given = unicodedata.normalize("NFC", text)
    read = unicodedata.normalize("NFC", visible(given)) or given
    for each in (given, read):
        _checked(each, "a customer id")
        if not _PATH.isdisjoint(each):
            raise Invalid(
                "a customer id is a part of a path: it has neither / nor \\",
                code="identifier.invalid",
            )
    return CustomerName(given, read, folded(read))


def require_new(name: CustomerName) -> None:
    """Check that a customer id is one that a new customer may have.

    It is a step of a path: none is `.` or `..`, nor looks like an option.

    Raises:
        Invalid: it is too long, or does not begin with a letter, a digit or `_`.

    """
    begins = name.read[0].isalnum() or name.read[0] == "_"
    if not begins or len(name.read) > MAX_CUSTOMER_ID:
        raise Invalid(
            f"a customer id has at most {MAX_CUSTOMER_ID} characters, and begins with"
            " a letter, a digit or _",
            code="identifier.invalid",
        )


def spelled(identifier: Identifier) -> str:
    """Give the one spelling of an identifier, by the newest rule.

    Raises:
        Invalid: nothing is left of it, or it is too long, or cannot be one.

    """
    return spellings(identifier)[0].text


def spellings(identifier: Identifier) -> tuple[Spelling, ...]:
    """Give the spellings of an identifier by every rule, the newest first.

    By an earlier rule there is one for each way in which it could have been written. A
    number that cannot be told from its digits has none by the newest.

    Raises:
        Invalid: nothing is left of it, or it is too long, or cannot be one.

    """
    kind, value, known = identifier.kind, identifier.value, identifier.writings
    _checked(value.strip(), "an identifier")
    read = dialled(value) if kind is IdentifierKind.PHONE else plain(value)
    by_first = [_by_first_rule(kind, each) for each in (read, value, *known)]
    first = [Spelling(1, each) for each in dict.fromkeys(by_first) if each]
    newest = _newest(identifier)
    found = [Spelling(NEWEST, newest), *first] if newest else first
    if not found:
        raise _unfit("an identifier")
    return tuple(found)


def _newest(identifier: Identifier) -> str:
    if identifier.writings:
        return identifier.writings[0]
    if identifier.kind is IdentifierKind.EMAIL:
        return folded(identifier.value)
    return "" if identifier.kind is IdentifierKind.PHONE else plain(identifier.value)


def _by_first_rule(kind: IdentifierKind, text: str) -> str:
    text = unicodedata.normalize("NFC", text).strip()
    if kind is IdentifierKind.EMAIL:
        # Folding can take characters apart again.
        return unicodedata.normalize("NFC", text.casefold())
    return _phone(text) if kind is IdentifierKind.PHONE else text


def _phone(text: str) -> str:
    # Full-width digits, as typed on a Chinese keyboard, are digits.
    text = unicodedata.normalize("NFKC", text).strip()
    digits = _NOT_DIGITS.sub("", text)
    return "+" + digits if digits and text.startswith("+") else digits


def _checked(text: str, what: str) -> str:
    if not text or len(text) > MAX_LENGTH or _UNFIT.search(text):
        raise _unfit(what)
    return text


def _unfit(what: str) -> Invalid:
    return Invalid(
        f"{what} has 1 to {MAX_LENGTH} characters, none of them control characters",
        code="identifier.invalid",
    )
