"""The terms of a licence, structured, so that nothing about them is vague.

A licence says what it is for (purpose), for which product, where, from when and until
when. All five are given or there is no licence: a missing end date, "in perpetuity",
"reasonable use", 永久, 合理使用 and their kind are refused, each with the field to fill
and what to write in it. A date so far off that it means "for ever" is refused as well.
No message repeats what was sent.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from kit.clock import from_unix, parse_iso, unix
from kit.errors import Fault, Invalid

MAX_TERM: Final = timedelta(days=10 * 366)

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_BLANKS = re.compile(r"[\s._-]+")

# Compared with the whole value: a product may be called "any-colour-pen".
_VAGUE_WHOLE: Final = frozenset(
    {"all", "any", "anything", "etc", "everything", "forever", "never", "no end"}
    | {"none", "other", "tbd", "unlimited", "various"}
)
_VAGUE_WITHIN: Final = (
    *("reasonable use", "fair use", "in perpetuity", "perpetual", "irrevocable"),
    *("no end date", "without end", "indefinite", "including but not limited to"),
    *("as needed", "any purpose", "all purposes", "until further notice"),
    *("合理使用", "永久", "永远", "无限期", "不可撤销", "长期有效", "必要时"),
    *("包括但不限于", "等用途", "任何用途", "一切用途", "合理范围", "视情况"),
)

REMEDIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "purpose": "name one purpose of use, for example ugc.advertise",
        "product": "name one product by its code (letters, digits, - _ .)",
        "territory": "name one country or region by its code, for example de or eu",
        "since": "give the first instant, for example 2026-12-01T00:00:00Z",
        "until": "give the date on which it ends, for example 2027-12-01T00:00:00Z",
    }
)
_CODES: Final = ("purpose", "product", "territory")
_INSTANTS: Final = ("since", "until")
_LAST: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Licence:
    """One use that an author allows, from `since` to before `until`."""

    purpose: str
    product: str
    territory: str
    since: datetime
    until: datetime


def parse_terms(terms: Mapping[str, object]) -> Licence:
    """Read the terms of a licence; instants as RFC 3339 text or `datetime`.

    A part of a second shortens the licence: it begins at the next whole second and
    ends at the last.

    Raises:
        Invalid: something is missing, vague or impossible (`ugc.terms`, `ugc.vague`);
            the faults name each field to fill and what to write.

    """
    faults = [Fault("", "hold no other terms")] if set(terms) - set(REMEDIES) else []
    codes = {name: _code(terms.get(name)) for name in _CODES}
    since, until = _instant(terms.get("since")), _instant(terms.get("until"))
    missing = {name for name, value in codes.items() if not value}
    missing |= {"since"} if since is None else set()
    missing |= {"until"} if until is None else set()
    faults += [
        Fault(f"/{name}", REMEDIES[name]) for name in REMEDIES if name in missing
    ]
    if since is None or until is None or faults:
        raise _refusal(terms, faults)
    licence = Licence(**codes, since=_up(since), until=from_unix(unix(until)))
    _check_span(licence)
    return licence


def is_vague(value: object) -> bool:
    """Tell whether a text uses one of the words that mean nothing in a contract."""
    if not isinstance(value, str):
        return False
    text = _BLANKS.sub(" ", unicodedata.normalize("NFKC", value)).strip().casefold()
    return text in _VAGUE_WHOLE or any(phrase in text for phrase in _VAGUE_WITHIN)


def _code(value: object) -> str:
    if not isinstance(value, str) or is_vague(value) or not _CODE.fullmatch(value):
        return ""
    return value


def _instant(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else None
    if not isinstance(value, str):
        return None
    try:
        return parse_iso(value)
    except ValueError:
        return None


def _up(at: datetime) -> datetime:
    whole = from_unix(unix(at))
    return whole if whole in {at, _LAST} else whole + timedelta(seconds=1)


def _check_span(licence: Licence) -> None:
    if licence.until <= licence.since:
        message = "end it after it begins"
    elif licence.until - licence.since > MAX_TERM:
        message = "end it within ten years; it can be renewed"
    else:
        return
    raise Invalid(
        "the licence has no proper end",
        code="ugc.terms",
        faults=(Fault("/until", message),),
        fix=REMEDIES["until"],
    )


def _refusal(terms: Mapping[str, object], faults: list[Fault]) -> Invalid:
    vague = terms.get("until") is None or any(map(is_vague, terms.values()))
    return Invalid(
        "the licence is vague" if vague else "the licence is incomplete",
        code="ugc.vague" if vague else "ugc.terms",
        faults=tuple(faults),
        fix="; ".join(fault.message for fault in faults),
    )
