"""The forms of an export: JSON that is exact, CSV that runs nothing."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.formats import (
    cell,
    collection_schema,
    csv_head,
    csv_rows,
    listing,
    readable,
    record_document,
)
from kit.canonical import parse
from kit.ids import new_id
from server.house.resources import seed
from vault.catalog.catalog import Catalog
from vault.gate.disclosure import Disclosure

CATALOG = Catalog.load(seed("catalogue.yaml"))
FORMULAS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001 - the wide forms are meant

TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=8,
)


def disclosure(values: dict[str, Any], **more: Any) -> Disclosure:
    fixed = {"masks": {}, "omitted": (), "decision_id": new_id(), "version": 1}
    return Disclosure(
        customer_id="4711",
        record=new_id(),
        collection="idea",
        values=values,
        **(fixed | more),
    )


@pytest.mark.parametrize("first", FORMULAS)
def test_a_text_that_begins_a_formula_gets_a_mark(first: str) -> None:
    assert cell(f"{first}cmd|' /C calc'!A0") == f"'{first}cmd|' /C calc'!A0"
    assert cell(f"x{first}") == f"x{first}"


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, ""), (True, "true"), (-5, "-5"), (0.5, "0.5"), ("", ""), ("ä", "ä")],
)
def test_other_values_are_written_plainly(value: object, written: str) -> None:
    assert cell(value) == written


@given(title=TEXTS, text=TEXTS)
def test_a_table_reads_back_as_it_was_written(title: str, text: str) -> None:
    idea = CATALOG.collection("idea")
    shown = disclosure({"title": title, "text": text}, authorization="unasked")
    data = csv_head(idea) + csv_rows(idea, [shown])
    lines = io.StringIO(data.decode("utf-8-sig"), newline="")
    (row,) = csv.DictReader(lines, strict=True)
    assert row["record_id"] == shown.record.hex()
    assert row["authorization"] == "unasked"
    for name, value in (("title", title), ("text", text)):
        assert row[name] == cell(value)
        assert not row[name].startswith(tuple(FORMULAS))


@given(head=st.dictionaries(st.just("v"), JSON, min_size=1), items=st.lists(JSON))
def test_a_long_list_is_one_json_document(
    head: dict[str, Any], items: list[Any]
) -> None:
    wrapped = [{"item": item} for item in items]
    data = b"".join(listing(head, "items", wrapped, lambda: {"z": len(items)}))
    assert parse(data) == {**head, "items": wrapped, "z": len(items)}
    assert parse(b"".join(listing(head, "items", wrapped))) == {
        **head,
        "items": wrapped,
    }
    assert data.count(b"\n") == len(items) + 2


def test_the_tail_of_a_list_is_asked_for_when_the_list_is_written() -> None:
    told: list[int] = []

    def items() -> Any:
        for number in range(3):
            told.append(number)
            yield {"n": number}

    data = b"".join(listing({"v": 1}, "items", items(), lambda: {"told": len(told)}))
    assert parse(data)["told"] == 3


def test_a_record_says_what_was_masked_and_left_out() -> None:
    plain = record_document(disclosure({"title": "a"}))
    assert set(plain) == {"record_id", "version", "values"}
    bent = record_document(
        disclosure(
            {"a": "b"}, masks={"a": "last4"}, omitted=("c",), authorization="granted"
        )
    )
    assert bent["masks"] == {"a": "last4"}
    assert bent["omitted"] == ["c"]
    assert bent["authorization"] == "granted"


@pytest.mark.parametrize("collection", list(CATALOG), ids=lambda each: each.name)
def test_the_schema_says_what_the_catalogue_says(collection: Any) -> None:
    schema = json.loads(readable(collection_schema(collection)))
    record = schema["properties"]["records"]["items"]
    values = record["properties"]["values"]["properties"]
    assert list(values) == sorted(collection.fields)
    for name, field in collection.fields.items():
        assert values[name]["x-class"] == field.data_class.value
        assert values[name].get("maxLength") == field.max
    assert set(schema["x-purposes"]) == set(collection.purposes)
    assert (schema["x-retention"] is None) == (collection.retention is None)
