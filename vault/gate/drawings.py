"""Drawings: what a mask leaves of one kind of value, or nothing where it is not sure.

The last four characters tell one telephone number from another; of an e-mail address
they say `.com`. So a mask is drawn by what a value is, and each drawing looks whether
the value is that: a card number has its check digit, an IBAN its remainder (ISO 13616).
What is not what it should be is not shown at all.
"""

import re
import unicodedata
from typing import Final

from vault._internal.identifiers import plain

_DOTS: Final = "•••"
_LAST: Final = 4
_LEAST: Final = 8  # of a shorter number, four characters would be most of it
_MOST_WORDS: Final = 5
_MOST_CJK: Final = 12
_IBAN_REMAINDER: Final = 1

_PHONE: Final = re.compile(r"\+?[0-9 ()./-]+")
_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}")
_CARD: Final = re.compile(r"[0-9]{12,19}")  # ISO/IEC 7812-1
_CODE: Final = re.compile(r"[0-9A-Za-z]+(?:[ ./-][0-9A-Za-z]+)*")
_MAILBOX: Final = re.compile(r"([^\s@]+)@([^\s@.]+(?:\.[^\s@.]+)+)")
_DAY: Final = re.compile(r"([0-9]{4})-[0-9]{2}-[0-9]{2}(?:T.*)?")
_TOWN: Final = re.compile(r"[^\W\d_][^_,;:@/\n]{0,59}")
_POSTCODE: Final = re.compile(r"(?:[A-Z]{1,2}-)?[0-9]{4,6}\s+")
# A prefecture-level city stands after its province, and before its districts.
_HAN_TOWN: Final = re.compile(
    r"(?:[\u4e00-\u9fff]{2,7}?(?:省|自治区))?([\u4e00-\u9fff]{2,9}?(?:市|自治州))"
)

_CJK: Final = re.compile(
    "[\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff\u00b7]+"
)
# Family names of two characters; any other is taken to have one.
_COMPOUND: Final = re.compile(
    "欧阳|歐陽|司马|司馬|上官|诸葛|諸葛|东方|東方|皇甫|尉迟|尉遲|公孙|公孫|令狐|慕容|司徒"
    "|夏侯|端木|长孙|長孫|宇文|轩辕|軒轅|申屠|南宫|南宮|独孤|獨孤|澹台|澹臺|濮阳|濮陽|淳于"
    "|钟离|鍾離|赫连|赫連|呼延|司空|拓跋|第五"
)


def phone(text: str) -> str | None:
    """Draw the last four digits of a telephone number, however it is written."""
    text = plain(text)
    return _last(re.sub("[^0-9]", "", text)) if _PHONE.fullmatch(text) else None


def iban(text: str) -> str | None:
    """Draw the last four characters of an account's number (ISO 13616)."""
    account = "".join(text.split()).upper()
    if not _IBAN.fullmatch(account):
        return None
    turned = "".join(str(int(each, 36)) for each in account[4:] + account[:4])
    return _last(account) if int(turned) % 97 == _IBAN_REMAINDER else None


def card(text: str) -> str | None:
    """Draw the last four digits of a payment card (PCI DSS 3.4.1 allows as many)."""
    digits = re.sub("[ -]", "", text)
    if not _CARD.fullmatch(digits):
        return None
    doubled = (2 * int(each) for each in digits[-2::-2])
    total = sum(map(int, digits[::-2])) + sum(
        each % 10 + each // 10 for each in doubled
    )
    return _last(digits) if total % 10 == 0 else None


def code(text: str) -> str | None:
    """Draw the last four of a number of letters and digits, such as an identity's."""
    if not _CODE.fullmatch(text):
        return None
    return _last(re.sub("[ ./-]", "", text))


def _last(characters: str) -> str | None:
    return _DOTS + characters[-_LAST:] if len(characters) >= _LEAST else None


def name(text: str) -> str | None:
    """Draw a name's initials; of a Chinese, Japanese or Korean one, the family's name.

    `A. L.` for Ada Lovelace, `张*` for 张伟, `欧阳*` for 欧阳娜娜: one star, which does
    not tell how long the rest is. A name that mixes both is not understood.
    """
    words = unicodedata.normalize("NFC", text).split()
    if not 0 < len(words) <= _MOST_WORDS:
        return None
    if _CJK.search(text):
        return _family(words)
    letters = sum(each.isalpha() for each in "".join(words))
    # Of names that are initials already, they would be all there is.
    if not all(word[0].isalpha() for word in words) or letters <= len(words):
        return None
    return " ".join(word[0] + "." for word in words)


def _family(words: list[str]) -> str | None:
    whole = "".join(words)
    if not _CJK.fullmatch(whole) or len(whole) > _MOST_CJK or not whole[0].isalpha():
        return None
    letters = sum(each.isalpha() for each in whole)
    compound = _COMPOUND.match(whole)
    family = compound[0] if compound and len(compound[0]) < letters else whole[0]
    return family + "*" if letters > len(family) else None


def mailbox(text: str) -> str | None:
    """Draw the first letter of an e-mail address, and its domain."""
    found = _MAILBOX.fullmatch(text)
    if found is None:
        return None
    local, domain = found.groups()
    # Of one letter, the first is all there is.
    first = local[0] if len(local) > 1 and local[0].isalnum() else ""
    return f"{first}{_DOTS}@{domain}"


def year(text: str) -> str | None:
    """Draw the year of a day or an instant."""
    found = _DAY.fullmatch(text)
    return found and found[1]


def town(text: str) -> str | None:
    """Draw a town whole, if it is nothing more."""
    text = text.strip()
    numbered = any(each.isnumeric() and not each.isalpha() for each in text)
    return text if _TOWN.fullmatch(text) and not numbered else None


def address(text: str) -> str | None:
    """Draw the town at an address's end; of a Chinese one, after the province."""
    if (found := _HAN_TOWN.match(text.strip())) is not None:
        return found[1]
    _, comma, rest = text.rpartition(",")
    return town(_POSTCODE.sub("", rest.strip(), count=1)) if comma else None
