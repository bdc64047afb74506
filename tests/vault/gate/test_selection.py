"""Selections: what is not clear is not filtered or sorted by, and tells nothing."""

from collections.abc import Iterator
from dataclasses import replace
from operator import eq, ge, gt, le, lt, ne
from random import Random
from typing import Any

import pytest
from bundles import shipped
from clocks import ManualClock
from houses import CAMPAIGN, CASE, HISTORY, MARKETING, Scenario, lived_in
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.clock import parse_iso
from kit.errors import Invalid, Refused
from pdp.decision.question import Kind
from vault import BatchEntry, Item, Page, Principal, Question, WriteResult
from vault.gate import selection as limits
from vault.gate.selection import Filter, ListQuery, Operator

SALES = Question(Principal(Kind.SERVICE, "shop", roles=("sales",)), "sales.offer")
DAYS = ["2025-12-31", "2026-01-01", "2026-01-31"]
INSTANTS = ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-02T00:00:00Z"]
COMPARE = {"eq": eq, "ne": ne, "lt": lt, "le": le, "gt": gt, "ge": ge}
ROLE = {CASE: "support", CAMPAIGN: "marketing", SALES: "sales"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    home = tmp_path_factory.mktemp("selection") / "home"
    with lived_in(home, ManualClock()) as scenario:
        for name in ("ada", "bob"):
            scenario.customer(name)
            scenario.grant(name)
        _fill(scenario)
        yield scenario


def _fill(scenario: Scenario) -> None:
    """Give ada thirty purchases, some tickets and ideas; profiles of every shape."""
    chance = Random(5)  # noqa: S311 - the same each time, no secret
    for _ in range(30):
        values: dict[str, Any] = {
            "date": chance.choice(DAYS),
            "quantity": chance.randrange(-1, 3),
            "amount": chance.choice([1, 9.5, 10, 99.25]),
        }
        if chance.random() < 0.6:
            values["product"] = chance.choice(["Kettle", "Zebra: a toy", "Ähre"])
        scenario.put("ada", "purchase", values)
    for opened in [*INSTANTS, None]:
        ticket = {"subject": "lid", "text": "open", "opened": opened}
        scenario.put("ada", "ticket", {k: v for k, v in ticket.items() if v})
    for more in ({}, {"language": "en"}, {"city": "Bonn"}, {"phone": "+4915112345678"}):
        scenario.put("ada", "profile", {"name": "Ada"} | more)
    scenario.put("bob", "profile", {"name": "Bob", "language": "en"})


def _list(
    scenario: Scenario,
    question: Question,
    collection: str,
    wish: ListQuery,
    **more: Any,
) -> Page:
    name = None if question.principal.kind is Kind.CUSTOMER else "ada"
    more = {"limit": 1_000} | more
    return scenario.house.gate.list_records(question, name, collection, wish, **more)


def _by(field: str, operator: str, value: str) -> ListQuery:
    return ListQuery((Filter(field, operator, value),))


FILTERS = st.one_of(
    st.builds(
        Filter,
        field=st.just("date"),
        operator=st.sampled_from([*Operator]),
        value=st.sampled_from([*DAYS, "2026-01-15"]),
    ),
    st.builds(
        Filter,
        field=st.just("quantity"),
        operator=st.sampled_from([*Operator]),
        value=st.integers(-2, 3).map(str),
    ),
    st.builds(
        Filter,
        field=st.just("amount"),
        operator=st.sampled_from([*Operator]),
        value=st.sampled_from(["1", "9.5", "10.0", "1e1", "-3", "99.25"]),
    ),
    st.builds(
        Filter,
        field=st.just("product"),
        operator=st.sampled_from([*Operator]),
        value=st.sampled_from(["Kettle", "Zebra: a toy", "Ähre", "M"]),
    ),
)
WISHES = st.builds(
    ListQuery,
    filters=st.lists(FILTERS, max_size=3).map(tuple),
    sort=st.sampled_from(["", "date", "quantity", "amount", "product"]),
    descending=st.booleans(),
)


def _naive(page: Page, wish: ListQuery) -> list[bytes]:
    """Filter and sort what a whole list shows, in the plainest way."""

    def wanted(values: Any) -> bool:
        return all(
            each.field in values
            and COMPARE[each.operator](values[each.field], _value(each))
            for each in wish.filters
        )

    met = [each for each in page.items if wanted(each.values)]
    if wish.sort:
        have = [each for each in met if wish.sort in each.values]
        lack = [each for each in met if wish.sort not in each.values]
        have.sort(key=lambda each: each.values[wish.sort], reverse=wish.descending)
        met = have + lack
    return [each.record for each in met]


def _value(each: Filter) -> object:
    return float(each.value) if each.field in {"quantity", "amount"} else each.value


@settings(max_examples=60, deadline=None)
@given(wish=WISHES, own=st.booleans())
def test_a_selected_list_is_the_whole_list_selected_from(
    shared: Scenario, *, wish: ListQuery, own: bool
) -> None:
    question = shared.own("ada") if own else CASE
    whole = _list(shared, question, "purchase", ListQuery())
    picked = _list(shared, question, "purchase", wish)
    assert [each.record for each in picked.items] == _naive(whole, wish)
    shown = {each.record: each.values for each in whole.items}
    assert all(each.values == shown[each.record] for each in picked.items)
    assert picked.withheld == whole.withheld


@settings(max_examples=30, deadline=None)
@given(wish=WISHES, limit=st.integers(1, 12))
def test_pages_put_together_are_the_whole_selection(
    shared: Scenario, wish: ListQuery, limit: int
) -> None:
    whole = _list(shared, CASE, "purchase", wish)
    seen: list[bytes] = []
    after: bytes | None = b""
    while after is not None:
        page = _list(shared, CASE, "purchase", wish, after=after, limit=limit)
        assert len(page.items) <= limit
        seen += [each.record for each in page.items]
        after = page.following
    assert seen == [each.record for each in whole.items]


@settings(max_examples=60, deadline=None)
@given(
    question=st.sampled_from([CASE, CAMPAIGN, SALES]),
    field=st.sampled_from(["name", "email", "phone", "city", "language"]),
    customer=st.sampled_from(["ada", "bob"]),
    sorts=st.booleans(),
)
def test_a_list_is_refused_just_where_a_record_holds_the_field_masked(
    shared: Scenario, *, question: Question, field: str, customer: str, sorts: bool
) -> None:
    gate, declared = shared.house.gate, shared.house.catalog.collection("profile")
    wanted = declared.class_of(field)
    masks = shipped().tables["masks"][ROLE[question]]
    own = gate.list_records(shared.own(customer), None, "profile")
    held = {declared.class_of(name) for each in own.items for name in each.values}
    value = {"email": "a@example.org", "phone": "+4915112345678"}.get(field, "en")
    wish = ListQuery(sort=field) if sorts else _by(field, "ne", value)
    if wanted in held and masks[wanted] != "clear":
        with pytest.raises(Refused) as refusal:
            gate.list_records(question, customer, "profile", wish)
        assert refusal.value.reason_code == "selection.not_clear"
    else:
        gate.list_records(question, customer, "profile", wish)


def test_instants_are_compared_as_instants_whatever_their_offset(
    shared: Scenario,
) -> None:
    page = _list(shared, CASE, "ticket", _by("opened", "eq", INSTANTS[1]))
    opened = {each.values["opened"] for each in page.items}
    assert opened == {INSTANTS[0], INSTANTS[1]}
    ordered = _list(
        shared, CASE, "ticket", ListQuery(sort="opened", descending=True)
    ).items
    instants = [each.values.get("opened") for each in ordered]
    assert instants[-1] is None
    times = [parse_iso(str(each)) for each in instants[:-1]]
    assert times == sorted(times, reverse=True)


def test_a_refusal_says_nothing_of_matches_and_opens_nothing(
    shared: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("something was opened")

    monkeypatch.setattr(shared.house.gate._discloser, "disclose", never)
    said = set()
    for value in ("+4915112345678", "+4915100000000"):
        for operator in ("eq", "ne", "lt"):
            with pytest.raises(Refused) as refusal:
                _list(shared, CASE, "profile", _by("phone", operator, value))
            error = refusal.value
            assert error.reasons == (limits.NOT_CLEAR,)
            assert len(error.decision_id) == 32
            said.add((error.detail, error.fix))
            assert value not in str(vars(error))
    assert len(said) == 1


def test_a_refused_selection_is_on_record_as_a_refusal(scenario: Scenario) -> None:
    scenario.customer()
    written = scenario.profile()
    with pytest.raises(Refused):
        _list(scenario, CASE, "profile", ListQuery(sort="email"))
    (event,) = scenario.reads()
    assert (event.outcome, event.reasons) == ("refused", "selection.not_clear")
    assert (event.records, event.disclosed, event.fields) == (written.record, 0, "")


def test_all_that_was_opened_is_on_record_and_not_only_the_matches(
    scenario: Scenario,
) -> None:
    scenario.customer()
    written = {scenario.profile(language=each).record for each in ("en", "de", "fr")}
    page = _list(scenario, CASE, "profile", _by("language", "eq", "de"))
    assert len(page.items) == 1
    (event,) = scenario.reads()
    records = event.records
    assert {records[at : at + 16] for at in range(0, len(records), 16)} == written
    assert event.disclosed == 3


def test_the_laws_own_no_goes_before(scenario: Scenario) -> None:
    scenario.customer()
    scenario.profile()
    with pytest.raises(Refused) as refusal:
        _list(scenario, CAMPAIGN, "profile", ListQuery(sort="email"))
    assert refusal.value.reason_code == "consent.missing"


def test_of_records_that_are_withheld_the_field_may_be_masked(
    scenario: Scenario,
) -> None:
    scenario.customer()
    shown, _ = scenario.idea(language="en"), scenario.idea(language="de")
    scenario.license("ada", shown, "ugc.display")
    question = Question(MARKETING, "ugc.display")
    page = _list(scenario, question, "idea", _by("language", "ne", "xx"))
    assert [each.record for each in page.items] == [shown.record]
    assert page.withheld == 1


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        (_by("iq", "eq", "1"), "/filter/0"),
        (_by("quantity", "like", "1"), "/filter/0"),
        (_by("quantity", "eq", "two"), "/filter/0"),
        (_by("quantity", "eq", "1.0"), "/filter/0"),
        (_by("quantity", "eq", "9" * 17), "/filter/0"),
        (_by("quantity", "eq", "٣"), "/filter/0"),
        (_by("amount", "eq", "NaN"), "/filter/0"),
        (_by("amount", "eq", "1e99"), "/filter/0"),
        (_by("date", "lt", "2026-02-30"), "/filter/0"),
        (_by("currency", "eq", "EURO"), "/filter/0"),
        (ListQuery((Filter("quantity", "eq", "1"),) * 11), "/filter"),
        (
            ListQuery((Filter("quantity", "eq", "1"), Filter("x", "eq", ""))),
            "/filter/1",
        ),
        (ListQuery(sort="iq"), "/sort"),
    ],
)
def test_a_wish_that_does_not_fit_its_collection_is_named_by_a_pointer(
    shared: Scenario, wish: ListQuery, pointer: str
) -> None:
    with pytest.raises(Invalid) as fault:
        _list(shared, CASE, "purchase", wish)
    assert fault.value.reason_code == "selection.invalid"
    assert [each.pointer for each in fault.value.faults] == [pointer]
    assert fault.value.fix


