"""Days and instants as exports write them, in the order and zone that the map says.

A day is what is written: no zone moves it unless the map gives one. An instant is
written in UTC; a time without an offset needs the zone of the map, and one that the
clocks of that zone showed twice, or never, is refused.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from vault.imports.import_values import Reader, UnfitCell, narrow

DEFAULT_ORDER: Final = "YYYY-MM-DD"

_PART: Final = re.compile("(YYYY|YY|MM?|DD?)")
_BLANK: Final = "[ \u00a0\u202f]"
_TIME: Final = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    rf"(?:{_BLANK}?(?P<half>[AaPp])\.?[Mm]\.?)?"
    rf"(?:{_BLANK}*(?P<offset>[Zz]|UTC|GMT|[+-][01][0-9](?::?[0-5][0-9])?))?"
)
_BETWEEN: Final = rf"(?:[Tt]|,?{_BLANK}+)"
_NOON: Final = 12


class TimeOfDay(StrEnum):
    """What is done with a time that stands behind a day."""

    REFUSE = "refuse"
    IGNORE = "ignore"


class Fold(StrEnum):
    """Which of two is meant where the clocks showed a time twice."""

    REFUSE = "refuse"
    EARLIER = "earlier"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How the days and times of a column are written.

    `century` is the first of the hundred years that two digits stand for.
    """

    orders: tuple[str, ...] = (DEFAULT_ORDER,)
    century: int | None = None
    time: TimeOfDay = TimeOfDay.REFUSE
    zone: ZoneInfo | None = None
    fold: Fold = Fold.REFUSE


ISO: Final = DateStyle()
"""What a map says that says nothing of dates."""


def is_order(text: str) -> bool:
    """Tell whether a text says in which order a date is written.

    Year, month and day stand there once each; days and months of one digit need signs
    around them, which are neither ASCII letters nor digits.
    """
    between = _PART.split(text)
    parts, signs = between[1::2], between[::2]
    once = sorted(part[0] for part in parts) == ["D", "M", "Y"]
    divided = all(signs[1:-1]) or all(len(part) > 1 for part in parts)
    return once and divided and not re.search("[A-Za-z0-9]", "".join(signs))


def has_short_year(order: str) -> bool:
    """Tell whether an order has a year of two digits."""
    return "YYYY" not in order


def dates(style: DateStyle) -> Reader:
    """Give the reader of days."""
    return _reader(style, _day, "value.date")


def instants(style: DateStyle) -> Reader:
    """Give the reader of instants."""
    return _reader(style, _instant, "value.instant")


_Take = Callable[[DateStyle, date, re.Match[str]], str]


def _reader(style: DateStyle, take: _Take, code: str) -> Reader:
    patterns = [_pattern(narrow(order)) for order in style.orders]

    def read(cell: object) -> str:
        text = narrow(cell) if isinstance(cell, str) else ""
        try:
            matches = filter(None, (each.fullmatch(text) for each in patterns))
            found = {take(style, *each) for each in _possible(style, matches)}
        except (ValueError, OverflowError) as error:
            raise error if isinstance(error, UnfitCell) else UnfitCell(code) from None
        if len(found) != 1:  # no order reads it, or two read it as different days
            raise UnfitCell(code)
        return found.pop()

    return read


def _pattern(order: str) -> re.Pattern[str]:
    between = _PART.split(order)
    ends = (0, len(between) - 1)
    text = ""
    for at, piece in enumerate(between):
        if not at % 2:
            text += re.escape(piece)
            continue
        # A sign, or the end, on both sides: one digit is as plain as two.
        divided = all(between[side] or side in ends for side in (at - 1, at + 1))
        year = piece[0] == "Y"
        low = len(piece) if year or not divided else 1
        text += f"(?P<{piece[0]}>[0-9]{{{low},{len(piece) if year else 2}}})"
    return re.compile(f"{text}(?:{_BETWEEN}{_TIME})?")


def _possible(
    style: DateStyle, matches: Iterable[re.Match[str]]
) -> Iterator[tuple[date, re.Match[str]]]:
    for found in matches:
        year, century = int(found["Y"]), style.century
        if len(found["Y"]) == len("YY") and century is not None:
            year = century + (year - century) % 100
        with suppress(ValueError):
            yield date(year, int(found["M"]), int(found["D"])), found


def _day(style: DateStyle, day: date, found: re.Match[str]) -> str:
    if found["hour"] is None:
        return day.isoformat()
    if style.zone is not None:
        return _placed(style, day, found).astimezone(style.zone).date().isoformat()
    if style.time is TimeOfDay.REFUSE:
        raise UnfitCell("value.date")
    _time(found)
    return day.isoformat()


def _instant(style: DateStyle, day: date, found: re.Match[str]) -> str:
    if found["hour"] is None:
        raise UnfitCell("value.instant")
    placed = _placed(style, day, found).replace(tzinfo=None)
    return placed.isoformat() + "Z"


def _time(found: re.Match[str]) -> time:
    hour, half = int(found["hour"]), found["half"]
    if half is not None:
        if not 1 <= hour <= _NOON:
            raise ValueError("no hour of twelve")
        hour = hour % _NOON + (_NOON if half in "Pp" else 0)
    microseconds = (found["fraction"] or "").ljust(6, "0")[:6]
    second = int(found["second"] or 0)
    return time(hour, int(found["minute"]), second, int(microseconds))


def _placed(style: DateStyle, day: date, found: re.Match[str]) -> datetime:
    """Give the instant in UTC at which the clocks showed a day and a time."""
    local = datetime.combine(day, _time(found))
    if found["offset"] is not None:
        return local.replace(tzinfo=_offset(found["offset"])).astimezone(UTC)
    if style.zone is None:
        raise UnfitCell("value.zone")
    first, second = (
        local.replace(tzinfo=style.zone, fold=fold).astimezone(UTC) for fold in (0, 1)
    )
    if first == second:
        return first
    never = first.astimezone(style.zone).replace(tzinfo=None) != local
    if never or style.fold is Fold.REFUSE:
        raise UnfitCell("value.zone")
    return first if style.fold is Fold.EARLIER else second


def _offset(text: str) -> timezone:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(ahead if text[0] == "+" else -ahead)
