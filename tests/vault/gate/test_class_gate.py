"""The gate that decides by class equals one that would ask about each single record.

The oracle takes each record's facts as they were made up, puts them into the policy's
words in Python, and asks the engine about that one record, without memo or class.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from random import Random

import pytest
from bundles import shipped
from clocks import ManualClock
from houses import CAMPAIGN, CASE, MARKETING, PRODUCT, lived_in
from hypothesis import given, settings
from hypothesis import strategies as st
from populations import STAFF, Held, Population, populate

from kit.errors import Unavailable
from pdp.decision.decision import Decision, parse_decision
from pdp.decision.port import Engine
from pdp.decision.question import Caller, Kind, Reach, batch
from pdp.engines.regorus import RegorusEngine
from vault import Disclosure, Principal, Question

PEOPLE = 1_120
AT_ONCE = 64
KIM = Principal(Kind.STAFF, STAFF, roles=("support",))
LEE = replace(KIM, name="lee")
COUNSEL = replace(KIM, roles=("legal",), assurance=2)
SELLER = replace(KIM, roles=("marketing",))
SALES = Principal(Kind.SERVICE, "shop", roles=("sales",))
FINANCE = Principal(Kind.SERVICE, "ledger", roles=("finance",))
# Between them, these are asked about every record there is.
WHOLE = [
    (CAMPAIGN, "profile"),
    (CASE, "purchase"),
    (replace(CASE, principal=KIM), "ticket"),
    (Question(MARKETING, "ugc.display"), "idea"),
]
SAMPLED = [
    (CASE, "profile"),
    (CASE, "ticket"),
    (replace(CASE, principal=KIM), "profile"),
    (replace(CASE, principal=LEE), "ticket"),
    (Question(COUNSEL, "legal.claims"), "purchase"),
    (Question(SELLER, "marketing.email"), "profile"),
    (Question(MARKETING, "marketing.sms"), "profile"),
    (Question(MARKETING, "ugc.advertise"), "idea"),
    (Question(PRODUCT, "ugc.product_development"), "idea"),
    (Question(SALES, "sales.offer"), "purchase"),
    (Question(FINANCE, "billing.invoice"), "purchase"),
]
SAMPLE = 100
PURPOSES = sorted(shipped().tables["purposes"])
ROLES = sorted(shipped().tables["roles"])


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Population]:
    home = tmp_path_factory.mktemp("population") / "home"
    with lived_in(home, ManualClock()) as scenario:
        yield populate(scenario, people=PEOPLE, seed=11)


@pytest.fixture(scope="module")
def engine() -> Iterator[RegorusEngine]:
    made = RegorusEngine(shipped(), deadline=timedelta(seconds=10))
    yield made
    made.close()


def test_kim_reaches_people_in_every_way_there_is(population: Population) -> None:
    asked = replace(CASE, principal=KIM)
    found = {population.resource(each, asked).reach for each in population.of("ticket")}
    assert found == set(Reach) - {Reach.SELF}


def _by_class(
    population: Population, question: Question, collection: str
) -> dict[bytes, Disclosure] | None:
    """Give what a scan shows, by record; None where the gate says that it failed."""
    try:
        pages = list(population.scenario.house.gate.scan(question, collection))
    except Unavailable:
        return None
    return {each.record: each for page in pages for each in page.items}


def _by_record(
    population: Population, engine: Engine, question: Question, asked: list[Held]
) -> Iterator[tuple[Held, Decision]]:
    principal, held = question.principal, iter(asked)
    caller = Caller(
        principal.kind, principal.roles, principal.region, principal.assurance
    )
    while part := list(islice(held, AT_ONCE)):
        resources = [population.resource(each, question) for each in part]
        whole = batch(question.action, question.purpose, caller, resources)
        answers = map(parse_decision, engine.decide(*whole).results)
        yield from zip(part, answers, strict=True)


def _is_broken(decision: Decision) -> bool:
    return any(reason.code.startswith("gate.") for reason in decision.reasons)


def _compare(
    population: Population,
    engine: Engine,
    question: Question,
    collection: str,
    sample: int | None = None,
) -> tuple[int, int]:
    """Hold both gates against each other; gives how many records, how many allowed."""
    shown = _by_class(population, question, collection)
    held = population.of(collection)
    if sample is not None:
        held = Random(sample).sample(held, sample)  # noqa: S311 - no secret
    judged = list(_by_record(population, engine, question, held))
    if shown is None:
        assert any(_is_broken(decision) for _, decision in judged)
        return len(held), 0
    allowed = 0
    for each, decision in judged:
        disclosure = shown.pop(each.record, None)
        # A record is about one person: less than any cohort.
        assert (disclosure is not None) == (decision.allow and not decision.obligations)
        if disclosure is not None:
            allowed += 1
            _same(population, each, disclosure, decision)
    assert sample is not None or shown == {}
    return len(held), allowed


def _same(
    population: Population, each: Held, disclosure: Disclosure, decision: Decision
) -> None:
    collection = population.scenario.house.catalog.collection(each.collection)
    assert disclosure.customer_id == each.person.name
    for field, value in each.values.items():
        mask = decision.masks.get(collection.class_of(field), "drop")
        if mask == "clear":
            assert disclosure.values[field] == value
            assert field not in disclosure.masks
        else:
            assert disclosure.values.get(field) != value
            hidden = field in disclosure.omitted
            assert hidden or disclosure.masks[field] == mask
    assert set(disclosure.values) <= set(each.values)


def test_both_gates_agree_on_ten_thousand_records_of_which_a_fifth_is_allowed(
    population: Population, engine: RegorusEngine
) -> None:
    counted = [_compare(population, engine, *asked) for asked in WHOLE]
    records, allowed = map(sum, zip(*counted, strict=True))
    assert records == len(population.held) >= 10_000
    assert 0.2 * records <= allowed <= 0.8 * records
    assert all(some for _, some in counted)


@pytest.mark.parametrize(
    "asked", SAMPLED, ids=lambda asked: f"{asked[0].purpose} of {asked[1]}"
)
def test_both_gates_agree_on_a_sample_for(
    population: Population, engine: RegorusEngine, asked: tuple[Question, str]
) -> None:
    _compare(population, engine, *asked, sample=SAMPLE)


PRINCIPALS = st.builds(
    Principal,
    kind=st.sampled_from([Kind.SERVICE, Kind.STAFF, Kind.AUDITOR]),
    name=st.sampled_from([STAFF, "lee"]),
    roles=st.tuples(st.sampled_from(ROLES)),
    region=st.sampled_from(["eu", "us", "cn"]),
    assurance=st.sampled_from([1, 2, 3]),
)
ASKED = st.builds(
    Question,
    principal=PRINCIPALS,
    purpose=st.sampled_from(PURPOSES),
    action=st.sampled_from(["read", "search", "aggregate", "export"]),
)


@settings(max_examples=8, deadline=None)
@given(
    question=ASKED,
    collection=st.sampled_from(["purchase", "ticket", "idea"]),
    later=st.sampled_from([-1, 0, 1, 86_399, 86_400, 500 * 86_400]),
)
def test_both_gates_agree_whoever_asks_for_whatever_and_whenever(
    population: Population,
    engine: RegorusEngine,
    question: Question,
    collection: str,
    later: int,
) -> None:
    clock = population.scenario.clock
    before = clock.at
    clock.advance(seconds=later)
    try:
        _compare(population, engine, question, collection, sample=SAMPLE)
    finally:
        clock.at = before
