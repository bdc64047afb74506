"""Lines that inherit from the line above: within their group, and never by guess."""

from collections.abc import Iterable

from vault.imports.import_rows import UNSURE, Inherit
from vault.imports.row_parsers import FileRow

ORDERS = Inherit(by=(0,), columns=(1, 2))


def rows(*cells: str) -> list[FileRow]:
    """Write rows of one-letter cells; `!` cannot be read, `~` is skipped."""
    return [
        FileRow(at, at, fault="line.csv")
        if each == "!"
        else FileRow(at, at, skipped=True)
        if each == "~"
        else FileRow(at, at, tuple(each))
        for at, each in enumerate(cells, 1)
    ]


def said(found: Iterable[FileRow]) -> list[str]:
    return [each.fault or "".join(map(str, each.cells)) or "~" for each in found]


def filled(*cells: str) -> list[str]:
    found = list(ORDERS.fill(rows(*cells)))
    assert [each.line for each in found] == list(range(1, len(cells) + 1))
    return said(found)


def test_an_empty_cell_takes_what_its_group_said_last() -> None:
    assert filled("axy", "a  ", "az ", "a  ") == ["axy", "axy", "azy", "azy"]


def test_other_columns_and_other_groups_take_nothing() -> None:
    assert filled("axyq", "a   ", "b   ", "a   ") == ["axyq", "axy ", "b   ", "a   "]


def test_lines_without_a_key_take_nothing_from_each_other() -> None:
    assert filled(" xy", "   ") == [" xy", "   "]


def test_blank_lines_do_not_end_a_group() -> None:
    assert filled("axy", "~", "a  ") == ["axy", "~", "axy"]


def test_a_null_word_takes_what_stands_above() -> None:
    plan = Inherit((0,), (1,), frozenset({"-"}))
    assert said(plan.fill(rows("ax", "a-"))) == ["ax", "ax"]


def test_nothing_is_inherited_past_a_line_that_could_not_be_read() -> None:
    found = filled("axy", "!", "a  ", "az ", "a w", "a  ")
    assert found == ["axy", "line.csv", UNSURE, UNSURE, "azw", "azw"]


def test_a_line_that_could_not_be_read_may_have_begun_the_next_group() -> None:
    found = filled("axy", "!", "b  ", "c  ", "c  ")
    assert found == ["axy", "line.csv", UNSURE, "c  ", "c  "]
