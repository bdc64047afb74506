"""What leaves the gate is built from what may leave: an undeclared field never does.

Fields leave a catalogue, or are renamed; what was written under their names is still
in the records. It has no class any more, so no decision was made about it.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from catalogues import GOOD, field_line, load
from clocks import ManualClock
from houses import CAMPAIGN, CASE, Scenario, lived_in
from hypothesis import given
from hypothesis import strategies as st
from recatalogued import recatalogued

from kit.errors import Invalid
from vault import AggregateQuery, ListQuery, WriteResult
from vault.audit.access import Access
from vault.catalog.catalog import Collection, DataClass
from vault.gate.masking import DRAWINGS, make_plan
from vault.gate.selection import Filter

SECRET = "allergic to nickel"
TOPICS = "lamps, kettles"
REMOVED = (field_line("newsletter_topics"), "")
RENAMED = ("      health: {type: text", "      condition: {type: text")
PROFILE = "how to reach them, zh: 客户的身份和联系方式}\n    schema: "
RAISED = (f"{PROFILE}1", f"{PROFILE}2")


@cache
def load_good() -> Collection:
    with TemporaryDirectory() as folder:
        return load(Path(folder), GOOD).collection("person")


@pytest.fixture(scope="module", params=["schema left", "schema raised"])
def changed(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[Scenario, WriteResult, WriteResult]]:
    """A profile and a ticket, each with a field that the catalogue then drops."""
    home, clock = tmp_path_factory.mktemp("changed") / "home", ManualClock()
    with lived_in(home, clock) as scenario:
        scenario.customer()
        scenario.grant("ada")
        profile = scenario.profile(newsletter_topics=TOPICS)
        values = {"subject": "A rash", "text": "Since then", "health": SECRET}
        ticket = scenario.put("ada", "ticket", values)
    changes = [REMOVED, RENAMED]
    if request.param == "schema raised":
        changes.append(RAISED)
    with recatalogued(home, clock, *changes) as scenario:
        yield scenario, profile, ticket


def _logged(scenario: Scenario) -> list[Access]:
    return scenario.reads()


def test_a_read_omits_what_the_catalogue_does_not_declare_and_says_so(
    changed: tuple[Scenario, WriteResult, WriteResult],
) -> None:
    scenario, profile, _ = changed
    shown = scenario.read(CASE, "ada", profile)
    assert "newsletter_topics" not in shown.values
    assert "newsletter_topics" in shown.omitted
    assert not shown.undeclared
    assert TOPICS not in repr(shown)


def test_every_way_to_ask_omits_it(
    changed: tuple[Scenario, WriteResult, WriteResult],
) -> None:
    scenario, _, _ = changed
    gate = scenario.house.gate
    asked = [
        *gate.list_records(CASE, "ada", "profile").items,
        *(each for page in gate.scan(CASE, "profile") for each in page.items),
        *gate.find(CAMPAIGN, "profile", "email", "ada@example.org").items,
    ]
    assert len(asked) == 3
    for each in asked:
        assert TOPICS not in repr(each)
        assert "newsletter_topics" in each.omitted
    for event in _logged(scenario):
        if event.principal_kind == "service":
            assert "newsletter_topics" not in event.fields.split(",")


def test_what_is_undeclared_is_not_selected_or_counted_by(
    changed: tuple[Scenario, WriteResult, WriteResult],
) -> None:
    scenario, _, _ = changed
    wish = ListQuery(filters=(Filter("newsletter_topics", "eq", TOPICS),))
    with pytest.raises(Invalid):
        scenario.house.gate.list_records(CASE, "ada", "profile", wish)
    with pytest.raises(Invalid):
        scenario.house.gate.list_records(
            CASE, "ada", "profile", ListQuery(sort="newsletter_topics")
        )
    with pytest.raises(Invalid):
        counting = AggregateQuery(("newsletter_topics",))
        scenario.house.gate.aggregate(CASE, "profile", counting)


def test_a_special_category_under_an_old_name_stays_inside(
    changed: tuple[Scenario, WriteResult, WriteResult],
) -> None:
    scenario, _, ticket = changed
    shown = scenario.read(CASE, "ada", ticket)
    assert SECRET not in repr(shown)
    for page in scenario.house.gate.scan(CASE, "ticket"):
        assert SECRET not in repr(page)


def test_the_person_themselves_is_given_it_and_told_that_it_is_not_declared(
    changed: tuple[Scenario, WriteResult, WriteResult],
) -> None:
    scenario, profile, ticket = changed
    own = scenario.own("ada")
    shown = scenario.house.gate.read(own, None, profile.record)
    assert shown.undeclared == {"newsletter_topics": TOPICS}
    assert "newsletter_topics" not in shown.values
    assert shown.omitted == ()
    health = scenario.house.gate.read(own, None, ticket.record)
    assert health.undeclared == {"health": SECRET}


def test_the_log_names_what_left_beside_the_declared_fields(
    changed: tuple[Scenario, WriteResult, WriteResult],
) -> None:
    scenario, profile, _ = changed
    shown = scenario.house.gate.read(scenario.own("ada"), None, profile.record)
    events = [e for e in _logged(scenario) if e.decision == shown.decision_id]
    left = {name for each in events for name in each.fields.split(",")}
    assert left >= {*shown.values, *shown.undeclared}
    assert {each.outcome for each in events} == {"disclosed"}
    assert all(each.records == profile.record for each in events)


def test_a_person_who_asks_for_some_fields_is_given_no_others(
    changed: tuple[Scenario, WriteResult, WriteResult],
) -> None:
    scenario, profile, _ = changed
    asked = replace(scenario.own("ada"), fields=frozenset({"name"}))
    shown = scenario.house.gate.read(asked, None, profile.record)
    assert (set(shown.values), shown.undeclared, shown.omitted) == ({"name"}, {}, ())


def test_the_log_names_no_field_of_a_class_that_the_record_does_not_hold(
    scenario: Scenario,
) -> None:
    scenario.customer()
    bare = scenario.put("ada", "profile", {"name": "Ada"})
    scenario.read(CASE, "ada", bare)
    (event,) = _logged(scenario)
    assert event.fields == "name"


@pytest.mark.parametrize("value", [3, "three", True, None])
def test_a_mask_is_never_put_on_a_field_that_is_no_text(
    tmp_path: Path, value: object
) -> None:
    collection = load(tmp_path, GOOD).collection("person")
    plan = make_plan(
        collection,
        {"content": "last4", "contact": "clear"},
        held=("content", "contact"),
        wanted=None,
        own=False,
        token_key=bytes,
    )
    shown, _, omitted, _ = plan.apply({"stars": value, "email": "anna@example.org"})
    assert shown == {"email": "anna@example.org"}
    assert "stars" not in plan.fields.split(",")
    assert omitted == (() if value is None else ("stars",))


def test_what_is_masked_for_a_person_is_not_walked_around_by_dropping_its_field(
    tmp_path: Path,
) -> None:
    collection = load(tmp_path, GOOD).collection("person")
    plan = make_plan(
        collection,
        {"contact": "last4"},
        held=("contact",),
        wanted=None,
        own=True,
        token_key=bytes,
    )
    values = {"email": "anna@example.org", "former": "secret"}
    _, _, omitted, undeclared = plan.apply(values)
    assert (undeclared, omitted) == ({}, ("email", "former"))


def test_a_field_of_which_the_mask_has_no_drawing_is_left_out_and_said_to_be(
    tmp_path: Path,
) -> None:
    text = GOOD.replace("max: 8", "mask: {last4: code}")
    plan = make_plan(
        load(tmp_path, text).collection("person"),
        {"contact": "last4", "identity": "last4"},
        held=("contact", "identity"),
        wanted=None,
        own=False,
        token_key=bytes,
    )
    values = {
        "email": "anna@example.com",
        "phone": "+49 30 5550150",
        "number": "K-2026-0815",
        "born": "1997-03-02",
        "home": "https://anna.example.com",
    }
    shown, used, omitted, _ = plan.apply(dict(values))
    assert shown == {"phone": "•••0150", "number": "•••0815"}
    assert {*used.values()} == {"last4"}
    assert omitted == ("born", "email", "home")


NAMES = st.sampled_from([*load_good().fields, "former", "other"])


@given(
    values=st.dictionaries(NAMES, st.sampled_from(["some text", "é", 7, True, None])),
    masks=st.dictionaries(
        st.sampled_from([*DataClass]),
        st.sampled_from([*DRAWINGS, "token", "clear", "drop"]),
    ),
    held=st.sets(st.sampled_from([*DataClass])),
    wanted=st.none() | st.frozensets(NAMES),
    own=st.booleans(),
)
def test_whatever_is_decided_only_what_may_leave_leaves(
    values: dict[str, Any],
    masks: dict[str, str],
    held: set[str],
    wanted: frozenset[str] | None,
    own: bool,  # noqa: FBT001 - drawn
) -> None:
    collection = load_good()
    plan = make_plan(
        *(collection, masks),
        held=tuple(held),
        wanted=wanted,
        own=own,
        token_key=bytes,
    )
    shown, used, omitted, undeclared = plan.apply(dict(values))
    for name, value in shown.items():
        each = collection.class_of(name)
        assert each in held
        assert wanted is None or name in wanted
        assert name in plan.fields.split(",")
        assert masks[each] == used.get(name, "clear")
        assert (value == values[name]) or name in used
    assert not undeclared.keys() & collection.fields.keys()
    assert own or not undeclared
    told = shown.keys() | undeclared.keys() | {*omitted}
    silent = {n for n, v in values.items() if v is None or (wanted and n not in wanted)}
    assert told <= values.keys()
    assert values.keys() - told <= silent | (
        values.keys() if wanted == set() else set()
    )
