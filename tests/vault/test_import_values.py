"""Cells: read as the map says, or refused by a code that repeats nothing."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.import_values import CellType, Conversion, Unfit, is_order, present


@pytest.mark.parametrize(
    ("conversion", "cell", "value"),
    [
        (Conversion(), "Grüße 你好", "Grüße 你好"),
        (Conversion(CellType.INTEGER), "-12", -12),
        (Conversion(CellType.INTEGER), 12, 12),
        (Conversion(CellType.DECIMAL), "11.77", 11.77),
        (Conversion(CellType.DECIMAL), "0.00", 0.0),
        (Conversion(CellType.DECIMAL), "1,234.5", 1234.5),
        (Conversion(CellType.DECIMAL, mark=","), "1.234,5", 1234.5),
        (Conversion(CellType.DECIMAL), 2.5, 2.5),
        (Conversion(CellType.DATE), "2026-02-28", "2026-02-28"),
        (Conversion(CellType.DATE, order="YYYYMMDD"), "19970101", "1997-01-01"),
        (Conversion(CellType.DATE, order="DD.MM.YYYY"), "28.02.2026", "2026-02-28"),
        (Conversion(CellType.BOOLEAN), "YES", True),
        (Conversion(CellType.BOOLEAN), False, False),
    ],
)
def test_a_cell_is_read_as_the_map_says(
    conversion: Conversion, cell: object, value: object
) -> None:
    assert conversion.reader()(cell) == value


@pytest.mark.parametrize(
    ("conversion", "cell", "code"),
    [
        (Conversion(), 7, "value.text"),
        (Conversion(CellType.INTEGER), "1.0", "value.integer"),
        (Conversion(CellType.INTEGER), "١٢", "value.integer"),
        (Conversion(CellType.INTEGER), True, "value.integer"),
        (Conversion(CellType.INTEGER), "9" * 400, "value.integer"),
        (Conversion(CellType.DECIMAL), "1e9", "value.decimal"),
        (Conversion(CellType.DECIMAL), "nan", "value.decimal"),
        (Conversion(CellType.DECIMAL), ".", "value.decimal"),
        (Conversion(CellType.DECIMAL), True, "value.decimal"),
        (Conversion(CellType.DATE), "2026-02-30", "value.date"),
        (Conversion(CellType.DATE), "28.02.2026", "value.date"),
        (Conversion(CellType.DATE), 20260228, "value.date"),
        (Conversion(CellType.BOOLEAN), "perhaps", "value.boolean"),
        (Conversion(CellType.BOOLEAN), 1, "value.boolean"),
    ],
)
def test_a_cell_that_does_not_fit_is_refused_by_code(
    conversion: Conversion, cell: object, code: str
) -> None:
    with pytest.raises(Unfit) as unfit:
        conversion.reader()(cell)
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

    assert Conversion(CellType.DATE, order=order).reader()(cell) == day.isoformat()


@given(st.text(), st.sampled_from(CellType))
def test_any_text_at_all_is_read_or_refused(text: str, kind: CellType) -> None:
    with suppress(Unfit):
        assert Conversion(kind).reader()(text) is not None


def test_an_order_names_each_part_once() -> None:
    assert is_order("MM/DD/YYYY")
    assert not is_order("YYYY-MM")
    assert not is_order("YYYY-MM-DD DD")


def test_an_empty_cell_is_no_value() -> None:
    assert present("  ") is None
    assert present(" x ") == "x"
    assert present(0) == 0