@pytest.mark.parametrize("wish", [ListQuery(sort="text"), _by("text", "lt", "a")])
def test_a_long_text_has_no_order(shared: Scenario, wish: ListQuery) -> None:
    with pytest.raises(Invalid):
        _list(shared, CASE, "ticket", wish)


def test_a_field_that_was_not_asked_for_is_not_compared(shared: Scenario) -> None:
    narrow = replace(CASE, fields=frozenset({"date"}))
    with pytest.raises(Invalid) as fault:
        _list(shared, narrow, "purchase", ListQuery(sort="amount"))
    assert [each.pointer for each in fault.value.faults] == ["/fields"]
    page = _list(shared, narrow, "purchase", ListQuery(sort="date"))
    assert {tuple(each.values) for each in page.items} == {("date",)}


def test_too_many_records_to_sort_are_not_opened_and_the_remedy_is_named(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.customer()
    for _ in range(4):
        scenario.profile()
    monkeypatch.setattr(limits, "MAX_SORTED", 3)
    with pytest.raises(Invalid) as fault:
        _list(scenario, CASE, "profile", ListQuery(sort="name"))
    assert fault.value.reason_code == "selection.too_many"
    assert fault.value.fix
    (event,) = scenario.reads()
    assert (event.outcome, event.disclosed) == ("refused", 0)
    monkeypatch.setattr(limits, "MAX_SORTED", 4)
    assert len(_list(scenario, CASE, "profile", ListQuery(sort="name")).items) == 4


def test_a_cursor_that_is_gone_begins_again(shared: Scenario) -> None:
    with pytest.raises(Invalid) as fault:
        _list(shared, CASE, "purchase", ListQuery(sort="date"), after=b"x" * 16)
    assert fault.value.reason_code == "selection.cursor"


def test_a_value_that_its_field_may_not_hold_any_more_meets_nothing(
    shared: Scenario,
) -> None:
    field = shared.house.catalog.collection("purchase").fields["quantity"]
    assert limits.comparable(field, "three") is None
    assert limits.comparable(field, None) is None
    assert limits.comparable(field, 3) == 3


def test_more_than_a_page_of_matches_in_order_is_read_on(scenario: Scenario) -> None:
    subject = scenario.customer()
    item = {"date": "2026-01-01", "amount": 1.5}
    items = [
        BatchEntry(subject, Item("purchase", item | {"quantity": n}, f"n-{n}"))
        for n in range(25)
    ]
    done = scenario.house.intake.put_batch(HISTORY, items)
    assert all(isinstance(each, WriteResult) for each in done)
    wish, seen, after = ListQuery(sort="quantity", descending=True), list[Any](), b""
    while after is not None:
        page = _list(scenario, CASE, "purchase", wish, after=after, limit=10)
        seen += [each.values["quantity"] for each in page.items]
        after = page.following
    assert seen == [*range(24, -1, -1)]
