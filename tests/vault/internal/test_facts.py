"""Facts: no two rows say the same, and the frozen ones are written byte for byte."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault._internal.envelope import FactsError, facts, sealed_parts

VECTORS = Path(__file__).parents[2] / "vectors" / "envelope.json"

WORDS = st.lists(st.sampled_from(["contact", "con", "tact", "special", ""]), max_size=3)
ROWS = st.tuples(
    WORDS.map(tuple),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 255),
    WORDS.map(tuple),
)


@given(ROWS, ROWS)
def test_two_rows_have_the_same_facts_only_if_they_are_the_same(
    one: tuple[tuple[str, ...], int | None, int, tuple[str, ...]],
    other: tuple[tuple[str, ...], int | None, int, tuple[str, ...]],
) -> None:
    assert (facts(*one) == facts(*other)) is (one == other)


@given(ROWS, ROWS, st.binary(max_size=20))
def test_the_facts_of_one_row_never_begin_those_of_another(
    one: tuple[tuple[str, ...], int | None, int, tuple[str, ...]],
    other: tuple[tuple[str, ...], int | None, int, tuple[str, ...]],
    body: bytes,
) -> None:
    assert (facts(*one) + body).startswith(facts(*other)) is (one == other)


@pytest.mark.parametrize(
    ("number", "row"),
    [
        (7, (("contact", "identity"), None, 0, ("contact",))),
        (8, (("contact", "identity"), None, 0, ("contact",))),
        (9, (("content",), 1_800_000_000, 1, ())),
    ],
)
def test_the_frozen_bodies_begin_with_the_facts_of_their_rows(
    number: int, row: tuple[tuple[str, ...], int | None, int, tuple[str, ...]]
) -> None:
    case = json.loads(VECTORS.read_bytes())["cases"][number]
    said, body = facts(*row), bytes.fromhex(case["body"])
    assert body.startswith(said)
    assert json.loads(body[len(said) :])


@pytest.mark.parametrize(
    ("until", "contributed"),
    [("soon", 0), (1.5, 0), (2**63, 0), (None, -1), (None, 256), (None, "yes")],
)
def test_a_row_that_holds_no_number_has_no_facts(
    until: object, contributed: object
) -> None:
    with pytest.raises(FactsError):
        facts(("contact",), until, contributed, ())  # type: ignore[arg-type] # as a row may


def test_parts_are_listed_sorted() -> None:
    assert sealed_parts(["special", "contact"]) == ("contact", "special")
