"""A record with a word that the policies do not know: kept back, and in nobody's way.

Its customer came in before words were looked at, or legal took the word out of the
tables since.
"""

import json
from collections.abc import AsyncIterator, Iterator

import pytest
from asking import alarms
from by_hand import vouched
from callers import Callers, calling
from clocks import ManualClock
from houses import CASE, Scenario, lived_in, opened

from kit.errors import Unavailable
from pdp.decision.question import Kind
from vault import Principal, Question, WriteResult
from vault.gate.aggregates import AggregateQuery

OTHERS = 20
CODE = "gate.unknown_region"
BOUGHT = {"date": "2026-01-31", "quantity": 2, "amount": 3, "currency": "EUR"}


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Scenario, WriteResult]]:
    home, clock = tmp_path_factory.mktemp("shop") / "home", ManualClock()
    with lived_in(home, clock) as scenario:
        for number in range(OTHERS):
            scenario.customer(f"p{number}")
            scenario.put(f"p{number}", "purchase", BOUGHT)
        scenario.register("r1", minor="unknown")
        written = scenario.put("r1", "purchase", BOUGHT)
        scenario.put("r1", "purchase", BOUGHT)
        scenario.put("r1", "ticket", {"subject": "S", "text": "T"})
        germany = (
            "UPDATE vault_customer_class SET region = 'de' WHERE minor = 'unknown'"
        )
        vouched(scenario, germany)
    with opened(home, clock) as scenario:
        yield scenario, written


@pytest.fixture
async def callers(shop: tuple[Scenario, WriteResult]) -> AsyncIterator[Callers]:
    async with calling(shop[0]) as callers:
        yield callers


async def test_a_scan_shows_everybody_else_and_counts_it(callers: Callers) -> None:
    body = {"purpose": "support.case", "collection": "purchase"}
    answer = await callers.send("POST", "/v1/scan", callers.service(), body)
    assert answer.status_code == 200, answer.text
    *lines, end = map(json.loads, answer.text.splitlines())
    assert {each["customer_id"] for each in lines} == {f"p{n}" for n in range(OTHERS)}
    assert end == {
        "end": True,
        "disclosed": OTHERS,
        "withheld": 2,
        "damaged": 0,
        "undecided": 2,
    }


async def test_numbers_are_those_of_everybody_else(callers: Callers) -> None:
    body = {
        "purpose": "analytics.aggregate",
        "collection": "purchase",
        "measure": {"kind": "sum", "field": "amount"},
    }
    who = callers.service("analyst", name="stats")
    answer = await callers.send("POST", "/v1/aggregate", who, body)
    assert answer.status_code == 200, answer.text
    assert [each["value"] for each in answer.json()["groups"]] == [3 * OTHERS]
    assert answer.json()["undecided"] == 2


async def test_a_list_of_nothing_else_says_how_many_there_are(callers: Callers) -> None:
    listed = {"purpose": "support.case", "collection": "purchase"}
    with alarms() as raised:
        answer = await callers.get(
            "/v1/customers/r1/records", callers.service(), **listed
        )
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["items"], said["withheld"], said["undecided"]) == ([], 2, 2)
    assert raised == [CODE]
    *_, event = callers.scenario.reads("r1")
    assert (event.outcome, event.reasons) == ("refused", CODE)


async def test_a_batch_gives_what_is_beside_it(
    callers: Callers, shop: tuple[Scenario, WriteResult]
) -> None:
    other = callers.scenario.put("p0", "purchase", BOUGHT)
    items = [
        {"customer_id": name, "record_id": written.record.hex()}
        for name, written in (("r1", shop[1]), ("p0", other))
    ]
    body = {"purpose": "support.case", "items": items}
    answer = await callers.send("POST", "/v1/read", callers.service(), body)
    first, second = answer.json()["items"]
    assert (first["error"]["code"], second["customer_id"]) == (CODE, "p0")


def test_by_itself_it_is_not_decided_and_says_what_to_do(
    shop: tuple[Scenario, WriteResult],
) -> None:
    scenario, written = shop
    with alarms() as raised, pytest.raises(Unavailable, match="do not know") as refusal:
        scenario.read(CASE, "r1", written)
    assert (refusal.value.reason_code, raised) == (CODE, [CODE])
    assert "region" in (refusal.value.fix or "")


def test_pages_and_numbers_go_on_where_nothing_else_is(
    shop: tuple[Scenario, WriteResult],
) -> None:
    scenario, _ = shop
    (page,) = scenario.house.gate.scan(CASE, "ticket")
    assert (page.items, page.withheld, page.undecided) == ((), 1, 1)
    analyst = Principal(Kind.SERVICE, "stats", roles=("analyst",))
    question = Question(analyst, "analytics.aggregate")
    numbers = scenario.house.gate.aggregate(question, "ticket", AggregateQuery())
    assert (numbers.withheld_groups, numbers.undecided) == (1, 1)
