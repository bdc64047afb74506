"""A value is filled from JSON by what its fields say, or one error names the member."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from allod import Batch, ConsistencyProof, Disclosure, UnexpectedAnswer, Withheld
from allod._decode import decode, items
from hypothesis import given
from hypothesis import strategies as st


@dataclass(frozen=True, slots=True)
class Part:
    name: str


@dataclass(frozen=True, slots=True)
class Whole:
    text: str
    count: int
    share: float
    sure: bool
    at: datetime
    key: bytes
    word: Literal["yes", "no"]
    parts: tuple[Part, ...]
    first: Part | None
    other: str | None = field(default=None, metadata={"member": "from"})
    more: int = 7


SOURCE: dict[str, Any] = {
    "text": "x",
    "count": 3,
    "share": 1,
    "sure": True,
    "at": "2026-11-22T12:00:00Z",
    "key": "AAE=",
    "word": "no",
    "parts": [{"name": "a"}, {"name": "b", "unknown": 1}],
    "first": None,
    "from": "here",
}
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WRONG: list[tuple[str, object]] = [
    ("text", 1),
    ("text", None),
    ("count", True),
    ("count", 1.5),
    ("share", "1"),
    ("sure", 1),
    ("at", "2026-11-22T12:00:00"),
    ("at", "noon"),
    ("key", "?"),
    ("word", "perhaps"),
    ("parts", {}),
    ("parts", None),
    ("from", 1),
    ("more", "7"),
]


def test_each_member_becomes_what_its_field_says() -> None:
    filled = decode(Whole, SOURCE)
    parts = (Part("a"), Part("b"))
    assert filled == Whole(
        "x", 3, 1.0, sure=True, at=NOON, key=b"\0\1", word="no",
        parts=parts, first=None, other="here",
    )  # fmt: skip


@pytest.mark.parametrize(("member", "value"), WRONG)
def test_a_member_of_another_type_is_named(member: str, value: object) -> None:
    with pytest.raises(UnexpectedAnswer, match=f"member {member} is missing or not"):
        decode(Whole, SOURCE | {member: value})


def test_the_member_inside_is_named_and_not_what_it_holds() -> None:
    with pytest.raises(UnexpectedAnswer, match="member name is missing") as caught:
        decode(Whole, SOURCE | {"first": {"name": ["secret"]}})
    assert "secret" not in str(caught.value)


def test_a_list_is_of_objects() -> None:
    assert items(Part, {"items": [{"name": "a"}]}) == (Part("a"),)
    with pytest.raises(UnexpectedAnswer, match="should be an object"):
        items(Part, {"items": ["a"]})
    with pytest.raises(UnexpectedAnswer, match="member items"):
        items(Part, {})


def test_an_item_of_a_batch_is_a_disclosure_or_says_why_not() -> None:
    error = {"status": 404, "code": "not_found", "detail": "not found"}
    shown = {
        "customer_id": "c", "record_id": "r", "version": 1, "collection": "profile",
        "values": {}, "masks": {}, "omitted": [], "decision_id": "d",
    }  # fmt: skip
    source = {"items": [{"error": error}, shown], "decision_id": "d"}
    first, second = decode(Batch, source).items
    assert first == Withheld(404, "not_found", "not found")
    assert isinstance(second, Disclosure)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.sampled_from([*SOURCE, "more"]),
)
def test_whatever_one_member_holds_is_taken_or_refused(
    value: object, member: str
) -> None:
    try:
        decode(Whole, SOURCE | {member: value})
    except UnexpectedAnswer:
        return


def test_a_proof_is_of_the_sizes_that_the_answer_names() -> None:
    proof = decode(ConsistencyProof, {"from": 1, "to": 2, "path": ["AA=="]})
    assert proof == ConsistencyProof(1, 2, (b"\0",))
