"""How text is written down in one way: invisible characters, case, numbers, addresses.

Pure. What is the same to whoever reads it is the same here; what merely looks alike
across scripts, such as a Cyrillic letter, is not (that is for Unicode TR 39).
"""

import re
import unicodedata
from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

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
