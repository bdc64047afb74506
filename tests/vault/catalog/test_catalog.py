"""The catalogue: read strictly, checked strictly, silent about what it was given."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from catalogues import GOOD, SEED, load
from consents import shipped_purposes
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import CannotStart, Invalid
from vault.acceptance.changes import changes, heeds_of
from vault.catalog.catalog import Catalog, CatalogueError, Collection, Period
from vault.catalog.document import digest, document


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
        (
            "max: 8",
            "mask: {lost4: code}",
            "20: collections.person.fields.number.mask.l",
        ),
        (
            "max: 8",
            "mask: {last4: ibn}",
            "20: collections.person.fields.number.mask.la",
        ),
        ("max: 8", "mask: {}", "20: collections.person.fields.number.mask:"),
        ("required: true", "mask: {last4: phone}", "18: collections.person.fields.em"),
        (
            "max: 8",
            "phone_region: DE",
            "20: collections.person.fields.number.phone_region: only a tel",
        ),
        (
            "phone: {",
            "phone: {phone_region: EU, ",
            "19: collections.person.fields.phone.phone_region: write the two",
        ),
        (
            "born: {",
            "born: {shared: true, ",
            "25: collections.person.fields.born.share",
        ),
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


def test_unknown_collections_and_fields_are_refused_without_repeating_them(
    tmp_path: Path, person: Collection
) -> None:
    catalog = load(tmp_path, GOOD)
    catalog.require_fields(["email", "stars"])
    person.identifier("email", "")
    cases = [
        (lambda: catalog.collection("canary"), "collection.unknown"),
        (lambda: catalog.require_fields(["email", "canary"]), "field.unknown"),
        (lambda: person.class_of("canary"), "field.unknown"),
        (lambda: person.identifier("canary", ""), "field.unknown"),
        (lambda: person.identifier("colour", ""), "field.not_identifier"),
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


CUSTOMER = GOOD.replace(
    "collections:",
    "customer:\n  purposes: {service.registration: contract}\ncollections:",
)


def test_the_registration_has_bases_of_its_own(tmp_path: Path) -> None:
    catalog = load(tmp_path, CUSTOMER)
    assert catalog.basis_for("customer", "service.registration") == "contract"
    assert catalog.basis_for("customer", "support.case") == "none"
    assert catalog.basis_for("person", "support.case") == "contract"
    assert load(tmp_path, GOOD).basis_for("customer", "support.case") == "none"
    with pytest.raises(Invalid):
        catalog.basis_for("nothing", "support.case")


def test_a_collection_cannot_be_called_like_the_registration(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as caught:
        load(tmp_path, CUSTOMER.replace("  person:", "  customer:"))
    (fault,) = caught.value.faults
    assert "catalogue.yaml:3" in fault


def test_a_purpose_of_the_registration_has_to_be_known(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as caught:
        load(tmp_path, CUSTOMER, {"support.case", "marketing.email"})
    assert "service.registration" in caught.value.faults[0]


def test_what_the_registration_is_open_to_is_part_of_what_is_accepted(
    tmp_path: Path,
) -> None:
    without, with_it = load(tmp_path, GOOD), load(tmp_path, CUSTOMER)
    assert digest(without) != digest(with_it)
    assert "customer" not in document(without)
    (opened,) = changes(document(without), document(with_it))
    assert (opened.opens, opened.collection) == (True, "customer")


def test_collections_and_fields_are_called_by_language(tmp_path: Path) -> None:
    text = GOOD.replace("title: Somebody", "title: {en: Somebody, zh: 某人}").replace(
        "note: {type: text,", "note: {type: text, title: {en: a note, zh: 备注},"
    )
    person = load(tmp_path, text).collection("person")
    assert (person.title, person.called(["zh-CN"])) == ("Somebody", "某人")
    assert person.field_called("note", ["zh"]) == "备注"
    assert person.field_called("note", ["de"]) == "a note"
    assert person.field_called("email", ["zh"]) == "email"
    assert person.field_called("gone", ["zh"]) == "gone"


def test_titles_in_one_language_leave_the_digest_as_it_was(tmp_path: Path) -> None:
    plain = digest(load(tmp_path, GOOD))
    english = GOOD.replace("title: Somebody", "title: {en: Somebody}")
    both = GOOD.replace("title: Somebody", "title: {en: Somebody, zh: 某人}")
    assert digest(load(tmp_path, english)) == plain
    assert digest(load(tmp_path, both)) != plain
    (change,) = changes(document(load(tmp_path, GOOD)), document(load(tmp_path, both)))
    assert not change.opens


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("{zh: 某人}", "give the title in English"),
        ("{en: Somebody, no_tag: x}", "name a language by its tag"),
        ("{en: []}", "write a text here"),
        ("[en]", "write a text here"),
        ("x" * 201, "at most 200 characters"),
    ],
)
def test_a_title_that_is_none_is_a_fault(tmp_path: Path, title: str, said: str) -> None:
    with pytest.raises(CatalogueError, match=said):
        load(tmp_path, GOOD.replace("title: Somebody", f"title: {title}"))


CONDITION = GOOD.replace(
    "support.case: contract",
    "support.case: {basis: contract, condition: 9(2)(h)}",
)


def test_a_purpose_may_have_a_condition_for_special_categories(tmp_path: Path) -> None:
    person = load(tmp_path, CONDITION).collection("person")

    assert person.basis_for("support.case") == "contract"
    assert person.condition_for("support.case") == "9(2)(h)"
    assert person.condition_for("marketing.email") == "none"


@pytest.mark.parametrize(
    ("ground", "says"),
    [
        ("{basis: contract, condition: 9(2)(z)}", "write one of: 9(2)(a)"),
        ("{basis: contract, condition: none}", "write one of: 9(2)(a)"),
        ("{basis: hope, condition: 9(2)(h)}", "write one of: consent"),
        ("{basis: contract}", "condition is missing"),
        ("{condition: 9(2)(h)}", "basis is missing"),
        ("{basis: contract, condition: 9(2)(h), x: y}", "x means nothing here"),
        ("[contract]", "write one of: consent"),
    ],
)
def test_a_condition_that_is_none_is_told_with_its_line(
    tmp_path: Path, ground: str, says: str
) -> None:
    text = GOOD.replace("support.case: contract", f"support.case: {ground}")
    with pytest.raises(CatalogueError) as caught:
        load(tmp_path, text)

    (fault,) = caught.value.faults
    assert fault.startswith("catalogue.yaml:11")
    assert says in fault


def test_the_registration_has_no_condition(tmp_path: Path) -> None:
    text = CUSTOMER.replace(
        "service.registration: contract",
        "service.registration: {basis: contract, condition: 9(2)(h)}",
    )
    with pytest.raises(CatalogueError) as caught:
        load(tmp_path, text)

    assert "no special categories" in caught.value.faults[0]
    assert (
        load(tmp_path, CUSTOMER).condition_for("customer", "import.history") == "none"
    )


def test_a_condition_opens_and_its_absence_closes(tmp_path: Path) -> None:
    plain, held = load(tmp_path, GOOD), load(tmp_path, CONDITION)
    condition = "purpose support.case: condition of special categories none → 9(2)(h)"

    (opened,) = changes(document(plain), document(held))
    (closed,) = changes(document(held), document(plain))

    assert (opened.detail, opened.opens) == (condition, True)
    assert not closed.opens
    assert "conditions" not in document(plain)["collections"]["person"]


@pytest.mark.parametrize(
    ("purpose", "old", "new", "deaf"),
    [
        ("legal.claims", "consent", "legitimate_interests", True),
        ("legal.claims", "legitimate_interests", "contract", False),
        ("legal.claims", "legitimate_interests", "consent", False),
        ("support.case", "consent", "legitimate_interests", False),
        ("support.case", "legitimate_interests", "contract", True),
        ("marketing.email", "consent", "contract", False),
        ("nobody.knows.it", "public_task", "contract", True),
    ],
)
def test_a_change_of_basis_says_whose_no_is_passed_over(
    tmp_path: Path, purpose: str, old: str, new: str, *, deaf: bool
) -> None:
    def bound(basis: str) -> str:
        only = f"    purposes:\n      {purpose}: {basis}\n    identifiers:"
        before = GOOD[GOOD.index("    purposes:") : GOOD.index("    identifiers:")]
        return GOOD.replace(before + "    identifiers:", only)

    before, after = (document(load(tmp_path, bound(each))) for each in (old, new))
    (change,) = changes(before, after, heeds_of(shipped_purposes()))
    assert change.opens
    assert change.detail.endswith("; who said no is used again") is deaf
