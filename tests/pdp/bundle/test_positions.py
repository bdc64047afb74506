import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pdp.bundle.positions import Path, Positions

names = st.text(st.characters(codec="utf-8"), max_size=5)
leaves = st.none() | st.booleans() | st.integers() | names
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
    ),
    max_leaves=20,
)


def paths(value: Any, at: Path = ()) -> Any:
    yield at, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, (*at, name))
    if isinstance(value, list):
        for place, inner in enumerate(value):
            yield from paths(inner, (*at, place))


@given(values, st.sampled_from([None, 0, 2]))
def test_each_value_is_found_where_it_begins(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    places = Positions(text)
    for path, inner in paths(value):
        line, column = places.value(path)
        rest = "\n".join(text.split("\n")[line - 1 :])[column - 1 :]
        assert json.JSONDecoder().raw_decode(rest)[0] == inner
        assert places.twice is None


def test_a_name_has_a_place_of_its_own() -> None:
    places = Positions('{"a": 1,\n "b": [2,\n  {"c": 3}]}')

    assert places.name(("b",)) == (2, 2)
    assert places.value(("b",)) == (2, 7)
    assert places.value(("b", 1, "c")) == (3, 9)
    assert places.name(("b", 1, "c")) == (3, 4)


def test_what_is_absent_is_where_it_would_be() -> None:
    places = Positions('{\n "b": {}}')

    assert places.value(("b", "gone", "too")) == (2, 7)
    assert places.name(("gone",)) == (1, 1)


def test_a_name_that_stands_twice_is_found_where_it_does_again() -> None:
    assert Positions('{"a": {"a": 1},\n "a": 2}').twice == (2, 2)
    assert Positions("").twice is None
