"""Time, asked for in one place so that a test can say what time it is."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; the vault reads no other clock."""

    def now(self) -> datetime:
        """Tell the present instant, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Tell the present instant, in UTC."""
        return datetime.now(UTC)


def unix(at: datetime) -> int:
    """Turn an instant into whole unix seconds, rounded down."""
    return int(at.timestamp())


def from_unix(seconds: int) -> datetime:
    """Turn unix seconds into an instant in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def iso(at: datetime) -> str:
    """Write an instant as RFC 3339 in UTC with whole seconds: 2026-11-22T18:00:00Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_iso(text: str) -> datetime:
    """Read an RFC 3339 instant that names its offset.

    Raises:
        ValueError: not an instant, or one without an offset.

    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant must name its offset, for example a final Z")
    return at.astimezone(UTC)
