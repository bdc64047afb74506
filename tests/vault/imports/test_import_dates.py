"""Days and instants of exports: in the order and zone of the map, or refused."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from import_files import full_width

from vault.imports.import_dates import (
    ISO,
    DateStyle,
    Fold,
    TimeOfDay,
    dates,
    instants,
    is_order,
)
from vault.imports.import_values import UnfitCell

BERLIN = ZoneInfo("Europe/Berlin")
LOCAL = DateStyle(zone=BERLIN)
IGNORED = DateStyle(time=TimeOfDay.IGNORE)


def ordered(*orders: str, century: int | None = None) -> DateStyle:
    return DateStyle(orders, century)


@pytest.mark.parametrize(
    ("style", "cell", "day"),
    [
        (ISO, "2026-02-28", "2026-02-28"),
        (ISO, "2024-1-5", "2024-01-05"),
        (ISO, full_width("2024-01-05"), "2024-01-05"),
        (ordered("YYYYMMDD"), "19970101", "1997-01-01"),
        (ordered("DD.MM.YYYY"), "28.02.2026", "2026-02-28"),
        (ordered("D.M.YYYY"), "5.1.2024", "2024-01-05"),
        (ordered("D.M.YYYY"), "05.01.2024", "2024-01-05"),
        (ordered("MM/DD/YYYY"), "01/05/2024", "2024-01-05"),
        (ordered("MM/DD/YYYY"), "1/5/2024", "2024-01-05"),
        (ordered("D. M. YYYY"), "5. 1. 2024", "2024-01-05"),
        (ordered("YYYY年M月D日"), "2024年1月5日", "2024-01-05"),
        (ordered("M/D/YY", century=2000), "9/1/08", "2008-09-01"),
        (ordered("M/D/YY", century=1930), "9/1/30", "1930-09-01"),
        (ordered("M/D/YY", century=1930), "9/1/29", "2029-09-01"),
        (ordered("M/D/YY", "M-D-YY", century=2000), "09-01-08", "2008-09-01"),
        (IGNORED, "2024-01-05", "2024-01-05"),
        (IGNORED, "2024-01-05 00:00:00", "2024-01-05"),
        (IGNORED, "2024-01-05T23:30:00Z", "2024-01-05"),
        (IGNORED, "2024-01-05 23:30:00 -0800", "2024-01-05"),
        (LOCAL, "2024-01-05", "2024-01-05"),
        (LOCAL, "2024-01-05T23:30:00Z", "2024-01-06"),
        (LOCAL, "2024-01-05 23:30:00", "2024-01-05"),
    ],
)
def test_a_day_is_the_one_that_is_plainly_said(
    style: DateStyle, cell: str, day: str
) -> None:
    assert dates(style)(cell) == day


@pytest.mark.parametrize(
    ("style", "cell"),
    [
        (ISO, "2026-02-30"),
        (ISO, "28.02.2026"),
        (ISO, "2024/01/05"),
        (ISO, "24-01-05"),
        (ISO, "12024-01-05"),
        (ISO, "0000-01-05"),
        (ISO, "2024-01-05 00:00:00"),
        (ISO, "2024-01-05T10:00:00Z"),
        (ISO, "2024-01-05x"),
        (ISO, ""),
        (ISO, 20240105),
        (ordered("MM/DD/YYYY"), "13/01/2024"),
        (ordered("MM/DD/YYYY"), "1/5/24"),
        (ordered("DDMMYYYY"), "512024"),
        (ordered("M/D/YY", century=2000), "9/1/2008"),
        # Two orders that say different days say none.
        (ordered("MM/DD/YYYY", "DD/MM/YYYY"), "01/09/2008"),
        (IGNORED, "2024-01-05 25:00:00"),
        (IGNORED, "2024-01-05 noon"),
    ],
)
def test_a_day_that_is_not_plainly_said_is_refused(
    style: DateStyle, cell: object
) -> None:
    with pytest.raises(UnfitCell) as unfit:
        dates(style)(cell)
    assert unfit.value.args == ("value.date",)


@pytest.mark.parametrize(
    ("style", "cell", "instant"),
    [
        (ISO, "2024-01-05T10:00:00Z", "2024-01-05T10:00:00Z"),
        (ISO, "2024-01-05T10:00:00.000Z", "2024-01-05T10:00:00Z"),
        (ISO, "2024-01-05T10:00:00.1234567Z", "2024-01-05T10:00:00.123456Z"),
        (ISO, "2024-01-05 10:00:00 +0100", "2024-01-05T09:00:00Z"),
        (ISO, "2024-01-05 10:00:00+01", "2024-01-05T09:00:00Z"),
        (ISO, "2018-01-04 15:51:23 -0800", "2018-01-04T23:51:23Z"),
        (ISO, "2024-01-05 10:00:00 UTC", "2024-01-05T10:00:00Z"),
        (ISO, "2024-01-05 23:30 -05:30", "2024-01-06T05:00:00Z"),
        (LOCAL, "2024-01-05 10:00:00 +0000", "2024-01-05T10:00:00Z"),
        (LOCAL, "2024-01-05 10:00", "2024-01-05T09:00:00Z"),
        (LOCAL, "2024-07-05 10:00", "2024-07-05T08:00:00Z"),
        (LOCAL, "2024-07-05 12:15 AM", "2024-07-04T22:15:00Z"),
        (LOCAL, "2024-07-05, 1:15:00 p.m.", "2024-07-05T11:15:00Z"),
        (
            DateStyle(("YYYY/M/D",), zone=ZoneInfo("Asia/Tokyo")),
            "2017/11/1 12:02",
            "2017-11-01T03:02:00Z",
        ),
        (
            DateStyle(zone=BERLIN, fold=Fold.EARLIER),
            "2024-10-27 02:30",
            "2024-10-27T00:30:00Z",
        ),
        (
            DateStyle(zone=BERLIN, fold=Fold.LATER),
            "2024-10-27 02:30",
            "2024-10-27T01:30:00Z",
        ),
    ],
)
def test_an_instant_is_the_one_that_is_plainly_said(
    style: DateStyle, cell: str, instant: str
) -> None:
    assert instants(style)(cell) == instant


@pytest.mark.parametrize(
    ("style", "cell", "code"),
    [
        (ISO, "2024-01-05 10:00:00", "value.zone"),
        (LOCAL, "2024-10-27 02:30", "value.zone"),
        (LOCAL, "2024-03-31 02:30", "value.zone"),
        (DateStyle(zone=BERLIN, fold=Fold.LATER), "2024-03-31 02:30", "value.zone"),
        (ISO, "2024-01-05", "value.instant"),
        (LOCAL, "2024-01-05", "value.instant"),
        (LOCAL, "2024-01-05 24:00", "value.instant"),
        (LOCAL, "2024-01-05 13:00 PM", "value.instant"),
        (LOCAL, "2024-01-05 0:30 am", "value.instant"),
        (LOCAL, "2024-01-05 10:00 PST", "value.instant"),
        (LOCAL, "2024-01-05 10:00:60", "value.instant"),
        (ISO, "2024-01-05T10:00:00+2500", "value.instant"),
        (ISO, "2024-01-05T10:00:00+0099", "value.instant"),
        (ISO, "0001-01-01T00:00:00+0100", "value.instant"),
        (ISO, "9999-12-31T23:59:59-0100", "value.instant"),
        (LOCAL, "0001-01-01 00:00", "value.instant"),
    ],
)
def test_an_instant_that_is_not_plainly_said_is_refused(
    style: DateStyle, cell: str, code: str
) -> None:
    with pytest.raises(UnfitCell) as unfit:
        instants(style)(cell)
    assert unfit.value.args == (code,)


@given(st.dates(), st.permutations(["YYYY", "MM", "DD"]), st.sampled_from("./- "))
def test_a_date_survives_every_order(
    day: date, parts: list[str], separator: str
) -> None:
    order = separator.join(parts)
    written = {
        "YYYY": f"{day.year:04}",
        "MM": f"{day.month:02}",
        "DD": f"{day.day:02}",
    }
    cell = separator.join(written[part] for part in parts)

    assert dates(ordered(order))(cell) == day.isoformat()


@given(
    st.datetimes(timezones=st.just(UTC)).filter(lambda at: 1 < at.year < 9999),
    st.integers(-14 * 60, 14 * 60),
)
def test_an_instant_survives_every_offset(instant: datetime, minutes: int) -> None:
    cell = instant.astimezone(timezone(timedelta(minutes=minutes))).isoformat()

    read = instants(ISO)(cell)

    assert datetime.fromisoformat(str(read)) == instant


@pytest.mark.parametrize(
    "order", ["MM/DD/YYYY", "D.M.YY", "YYYYMMDD", "YYYY年M月D日", "D/M-YYYY"]
)
def test_an_order_names_each_part_once(order: str) -> None:
    assert is_order(order)


@pytest.mark.parametrize(
    "order",
    ["YYYY-MM", "YYYY-MM-DD DD", "YYYYMD", "DMYYYY", "MMM D YYYY", "YYYY-MM-DDT"],
)
def test_what_is_no_order_is_said_to_be_none(order: str) -> None:
    assert not is_order(order)
