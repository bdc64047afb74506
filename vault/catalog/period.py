"""Retention periods: ISO 8601 durations of whole years, months, weeks and days.

Calendar arithmetic, not seconds: six years from 29 February end on 28 February.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

_DURATION: Final = re.compile(
    r"P(?=\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?"
)


@dataclass(frozen=True, slots=True)
class Period:
    """How long something is kept, in calendar units."""

    months: int
    days: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read a duration such as P6Y or P18M; None if it is none, or of no length."""
        match = _DURATION.fullmatch(text)
        if match is None:
            return None
        years, months, weeks, days = (int(group or 0) for group in match.groups())
        period = cls(years * 12 + months, weeks * 7 + days)
        return period if period.months or period.days else None

    def after(self, at: datetime) -> datetime:
        """Give the instant that lies one period after `at`."""
        years, month = divmod(at.month - 1 + self.months, 12)
        year = at.year + years
        day = min(at.day, calendar.monthrange(year, month + 1)[1])
        return at.replace(year=year, month=month + 1, day=day) + timedelta(self.days)
