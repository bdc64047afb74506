"""YAML is of the shape that a model wants, or each fault is told with its place."""

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from kit.yaml_shapes import MisshapenError, Shape, Text, shaped, shaped_words


class Item(Shape):
    name: Text
    many: Annotated[int, Field(ge=1, le=9)] = 1
    open: bool = False


class Whole(Shape):
    version: int
    items: Annotated[list[Item], Field(min_length=1)]
    words: dict[str, Text] = Field(default_factory=dict)


GOOD = """version: 1
items:
  - name: first
    many: 3
    open: true
  - {name: "no"}
words:
  a: b
"""


def faults(text: str) -> list[str]:
    with pytest.raises(MisshapenError) as wrong:
        shaped(text.encode(), Whole)
    return [each.told("f.yaml", column=True) for each in wrong.value.faults]


def test_a_text_of_the_shape_is_read() -> None:
    found = shaped(GOOD.encode(), Whole)
    assert [each.name for each in found.items] == ["first", "no"]
    assert (found.items[0].many, found.items[0].open) == (3, True)
    assert found.words == {"a": "b"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("many: 3", "many: 0", "4:11: items[0].many: write a whole number, 1 or more"),
        ("many: 3", "many: 10", "4:11: items[0].many: write a whole number, 9 or less"),
        ("many: 3", "many: 3.0", "4:11: items[0].many: write a whole number"),
        ("many: 3", "many: 0x3", "4:11: items[0].many: write a whole number"),
        ("open: true", "open: yes", "5:11: items[0].open: write true or false"),
        ('"no"', "no", "6:12: items[1].name: write a text here"),
        ('"no"', "2026-01-01", "6:12: items[1].name: write a text here"),
        ('"no"', "null", "6:12: items[1].name: write a text here"),
        ('"no"', '""', "6:12: items[1].name: write a text here"),
        ('"no"', "!!binary aGk=", "6:12: items[1].name: write a text here"),
        ("many: 3", "may: 3", "4:5: items[0]: may means nothing here; known are name"),
        ("many: 3", "name: a", "4:5: items[0].name: it stands here twice"),
        ("many: 3", "7: a", "3:5: items[0]: write a text here"),
        ("  - name: first\n    many", "  - many", "3:5: items[0]: name is missing"),
        ("- {name", "- [name", "6:16: this is not YAML"),
        ("version: 1\n", "", "1:1: version is missing"),
        ("  a: b", "  - a", "8:3: words: write a mapping"),
    ],
)
def test_each_fault_is_told_with_its_line_and_column(
    old: str, new: str, told: str
) -> None:
    found = faults(GOOD.replace(old, new, 1))
    assert any(each.startswith(f"f.yaml:{told}") for each in found), found


def test_all_faults_are_told_at_once_in_the_order_of_their_lines() -> None:
    found = faults("version: a\nitems:\n  - {nam: x}\nother: 1\n")
    assert [each.split(":")[1] for each in found] == ["1", "3", "3", "4"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]", "a", "- a", "7"])
def test_what_is_no_mapping_at_all_is_told(text: str) -> None:
    assert "write a mapping" in faults(text)[0]


@given(st.binary(max_size=64) | st.text("{}[]:-,&*!|>'\"# \nab01", max_size=64))
def test_whatever_comes_there_is_one_error(data: bytes | str) -> None:
    text = data.encode() if isinstance(data, str) else data
    with pytest.raises(MisshapenError):
        shaped(text, Whole)


def test_words_are_text_but_for_constants_and_whole_numbers() -> None:
    text = 'a: no\nb: 2026-01-01\nc: true\nd: "true"\ne: 7\nf: null\n8: x\n'
    found = shaped_words(text, dict[str, object], most=100)
    assert found.value == {
        "a": "no",
        "b": "2026-01-01",
        "c": True,
        "d": "true",
        "e": 7,
        "f": None,
        "8": "x",
    }
    assert found.nodes["c",].start_mark.line == 2


def test_a_text_has_at_most_so_many_values() -> None:
    with pytest.raises(MisshapenError) as wrong:
        shaped_words("[a, b, c]", list[str], most=3)
    assert "more than 3" in wrong.value.faults[0].message
