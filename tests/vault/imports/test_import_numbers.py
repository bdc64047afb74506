"""Numbers of exports: a sign is a mark or groups digits by what the map says, alone."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from import_files import full_width

from vault.imports.import_numbers import (
    PLAIN,
    Groups,
    Negative,
    NumberStyle,
    decimals,
    integers,
)
from vault.imports.import_values import Reader, UnfitCell

POINT = NumberStyle(mark=".")
COMMA = NumberStyle(mark=",")
GROUPED = NumberStyle(grouping=",")
BLANKS = NumberStyle(mark=",", grouping=" ")
SWISS = NumberStyle(mark=".", grouping="'")
RUPEES = NumberStyle(grouping=",", groups=Groups.INDIAN)
ALONE = NumberStyle(grouping="none")
BEHIND = NumberStyle(negative=Negative.TRAILING)
BOOKS = NumberStyle(negative=Negative.PARENTHESES, unit="$")
EUROS = NumberStyle(mark=",", unit="€")


def refused(read: Reader, cell: object) -> str:
    with pytest.raises(UnfitCell) as unfit:
        read(cell)
    (code,) = unfit.value.args
    return str(code)


@pytest.mark.parametrize(
    ("style", "cell", "value"),
    [
        (PLAIN, "11.77", 11.77),
        (PLAIN, "0.00", 0.0),
        (PLAIN, ".5", 0.5),
        (PLAIN, "12.", 12.0),
        (PLAIN, "-12.5", -12.5),
        (PLAIN, "\u221212.5", -12.5),
        (PLAIN, "1,234.56", 1234.56),
        (PLAIN, "1,234,567", 1234567),
        (PLAIN, full_width("12.50"), 12.5),
        (PLAIN, 2.5, 2.5),
        (PLAIN, 7, 7),
        (POINT, "1,234", 1234),
        (GROUPED, "1,234", 1234),
        (COMMA, "12,50", 12.5),
        (COMMA, "1.234,56", 1234.56),
        (COMMA, "12.500", 12500),
        (BLANKS, "1 234 567,5", 1234567.5),
        (BLANKS, "1\u00a0234,5", 1234.5),
        (BLANKS, "1\u202f234,5", 1234.5),
        (SWISS, "1'234.50", 1234.5),
        (SWISS, "1\u2019234.50", 1234.5),
        (RUPEES, "12,34,567.5", 1234567.5),
        (RUPEES, "1,234", 1234),
        (ALONE, "1234.5", 1234.5),
        (BEHIND, "12.50-", -12.5),
        (BEHIND, "12.50", 12.5),
        (BOOKS, "($1,234.50)", -1234.5),
        (BOOKS, "$(1,234.50)", -1234.5),
        (BOOKS, "$ 12.50", 12.5),
        (EUROS, "12,50 €", 12.5),
        (EUROS, "-€ 12,50", -12.5),
        (EUROS, "€-12,50", -12.5),
        (EUROS, "12,50", 12.5),
    ],
)
def test_a_number_is_what_it_plainly_says(
    style: NumberStyle, cell: object, value: float
) -> None:
    assert decimals(style)(cell) == value


@pytest.mark.parametrize(
    ("style", "cell"),
    [
        # Under a map that says nothing: a decimal comma is never a grouping sign.
        (PLAIN, "12,50"),
        (PLAIN, "1,5"),
        (PLAIN, "1.234,56"),
        (PLAIN, "1,2,3,4"),
        (PLAIN, "1,234"),
        (PLAIN, "0,125"),
        (PLAIN, "0,125.5"),
        (PLAIN, "1,23,456"),
        (PLAIN, "1234,567.5"),
        (PLAIN, "1.5,234"),
        (PLAIN, "1,234.5,678"),
        (PLAIN, "1.234.567"),
        (PLAIN, ",5"),
        (PLAIN, "1 234"),
        (PLAIN, "1'234"),
        (COMMA, "12.50"),
        (COMMA, "1.5"),
        (COMMA, "1,234.56"),
        (GROUPED, "12,50"),
        (ALONE, "1,234.5"),
        (BLANKS, "1.234,5"),
        (BLANKS, "12 50"),
        (RUPEES, "1,234,567"),
        (RUPEES, "12,3,567"),
        # Signs and units stand only where the map has them.
        (PLAIN, "12.50-"),
        (PLAIN, "(12.50)"),
        (PLAIN, "--1"),
        (PLAIN, "€12.50"),
        (PLAIN, "12.50 EUR"),
        (PLAIN, "5%"),
        (BEHIND, "-12.50"),
        (BOOKS, "(12.50"),
        (BOOKS, "12.50)"),
        (BOOKS, "-12.50"),
        (BOOKS, "€12.50"),
        (EUROS, "€12,50€"),
        (EUROS, "12€50"),
        (EUROS, "€"),
        # What is no number at all.
        (PLAIN, "1e9"),
        (PLAIN, "nan"),
        (PLAIN, "."),
        (PLAIN, "-"),
        (PLAIN, ""),
        (PLAIN, "0x10"),
        (PLAIN, "1_000"),
        (PLAIN, "١٢"),
        (PLAIN, "9" * 400),
        (PLAIN, True),
        (PLAIN, None),
    ],
)
def test_what_is_not_plain_is_refused(style: NumberStyle, cell: object) -> None:
    assert refused(decimals(style), cell) == "value.decimal"


@pytest.mark.parametrize(
    ("style", "cell", "value"),
    [
        (PLAIN, "-12", -12),
        (PLAIN, "+12", 12),
        (PLAIN, "007", 7),
        (PLAIN, 12, 12),
        (GROUPED, "1,000", 1000),
        (NumberStyle(grouping="."), "1.000", 1000),
        (POINT, "5.0", 5),
        (POINT, "5.", 5),
        (BEHIND, "5-", -5),
    ],
)
def test_a_whole_number_is_what_it_plainly_says(
    style: NumberStyle, cell: object, value: int
) -> None:
    read = integers(style)(cell)
    assert (read, type(read)) == (value, int)


@pytest.mark.parametrize(
    ("style", "cell"),
    [
        (PLAIN, "1,000"),
        (PLAIN, "1.000"),
        (PLAIN, "5.0"),
        (PLAIN, "1.0"),
        (POINT, "5.5"),
        (POINT, ".0"),
        (GROUPED, "10,00"),
        (PLAIN, "١٢"),
        (PLAIN, ""),
        (PLAIN, "9" * 400),
        (PLAIN, True),
        (PLAIN, 1.0),
    ],
)
def test_what_is_no_whole_number_is_refused(style: NumberStyle, cell: object) -> None:
    assert refused(integers(style), cell) == "value.integer"


AMOUNTS = st.decimals(-(10**9), 10**9, places=2, allow_nan=False)
STYLES = [
    NumberStyle(mark=mark, grouping=grouping)
    for mark in (".", ",")
    for grouping in (".", ",", " ", "'", "none")
    if mark != grouping
]


def written(amount: Decimal, style: NumberStyle) -> str:
    whole, fraction = f"{amount:,.2f}".split(".")
    grouping = "" if style.grouping == "none" else style.grouping
    return whole.replace(",", grouping) + style.mark + fraction


@given(AMOUNTS, st.sampled_from(STYLES), st.sampled_from(STYLES))
def test_an_amount_is_read_as_it_was_written_and_never_as_another(
    amount: Decimal, own: NumberStyle, other: NumberStyle
) -> None:
    """Read by its own style it is itself; by any other, itself or refused."""
    cell = written(amount, own)
    assert decimals(own)(cell) == float(amount)
    for style in (other, PLAIN):
        with suppress(UnfitCell):
            assert decimals(style)(cell) == float(amount)
