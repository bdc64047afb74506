"""How deep and large a JSON text is, told without building what it says."""

import json
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.canonical import require_bounded
from kit.errors import Malformed

JSON = st.recursive(
    st.none() | st.integers() | st.text(',[]{}"\\ü', max_size=6),
    lambda inner: st.lists(inner) | st.dictionaries(st.text('"\\,', max_size=3), inner),
    max_leaves=30,
)


def _elements(value: object) -> int:
    """Count as the bound does: each container, and each separator inside it."""
    inner = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(inner, list):
        return 0
    return 1 + max(0, len(inner) - 1) + sum(map(_elements, inner))


def _depth(value: object) -> int:
    inner = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(inner, list):
        return 0
    return 1 + max(chain([0], map(_depth, inner)))


@given(JSON)
def test_a_text_is_refused_exactly_where_its_value_is_too_large(value: object) -> None:
    data, elements = json.dumps(value, ensure_ascii=False).encode(), _elements(value)
    require_bounded(data, depth=100, elements=max(elements, 1))
    if elements > 1:
        with pytest.raises(Malformed, match="elements"):
            require_bounded(data, depth=100, elements=elements - 1)


@given(JSON)
def test_a_text_is_refused_exactly_where_its_value_is_too_deep(value: object) -> None:
    data, depth = json.dumps(value).encode(), _depth(value)
    require_bounded(data, depth=depth, elements=None)
    if depth:
        with pytest.raises(Malformed, match="deeper"):
            require_bounded(data, depth=depth - 1, elements=None)


def test_strings_outside_of_any_container_are_counted_too() -> None:
    with pytest.raises(Malformed, match="elements"):
        require_bounded(b'""' * 1_000, depth=1, elements=100)
