"""Time, asked for in one place so that a test can say what time it is."""

from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)


class Clock(Protocol):
    """Tells the time; the vault reads no other clock."""

    def now(self) -> datetime:
        """Tell the present instant, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Tell the present instant, in UTC."""
        return datetime.now(UTC)


def unix(at: datetime) -> int:
    """Turn an instant into whole unix seconds, rounded down."""
    # Not timestamp(): a float rounds the last instant there is up, out of the calendar.
    return (at - _EPOCH) // _SECOND


def from_unix(seconds: int) -> datetime:
    """Turn unix seconds into an instant in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def iso(at: datetime) -> str:
    """Write an instant as RFC 3339 in UTC with whole seconds: 2026-11-22T18:00:00Z."""
    # Not strftime: its year has as many digits as it needs.
    whole = at.astimezone(UTC).replace(tzinfo=None)
    return whole.isoformat(timespec="seconds") + "Z"


def parse_iso(text: str) -> datetime:
    """Read an RFC 3339 instant that names its offset.

    Raises:
        ValueError: not an instant, or one without an offset, or one that in UTC is
            before the year 1 or after the year 9999.

    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant must name its offset, for example a final Z")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant lies in the years 1 to 9999, in UTC") from None
