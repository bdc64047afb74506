"""The values of a record: what its collection lets in, and how it is told what not."""

from pathlib import Path
from typing import Any

import pytest
from catalogues import ANNA, GOOD, SEED, load
from hypothesis import given
from hypothesis import strategies as st

from kit.canonical import canonical, parse
from kit.errors import Invalid
from vault.catalog.catalog import Catalog, Collection, FieldType

NAME = next(iter(Catalog.load(SEED).collection("profile").fields.values()))


@pytest.fixture
def person(tmp_path: Path) -> Collection:
    return load(tmp_path, GOOD).collection("person")


def test_a_good_record_comes_back_in_the_order_of_its_declaration(
    person: Collection,
) -> None:
    values = {
        "paid": 12.5,
        "home": "https://example.org/anna",
        "seen": "2026-11-22T18:00:00+08:00",
        "born": "2000-02-29",
        "agreed": True,
        "note": "一行\n两行",
        "stars": 3,
        "colour": "blue",
        "number": "A-1",
        "phone": "+49 (30) 901820",
        "email": "anna@example.org",
    }
    checked = person.check(values)
    assert checked == values
    assert list(checked) == list(person.fields)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("email", bad) for bad in ("anna", "a@b", "a b@c.de", "@c.de", 1, "a@b.c\n")),
        *(("email", bad) for bad in (f"{'a' * 65}@b.de", f"a@{'b' * 260}.de", None)),
        *(("phone", bad) for bad in ("1", "none", "call me", "+", 4930901820)),
        *(("phone", bad) for bad in ("n/a", "12345\n")),
        *(("number", bad) for bad in ("123456789", 7, "a\nb", "\ud800", "a\u2028b")),
        *(("colour", bad) for bad in ("green", "", None, 1)),
        *(("stars", bad) for bad in (4, True, 1.0, "1", 2**60)),
        *(("note", bad) for bad in ("\x00", "\x1b[2J", "x" * 20_001, [], "\udfff")),
        *(("agreed", bad) for bad in (1, "true", None)),
        *(("born", bad) for bad in ("2001-02-29", "20010228", "2001-W09-3", 2001)),
        *(("seen", bad) for bad in ("2026-11-22T18:00:00", "2026-11-22", "now")),
        *(
            ("seen", bad)
            for bad in ("2026-13-22T18:00:00Z", "0001-01-01T00:00:00+09:00")
        ),
        *(
            ("home", bad)
            for bad in ("example.org", "ftp://a.b", "https://", "https://[")
        ),
        *(("home", bad) for bad in ("javascript:alert(1)", "https://a b.de")),
        *(("paid", bad) for bad in ("1", True, float("nan"), float("inf"), 1e300)),
    ],
)
def test_a_value_that_its_field_may_not_hold_is_a_fault_at_its_pointer(
    person: Collection, field: str, value: Any
) -> None:
    with pytest.raises(Invalid) as refusal:
        person.check(ANNA | {field: value})
    assert [fault.pointer for fault in refusal.value.faults] == [f"/{field}"]


def test_neither_a_value_nor_an_unknown_name_is_repeated(person: Collection) -> None:
    with pytest.raises(Invalid) as refusal:
        person.check(
            {"email": "canary", "canary": 1, "colour": "canary", "number": "canary-12"}
        )
    told = f"{refusal.value} {refusal.value.fix} {refusal.value.faults}"
    assert "canary" not in told
    pointers = {fault.pointer for fault in refusal.value.faults}
    assert pointers == {"", "/email", "/colour", "/number"}


def test_a_required_field_that_is_missing_is_named(person: Collection) -> None:
    with pytest.raises(Invalid) as refusal:
        person.check({"colour": "red"})
    assert [fault.pointer for fault in refusal.value.faults] == ["/email"]


def test_classes_sealed_apart_have_parts_of_their_own(person: Collection) -> None:
    values = ANNA | {"note": "allergic", "colour": "red", "phone": "+4930901820"}
    assert person.parts(person.check(values)) == {
        "main": {"colour": "red"},
        "contact": {"email": "anna@example.org", "phone": "+4930901820"},
        "special": {"note": "allergic"},
    }
    assert person.parts(ANNA) == {"main": {}, "contact": ANNA}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


field_names = st.sampled_from(
    ["email", "phone", "number", "colour", "stars", "note", "agreed", "born", "paid"]
)


@given(st.dictionaries(field_names | st.text(max_size=5), json_values, max_size=6))
def test_a_record_is_either_invalid_or_can_be_written_and_read_back(
    values: dict[str, Any],
) -> None:
    collection = Catalog.load(SEED).collection("review")
    for candidate in (values, {"title": "t", "text": "t"} | values):
        try:
            checked = collection.check(candidate)
        except Invalid:
            continue
        assert parse(canonical(checked)) == checked
        parts = collection.parts(checked)
        assert {k: v for part in parts.values() for k, v in part.items()} == checked


@given(st.sampled_from(sorted(FieldType)), json_values | st.text("0123456789-:TZ.+@"))
def test_no_value_makes_a_field_stumble(kind: str, value: object) -> None:
    wanted = type(NAME)("x", FieldType(kind), NAME.data_class, max=50)
    message = wanted.fault(value)
    assert message is None or len(message) < 80
