"""Cells: text, words, yes and no are read as the map says, or refused by a code."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.imports.import_conversion import CellType, Conversion
from vault.imports.import_values import UnfitCell, present, word


@pytest.mark.parametrize(
    ("conversion", "cell", "value"),
    [
        (Conversion(), "Grüße 你好", "Grüße 你好"),
        (Conversion(CellType.BOOLEAN), "YES", True),
        (Conversion(CellType.BOOLEAN), False, False),
        (Conversion(CellType.BOOLEAN, words={"là": True, "x": False}), "x", False),
        (Conversion(words={"offen": "open"}), "offen", "open"),
        (Conversion(CellType.INTEGER, words={"many": 9}), "many", 9),
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
        (Conversion(CellType.DATE), 20260228, "value.date"),
        (Conversion(CellType.INSTANT), 20260228, "value.instant"),
        (Conversion(CellType.BOOLEAN), "perhaps", "value.boolean"),
        (Conversion(CellType.BOOLEAN), 1, "value.boolean"),
        (Conversion(CellType.BOOLEAN, words={"x": True}), "yes", "value.word"),
        (Conversion(words={"offen": "open"}), "Offen", "value.word"),
        (Conversion(words={"offen": "open"}), [], "value.word"),
    ],
)
def test_a_cell_that_does_not_fit_is_refused_by_code(
    conversion: Conversion, cell: object, code: str
) -> None:
    with pytest.raises(UnfitCell) as unfit:
        conversion.reader()(cell)
    assert unfit.value.args == (code,)


@given(st.text(), st.sampled_from(CellType))
def test_any_text_at_all_is_read_or_refused(text: str, kind: CellType) -> None:
    with suppress(UnfitCell):
        assert Conversion(kind).reader()(text) is not None


def test_an_empty_cell_and_a_null_word_are_no_value() -> None:
    nulls = frozenset({"N/A"})
    assert present("  ") is None
    assert present(" N/A ", nulls) is None
    assert present("n/a", nulls) == "n/a"
    assert present(" x ") == "x"
    assert present(0) == 0


def test_a_cell_says_a_word_only_where_it_is_one() -> None:
    assert [word(each) for each in (" ", True, 7, "x ", None)] == [
        "",
        "true",
        "7",
        "x",
        "",
    ]
    assert word([7]) is None
    assert word(7.5) is None
