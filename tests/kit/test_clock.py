"""Instants at the ends of the calendar are read and written, or said to be none."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.clock import from_unix, iso, parse_iso, unix

BEYOND = (
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "10000-01-01T00:00:00Z",
    "2026-11-22T12:00:00",
    "2026-13-01T00:00:00Z",
    "",
    "\x00",
    "٢٠٢٦-11-22T12:00:00Z",
)


@pytest.mark.parametrize("text", BEYOND)
def test_what_is_beyond_the_calendar_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_iso(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_is_read_as_it_was(at: datetime) -> None:
    whole = at.replace(microsecond=0)
    assert parse_iso(iso(at)) == whole == from_unix(unix(at))
    assert iso(at)[4] == "-"


def test_unix_seconds_are_rounded_down_at_both_ends() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    assert from_unix(unix(last)) == last.replace(microsecond=0)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert unix(epoch - timedelta(microseconds=1)) == -1
