"""Identifiers: one spelling for each, so that equal ones give equal hashes.

Pure. An identifier is a value that names one person and is looked up whole: an e-mail
address, a phone number, an id from another system. The catalogue refuses to index
anything else. What is the same to whoever reads it is the same here; what merely looks
alike across scripts, such as a Cyrillic letter, is not (that is for Unicode TR 39).

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

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from kit.errors import Invalid

MAX_LENGTH: Final = 256
MAX_CUSTOMER_ID: Final = 128
NEWEST: Final = 2
"""The newest rule of spelling."""

# Control characters, and surrogates, which no encoding can carry.
_UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_PATH: Final = frozenset("/\\")
_NOT_DIGITS: Final = re.compile("[^0-9]")
# Default_Ignorable_Code_Point (UAX 44), and the marks of interlinear annotation.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
REGIONS: Final[frozenset[str]] = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""The regions (ISO 3166-1) in which a number can be written without its country."""


def visible(text: str) -> str:
    """Give a text without what nobody sees in it, nor blanks at its ends."""
    return _INVISIBLE.sub("", text).strip()


def plain(text: str) -> str:
    """Give a text as it is read: no wide or joined forms, one blank between words.

    Full-width digits, as typed on a Chinese keyboard, are digits (NFKC).
    """
    # Taken apart and put together, a text can show what was hidden in it.
    text = unicodedata.normalize("NFKC", visible(unicodedata.normalize("NFKC", text)))
    return " ".join(text.split())


def folded(text: str) -> str:
    """Give a text as it is read without regard to case."""
    # Folding takes characters apart: what is folded once may fold once more (UAX 21).
    return plain(plain(plain(text).casefold()).casefold())


def dialled(text: str) -> str:
    """Give a number as it is read, its digits those of ASCII, whatever script's."""
    return "".join(
        each if each.isascii() else str(unicodedata.digit(each, each))
        for each in plain(text)
    )


def is_number(text: str) -> bool:
    """Tell whether a text can be taken for a telephone number at all."""
    try:
        phonenumbers.parse(plain(text), None)
    except NumberParseException as error:
        return error.error_type != NumberParseException.NOT_A_NUMBER
    return True


def numbers(text: str, region: str | None = None) -> tuple[str, ...]:
    """Give the writings of a telephone number, the one spelling first (ITU-T E.164).

    With its extension, if it has one; after it as it is dialled within the region.
    None for one that no network has, and for one without its country where no region
    says which that is.
    """
    try:
        found = phonenumbers.parse(plain(text), region)
    except NumberParseException:
        return ()
    reason = phonenumbers.is_possible_number_with_reason(found)
    if reason != ValidationResult.IS_POSSIBLE:
        return ()
    said = phonenumbers.format_number(found, PhoneNumberFormat.E164)
    first = f"{said};ext={found.extension}" if found.extension else said
    if region and phonenumbers.country_code_for_region(region) == found.country_code:
        return first, phonenumbers.format_number(found, PhoneNumberFormat.NATIONAL)
    return (first,)


def addresses(text: str) -> tuple[str, ...]:
    """Give the writings of an e-mail address, the one spelling first.

    In it the domain is as the network has it, in letters of ASCII (IDNA 2008), after it
    as people read it. The local part is without regard to case: two mailboxes that
    differ by it alone are nowhere two people's. None for one that can be nobody's.
    """
    try:
        found = validate_email(
            plain(text), check_deliverability=False, test_environment=True
        )
    except EmailNotValidError:
        return ()
    local = folded(found.local_part)
    return f"{local}@{found.ascii_domain}", f"{local}@{found.domain}"


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
