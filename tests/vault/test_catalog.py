"""The catalogue: read strictly, checked strictly, silent about what it was given."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from consents import shipped_purposes
from hypothesis import given
from hypothesis import strategies as st

from kit.canonical import canonical, parse
from kit.errors import CannotStart, Invalid
from vault.catalog import Catalog, CatalogueError, Collection, FieldType, Period

SEED = Path(__file__).parents[2] / "server" / "_seed" / "catalogue.yaml"

GOOD = """\
version: 1
collections:
  person:
    title: Somebody
    schema: 3
    ugc: false
    retention: P6Y
    sealed_apart: [contact, special]
    padding: 512
    purposes:
      support.case: contract
      marketing.email: consent
    identifiers:
      email: email
      phone: phone
      number: external
    fields:
      email: {type: email, class: contact, required: true}
      phone: {type: phone, class: contact}
      number: {type: string, class: identity, max: 8}
      colour: {type: string, class: preference, enum: [red, blue]}
      stars: {type: integer, class: content, enum: [1, 2, 3]}
      note: {type: text, class: special}
      agreed: {type: boolean, class: support}
      born: {type: date, class: identity}
      seen: {type: datetime, class: support}
      home: {type: url, class: contact}
      paid: {type: number, class: transaction}
"""
ANNA = {"email": "anna@example.org"}


def load(tmp_path: Path, text: str, purposes: set[str] | None = None) -> Catalog:
    path = tmp_path / "catalogue.yaml"
    path.write_text(text, encoding="utf-8")
    return Catalog.load(path, purposes)


@pytest.fixture
def person(tmp_path: Path) -> Collection:
    return load(tmp_path, GOOD).collection("person")


def test_a_catalogue_says_what_a_collection_is(person: Collection) -> None:
    assert (person.title, person.schema, person.bucket) == ("Somebody", "person/3", 512)
    assert not person.ugc
    assert person.classes == tuple(sorted(person.classes))
    assert person.class_of("note") == "special"
    assert person.sealed_apart == ("contact", "special")
    assert dict(person.identifiers) == {
        "email": "email",
        "phone": "phone",
        "number": "external",
    }
    assert person.fields["number"].max == 8
    assert person.fields["note"].max == 20_000
    assert person.fields["stars"].enum == (1, 2, 3)
    assert person.fields["email"].required


def test_a_purpose_that_is_not_listed_has_no_basis(person: Collection) -> None:
    assert person.basis_for("support.case") == "contract"
    assert person.basis_for("marketing.sms") == "none"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("version: 1", "version: 2", "1: version:"),
        ("version: 1\n", "", "1: version is missing"),
        ("    title: Somebody\n", "", "4: collections.person: title is missing"),
        ("title: Somebody", "title: ''", "4: collections.person.title:"),
        ("title: Somebody", "title: no", "4: collections.person.title:"),
        ("title: Somebody", "titel: Somebody", "4: collections.person: titel means"),
        ("schema: 3", "schema: three", "5: collections.person.schema:"),
        ("schema: 3", "schema: 0", "5: collections.person.schema:"),
        ("schema: 3", f"schema: {'9' * 5000}", "5: collections.person.schema:"),
        ("ugc: false", "ugc: maybe", "6: collections.person.ugc:"),
        ("P6Y", "6 years", "7: collections.person.retention:"),
        ("P6Y", "P", "7: collections.person.retention:"),
        ("P6Y", "P0D", "7: collections.person.retention:"),
        ("P6Y", "PT6H", "7: collections.person.retention:"),
        ("[contact, special]", "contact", "8: collections.person.sealed_apart:"),
        ("[contact, special]", "[secret]", "8: collections.person.sealed_apart:"),
        ("padding: 512", "padding: 1", "9: collections.person.padding:"),
        ("support.case: contract", "support.case: habit", "11: collections.person.pur"),
        (
            "marketing.email: consent",
            "support.case: consent",
            "12: collections.person.purposes.support.case: it stands here twice",
        ),
        ("      email: email", "      mail: email", "14: collections.person.identif"),
        ("      email: email", "      colour: external", "14: collections.person.ide"),
        ("      email: email", "      stars: external", "14: collections.person.iden"),
        ("      email: email", "      agreed: external", "14: collections.person.ide"),
        ("      email: email", "      paid: external", "14: collections.person.ident"),
        ("      email: email", "      email: phone", "14: collections.person.identif"),
        ("      email: email", "      email: name", "14: collections.person.identifi"),
        ("type: email, ", "", "18: collections.person.fields.email: type is missing"),
        ("type: email", "type: mail", "18: collections.person.fields.email.type:"),
        ("class: contact, r", "class: c, r", "18: collections.person.fields.email.cl"),
        ("required: true", "required: 1", "18: collections.person.fields.email.requ"),
        ("      phone: {", "      Phone: {", "19: collections.person.fields: name it"),
        ("max: 8", "max: 0", "20: collections.person.fields.number.max:"),
        ("[red, blue]", "[]", "21: collections.person.fields.colour.enum:"),
        ("[red, blue]", "[red, red]", "21: collections.person.fields.colour.enum:"),
        ("[red, blue]", "[yes, no]", "21: collections.person.fields.colour.enum:"),
        ("[1, 2, 3]", "[one]", "22: collections.person.fields.stars.enum:"),
        ("text, class: special", "text, class: support", "8: collections.person.seal"),
        ("{type: text, class: special}", "text", "23: collections.person.fields.note"),
        ("class: support}", "class: support, max: 9}", "24: collections.person.fields"),
        ("class: support}", "class: support, enum: [a]}", "24: collections.person.fie"),
    ],
)
def test_each_fault_is_told_with_its_file_line_and_field(
    tmp_path: Path, old: str, new: str, place: str
) -> None:
    assert old in GOOD
    with pytest.raises(CatalogueError) as refusal:
        load(tmp_path, GOOD.replace(old, new, 1))
    assert any(f.startswith(f"catalogue.yaml:{place}") for f in refusal.value.faults)
    assert isinstance(refusal.value, CannotStart)
    assert refusal.value.fix


def test_all_faults_are_told_at_once_in_the_order_of_their_lines(
    tmp_path: Path,
) -> None:
    text = GOOD.replace("P6Y", "soon").replace("schema: 3", "schema: x")
    with pytest.raises(CatalogueError) as refusal:
        load(tmp_path, text.replace("type: date,", "type: day,"))
    lines = [int(fault.split(":")[1]) for fault in refusal.value.faults]
    assert lines == [5, 7, 25]
    assert str(refusal.value).count("catalogue.yaml:") == 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"text",
        b"version: 1\ncollections:\n",
        b"version: 1\ncollections: {}\n",
        b"version: 1\ncollections: {a: }\n",
        b"a: [",
        b"a: b: c",
        b"\xff\xfe\x00",
        b"a: \x01",
        b"? [a]\n: b\n",
        b"- *nowhere",
        b"version: 1\n---\nversion: 1\n",
    ],
)
def test_what_is_no_catalogue_at_all_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "catalogue.yaml"
    path.write_bytes(data)
    with pytest.raises(CatalogueError, match=r"catalogue\.yaml:\d+: "):
        Catalog.load(path)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"catalogue\.yaml:1: the file is missing"):
        Catalog.load(tmp_path / "catalogue.yaml")


def test_a_purpose_that_the_policies_do_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"12: collections\.person\.purposes"):
        load(tmp_path, GOOD, {"support.case"})
    load(tmp_path, GOOD, {"support.case", "marketing.email"})


def test_the_shipped_catalogue_agrees_with_the_shipped_policies() -> None:
    purposes = shipped_purposes()
    catalog = Catalog.load(SEED, purposes.names)
    assert {c.name for c in catalog if c.ugc} == {"idea", "review"}
    for collection in catalog:
        assert {"self.access", "self.export"} <= set(collection.purposes)
        for name, basis in collection.purposes.items():
            assert basis in purposes.get(name).bases


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
        *(("phone", bad) for bad in ("1234", "1" * 16, "call me", "+", 4930901820)),
        *(("phone", bad) for bad in ("٣٤٥٦٧٨", "12345\n")),
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
    collection = Catalog.load(SEED).collection("profile")
    field = next(iter(collection.fields.values()))
    wanted = type(field)("x", FieldType(kind), field.data_class, max=50)
    message = wanted.fault(value)
    assert message is None or len(message) < 80


def test_unknown_collections_and_fields_are_refused_without_repeating_them(
    tmp_path: Path, person: Collection
) -> None:
    catalog = load(tmp_path, GOOD)
    catalog.require_fields(["email", "stars"])
    person.require_identifier("email")
    cases = [
        (lambda: catalog.collection("canary"), "collection.unknown"),
        (lambda: catalog.require_fields(["email", "canary"]), "field.unknown"),
        (lambda: person.class_of("canary"), "field.unknown"),
        (lambda: person.require_identifier("canary"), "field.unknown"),
        (lambda: person.require_identifier("colour"), "field.not_identifier"),
    ]
    for call, code in cases:
        with pytest.raises(Invalid) as refusal:
            call()
        assert refusal.value.reason_code == code
        assert "canary" not in str(refusal.value) + refusal.value.fix


@pytest.mark.parametrize(
    ("duration", "end"),
    [
        ("P6Y", datetime(2030, 2, 28, 12, tzinfo=UTC)),
        ("P1M", datetime(2024, 3, 29, 12, tzinfo=UTC)),
        ("P10M", datetime(2024, 12, 29, 12, tzinfo=UTC)),
        ("P11M", datetime(2025, 1, 29, 12, tzinfo=UTC)),
        ("P1Y1M1W1D", datetime(2025, 4, 6, 12, tzinfo=UTC)),
        ("P2W", datetime(2024, 3, 14, 12, tzinfo=UTC)),
        ("P36500D", datetime(2024, 2, 29, 12, tzinfo=UTC) + timedelta(36500)),
    ],
)
def test_retention_goes_by_the_calendar(duration: str, end: datetime) -> None:
    period = Period.parse(duration)
    assert period is not None
    assert period.after(datetime(2024, 2, 29, 12, tzinfo=UTC)) == end


@given(st.integers(0, 999), st.integers(0, 9999), st.integers(0, 99999), st.datetimes())
def test_no_period_ends_before_it_begins(
    years: int, months: int, days: int, at: datetime
) -> None:
    period = Period.parse(f"P{years}Y{months}M{days}D")
    if period is None or at.year > 5000:
        return
    assert period.after(at) > at


def test_a_collection_may_keep_without_limit(tmp_path: Path) -> None:
    catalog = load(tmp_path, GOOD.replace("P6Y", "none"))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert catalog.collection("person").retain_until(at) is None
    kept = load(tmp_path, GOOD).collection("person").retain_until(at)
    assert kept == datetime(2032, 1, 1, tzinfo=UTC)
