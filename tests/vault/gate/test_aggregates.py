"""Aggregates: numbers about groups that are large enough, and about nobody."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from asking import watched_keys
from clocks import ManualClock
from houses import CAMPAIGN, CASE, HISTORY, Scenario, lived_in, opened
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import Invalid, Reason, Refused, Unavailable
from pdp.decision.question import Kind
from vault import Access, BatchEntry, Item, Principal, Question, WriteResult
from vault._internal.classes import CustomerClass
from vault._internal.sqlite.subjects import SqliteSubjects
from vault.audit.access_log import _event
from vault.gate import aggregates as limits
from vault.gate.aggregates import AggregateQuery, AggregateResult
from vault.gate.verdict_plans import Verdict, Verdicts

BROKEN = Verdict(None, (Reason("gate.timeout"),), visible=True)
ANALYST = Principal(Kind.SERVICE, "stats", roles=("analyst",))
STATS = Question(ANALYST, "analytics.aggregate")
COHORT = 20
PEOPLE = 70
GROUPED = ["currency", "product", "date", "quantity"]
Bought = list[tuple[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def market(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Scenario, Bought]]:
    """A house of purchases, and those of the people whom numbers may be about."""
    home = tmp_path_factory.mktemp("market") / "home"
    with lived_in(home, ManualClock()) as scenario:
        yield scenario, _fill(scenario)


def _fill(scenario: Scenario) -> Bought:
    chance = Random(7)  # noqa: S311 - the same each time, no secret
    names = [f"person-{number}" for number in range(PEOPLE)]
    subjects = scenario.register_many(names)
    bought = [
        (name, _purchase(chance)) for name in names for _ in range(chance.randrange(4))
    ]
    items = [
        BatchEntry(subjects[name], Item("purchase", values, f"b-{number}"))
        for number, (name, values) in enumerate(bought)
    ]
    done = scenario.house.intake.put_batch(HISTORY, items)
    assert all(isinstance(each, WriteResult) for each in done)
    apart = {
        names[0]: CustomerClass("eu", "restricted", "no"),
        names[1]: CustomerClass("cn", "active", "no"),
        names[2]: CustomerClass("eu", "erased", "no"),
    }
    store = SqliteSubjects(scenario.house.vault_db, scenario.house.vault.rows)
    with scenario.house.vault_db.write() as session:
        for name, known in apart.items():
            store.set_class(session, subjects[name], known)
    return [each for each in bought if each[0] not in apart]


def _purchase(chance: Random) -> dict[str, Any]:
    values: dict[str, Any] = {
        "date": chance.choice(["2026-01-31", "2026-02-01"]),
        "quantity": chance.choice([1, 1, 1, 2]),
        "amount": chance.choice([0.1, 0.2, 9.5, 10, 1e6]),
    }
    if chance.random() < 0.9:
        values["currency"] = chance.choice(["EUR"] * 5 + ["USD"] * 3 + ["CHF"])
    if chance.random() < 0.5:
        values["product"] = chance.choice(["Kettle", "Lid"])
    return values


def _naive(bought: Bought, counting: AggregateQuery) -> dict[tuple[Any, ...], Any]:
    """Group in the plainest way; gives the persons and the number of each group."""
    rows = defaultdict[tuple[Any, ...], list[tuple[str, Any]]](list)
    for name, values in bought:
        if counting.field is None or counting.field in values:
            key = tuple(values.get(field) for field in counting.group_by)
            rows[key].append((name, values.get(counting.field or "", 0)))
    return {
        key: ({name for name, _ in found}, _number(counting, [n for _, n in found]))
        for key, found in rows.items()
    }


def _number(counting: AggregateQuery, numbers: list[Any]) -> Any:
    total = sum(map(Fraction, numbers), Fraction(0))
    if counting.measure == "count":
        return len(numbers)
    return float(total) if counting.measure == "sum" else float(total / len(numbers))


def _shown(
    numbers: AggregateResult, counting: AggregateQuery
) -> dict[tuple[Any, ...], Any]:
    return {
        tuple(each.key[field] for field in counting.group_by): each.value
        for each in numbers.groups
    }


COUNTINGS = st.builds(
    lambda group_by, measured: AggregateQuery(tuple(group_by), *measured),
    st.lists(st.sampled_from(GROUPED), unique=True, max_size=3),
    st.one_of(
        st.just(("count", None)),
        st.tuples(
            st.sampled_from(["sum", "mean"]), st.sampled_from(["amount", "quantity"])
        ),
    ),
)


def test_a_read_in_bulk_leaves_the_keys_of_the_hot_reads_where_they_are(
    market: tuple[Scenario, Bought],
) -> None:
    with opened(market[0].home, ManualClock()) as scenario:
        gate = scenario.house.gate
        hot = gate._discloser._strongroom._keyring._cache
        (name, _), *_ = market[1]
        assert gate.list_records(HISTORY, name, "purchase").items
        before = list(hot._held)
        assert gate.aggregate(STATS, "purchase", AggregateQuery()).groups
        assert sum(len(page.items) for page in gate.scan(HISTORY, "purchase"))
        assert list(hot._held) == before != []


@settings(max_examples=40, deadline=None)
@given(counting=COUNTINGS)
def test_a_number_is_that_of_the_allowed_records_and_no_group_is_small(
    market: tuple[Scenario, Bought], counting: AggregateQuery
) -> None:
    scenario, bought = market
    numbers = scenario.house.gate.aggregate(STATS, "purchase", counting)
    expected = _naive(bought, counting)
    shown = _shown(numbers, counting)
    assert shown == {key: expected[key][1] for key in shown}
    assert all(len(expected[key][0]) >= COHORT for key in shown)
    assert len(shown) + numbers.withheld_groups == len(expected)
    if all(len(persons) >= COHORT for persons, _ in expected.values()):
        assert numbers.withheld_groups == 0


def test_some_groups_are_shown_and_some_are_not(
    market: tuple[Scenario, Bought],
) -> None:
    gate = market[0].house.gate
    numbers = gate.aggregate(STATS, "purchase", AggregateQuery(("currency",)))
    assert 0 < len(numbers.groups) < 4
    # The few francs, and whatever keeps them from being the difference to all.
    assert numbers.withheld_groups >= 2
    assert "CHF" not in {each.key["currency"] for each in numbers.groups}


def test_what_is_withheld_is_not_the_difference_to_a_coarser_answer(
    market: tuple[Scenario, Bought],
) -> None:
    scenario, bought = market
    aggregate = scenario.house.gate.aggregate
    (whole,) = aggregate(STATS, "purchase", AggregateQuery()).groups
    fine = AggregateQuery(("currency",))
    shown = _shown(aggregate(STATS, "purchase", fine), fine)
    hidden = {n for n, values in bought if (values.get("currency"),) not in shown}
    assert whole.value == len(bought)
    assert len(hidden) >= COHORT


def test_an_answer_has_one_decision_and_an_event_for_each_page(
    market: tuple[Scenario, Bought], monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario, bought = market
    monkeypatch.setattr("vault._internal.sqlite.records.PAGE", 40)
    numbers = scenario.house.gate.aggregate(STATS, "purchase", AggregateQuery())
    events = [e for e in _events(scenario) if e.decision == numbers.decision_id]
    opened = [event for event in events if event.outcome == "disclosed"]
    assert len(opened) > 1
    assert sum(event.disclosed for event in opened) == len(bought)
    assert {event.action for event in events} == {"aggregate"}
    assert "refused" in {event.outcome for event in events}


def test_only_what_is_counted_is_opened(market: tuple[Scenario, Bought]) -> None:
    scenario, _ = market
    counting = AggregateQuery(("currency",), "sum", "amount")
    numbers = scenario.house.gate.aggregate(STATS, "purchase", counting)
    fields = {e.fields for e in _events(scenario) if e.decision == numbers.decision_id}
    assert fields - {""} == {"amount,currency"}


def test_a_single_record_stays_closed_for_a_purpose_of_groups(
    market: tuple[Scenario, Bought],
) -> None:
    scenario, _ = market
    scenario.house.gate.aggregate(STATS, "purchase", AggregateQuery())
    for action in ("read", "aggregate"):
        question = replace(STATS, action=action)
        with pytest.raises(Refused):
            scenario.house.gate.list_records(question, "person-9", "purchase")
        pages = scenario.house.gate.scan(question, "purchase")
        assert not any(page.items for page in pages)


def test_an_unclear_field_refuses_the_whole_before_anything_is_opened(
    scenario: Scenario,
) -> None:
    for number in range(COHORT):
        scenario.customer(f"p{number}")
        scenario.put(f"p{number}", "profile", {"name": "P", "language": "en"})
    aggregate = scenario.house.gate.aggregate
    by_city = AggregateQuery(("language", "city"))
    # Nobody's city is known: there is nothing that could be learnt.
    assert len(aggregate(STATS, "profile", by_city).groups) == 1
    scenario.put("p0", "profile", {"name": "P", "language": "en", "city": "Bonn"})
    with watched_keys(scenario) as touched, pytest.raises(Refused) as refusal:
        aggregate(STATS, "profile", by_city)
    assert refusal.value.reason_code == "selection.not_clear"
    assert touched == []
    last = _events(scenario)[-1]
    assert (last.outcome, last.reasons) == ("refused", "selection.not_clear")
    assert (last.action, last.collection) == ("aggregate", "profile")
    assert last.decision.hex() == refusal.value.decision_id
    assert (last.subject, last.subjects, last.records) == (None, b"", b"")
    assert len(aggregate(STATS, "profile", AggregateQuery(("language",))).groups) == 1


def test_a_class_that_comes_up_after_the_survey_refuses_the_whole_too(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.customer()
    scenario.put("ada", "profile", {"name": "A", "language": "en", "city": "Bonn"})
    monkeypatch.setattr(
        scenario.house.gate._counts.packed, "of_all", lambda *_, **__: []
    )
    with watched_keys(scenario) as touched, pytest.raises(Refused) as refusal:
        scenario.house.gate.aggregate(STATS, "profile", AggregateQuery(("city",)))
    assert refusal.value.reason_code == "selection.not_clear"
    assert touched == []


@pytest.mark.parametrize(
    ("question", "code"),
    [(CASE, "purpose.action"), (replace(STATS, principal=CASE.principal), None)],
)
def test_who_may_not_count_is_told_why(
    market: tuple[Scenario, Bought], question: Question, code: str | None
) -> None:
    with pytest.raises(Refused) as refusal:
        market[0].house.gate.aggregate(question, "purchase", AggregateQuery())
    assert refusal.value.reasons
    assert code is None or code in {each.code for each in refusal.value.reasons}


def test_people_who_object_are_not_counted(scenario: Scenario) -> None:
    for number in range(COHORT + 1):
        scenario.customer(f"p{number}")
        scenario.put(f"p{number}", "profile", {"name": "P", "language": "en"})
    count = AggregateQuery()
    aggregate = scenario.house.gate.aggregate
    assert [g.value for g in aggregate(STATS, "profile", count).groups] == [COHORT + 1]
    for number in range(2):
        with scenario.house.vault_db.write() as session:
            scenario.house.grants.object_(
                session, scenario.subject(f"p{number}"), "analytics.aggregate"
            )
    numbers = aggregate(STATS, "profile", count)
    assert (numbers.groups, numbers.withheld_groups) == ((), 1)


def test_few_and_none_look_the_same(scenario: Scenario) -> None:
    def asked() -> AggregateResult:
        found = scenario.house.gate.aggregate(STATS, "purchase", AggregateQuery())
        return replace(found, decision_id=b"")

    none = asked()
    scenario.customer()
    scenario.put("ada", "purchase", _purchase(Random(1)))  # noqa: S311 - no secret
    assert asked() == none == AggregateResult((), 1, b"")


def test_without_a_smallest_group_every_group_is_shown(scenario: Scenario) -> None:
    for name, language in (("ada", "en"), ("bob", "de"), ("eve", "de")):
        scenario.customer(name)
        scenario.profile(name, language=language)
        scenario.grant(name)
    scenario.withdraw("eve")
    counting = AggregateQuery(("language",))
    numbers = scenario.house.gate.aggregate(CAMPAIGN, "profile", counting)
    assert _shown(numbers, counting) == {("de",): 1, ("en",): 1}
    assert numbers.withheld_groups == 0


def test_an_engine_or_a_log_that_fails_ends_it_with_nothing_opened(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise Unavailable("the disk is full")

    scenario.customer()
    scenario.profile(language="en")
    scenario.grant("ada")
    aggregate, log = scenario.house.gate.aggregate, scenario.house.access_log
    with monkeypatch.context() as patch, watched_keys(scenario) as touched:
        patch.setattr(log._store, "insert", failing)
        with pytest.raises(Unavailable):
            aggregate(CAMPAIGN, "profile", AggregateQuery(("language",)))
        with pytest.raises(Unavailable):
            aggregate(CASE, "profile", AggregateQuery(("language",)))
    assert touched == []
    scenario.house.gate._verdicts._contexts.clear()
    with monkeypatch.context() as patch, watched_keys(scenario) as touched:
        patch.setattr(Verdicts, "decide", lambda _, ks: dict.fromkeys(ks, BROKEN))
        with pytest.raises(Unavailable) as fault:
            aggregate(CAMPAIGN, "profile", AggregateQuery(("language",)))
    assert touched == []
    assert fault.value.reason_code == "gate.timeout"
    assert _events(scenario)[-1].reasons == "gate.timeout"


def test_who_is_erased_in_the_meantime_is_not_counted_and_that_is_on_record(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ada", "bob"):
        scenario.customer(name)
        scenario.profile(name, language="en")
        scenario.grant(name)
    room, keys = scenario.house.gate._discloser._strongroom, []

    real = room._keyring.load_many

    def without_ada(pairs: Any, **how: Any) -> Any:
        gone = [pair for pair in pairs if pair[0] == scenario.subject("ada")]
        keys.extend(gone)
        return real([pair for pair in pairs if pair not in gone], **how)

    monkeypatch.setattr(room._keyring, "load_many", without_ada)
    numbers = scenario.house.gate.aggregate(CAMPAIGN, "profile", AggregateQuery())
    assert [each.value for each in numbers.groups] == [1]
    assert keys
    assert _events(scenario)[-1].outcome == "erased"


@pytest.mark.parametrize(
    ("counting", "pointer"),
    [
        (AggregateQuery(("iq",)), "/group_by/0"),
        (AggregateQuery(("date", "date")), "/group_by"),
        (AggregateQuery(("date", "quantity", "amount", "currency")), "/group_by"),
        (AggregateQuery((), "median", "amount"), "/measure/kind"),
        (AggregateQuery((), "count", "amount"), "/measure/field"),
        (AggregateQuery((), "sum"), "/measure/field"),
        (AggregateQuery((), "sum", "currency"), "/measure/field"),
        (AggregateQuery((), "mean", "iq"), "/measure/field"),
    ],
)
def test_what_does_not_fit_the_collection_is_named_by_a_pointer(
    market: tuple[Scenario, Bought], counting: AggregateQuery, pointer: str
) -> None:
    with pytest.raises(Invalid) as fault:
        market[0].house.gate.aggregate(STATS, "purchase", counting)
    assert fault.value.reason_code == "aggregate.invalid"
    assert [each.pointer for each in fault.value.faults] == [pointer]


def test_a_long_text_makes_no_groups(market: tuple[Scenario, Bought]) -> None:
    with pytest.raises(Invalid):
        market[0].house.gate.aggregate(STATS, "ticket", AggregateQuery(("text",)))


def test_too_many_groups_are_refused_with_the_remedy(
    market: tuple[Scenario, Bought], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_GROUPS", 2)
    with pytest.raises(Invalid) as fault:
        market[0].house.gate.aggregate(STATS, "purchase", AggregateQuery(("currency",)))
    assert fault.value.reason_code == "aggregate.too_many_groups"
    assert fault.value.fix


def _events(scenario: Scenario) -> list[Access]:
    log = scenario.house.access_log
    head = log.head()
    assert head is not None
    return [_event(row) for row in log._store.lane(head.lane)]
