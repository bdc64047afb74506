"""Lists filtered and sorted over HTTP: what a query says, and what it may not ask."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from callers import Callers, calling
from clocks import ManualClock
from houses import Scenario, lived_in

BOUGHT = [("2026-01-31", 3), ("2025-12-31", 1), ("2026-01-01", 2)]
CANARY = "canary7f3a@example.org"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    with lived_in(tmp_path_factory.mktemp("shop") / "home", ManualClock()) as scenario:
        scenario.customer()
        for day, number in BOUGHT:
            values = {"date": day, "quantity": number, "amount": number * 1.5}
            scenario.put("ada", "purchase", values | {"product": f"a:b{number}"})
        scenario.profile(language="en")
        yield scenario


@pytest.fixture
async def callers(shop: Scenario) -> AsyncIterator[Callers]:
    async with calling(shop) as callers:
        yield callers


async def _asked(
    callers: Callers, collection: str = "purchase", *, own: bool = False, **query: Any
) -> httpx.Response:
    path = "/v1/me/records" if own else "/v1/customers/ada/records"
    who = callers.customer("ada") if own else callers.service()
    purpose = {} if own else {"purpose": "support.case"}
    return await callers.get(path, who, collection=collection, **purpose, **query)


def _numbers(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [each["values"]["quantity"] for each in answer.json()["items"]]


@pytest.mark.parametrize("own", [False, True])
async def test_a_list_is_filtered_and_sorted(callers: Callers, *, own: bool) -> None:
    sorted_ = await _asked(callers, own=own, sort="date")
    assert _numbers(sorted_) == [1, 2, 3]
    last_first = await _asked(callers, own=own, sort="-amount")
    assert _numbers(last_first) == [3, 2, 1]
    both = ["date:ge:2026-01-01", "amount:lt:4.5"]
    assert _numbers(await _asked(callers, own=own, filter=both)) == [2]
    colon = await _asked(callers, own=own, filter="product:eq:a:b3")
    assert _numbers(colon) == [3]


async def test_a_sorted_list_is_read_on(callers: Callers) -> None:
    first = await _asked(callers, sort="-date", limit=2)
    assert _numbers(first) == [3, 2]
    rest = await _asked(callers, sort="-date", limit=2, after=first.json()["next"])
    assert (_numbers(rest), rest.json()["next"]) == ([1], None)


async def test_what_is_masked_is_not_asked_about(callers: Callers) -> None:
    for query in ({"filter": f"email:eq:{CANARY}"}, {"sort": "email"}):
        answer = await _asked(callers, "profile", **query)
        assert answer.status_code == 403
        problem = answer.json()
        assert problem["code"] == "selection.not_clear"
        assert problem["decision_id"]
        assert problem["reasons"][0]["article"] == "GDPR 5(1)(c); PIPL 6(2)"
        assert CANARY not in answer.text
    own = await _asked(callers, "profile", own=True, filter="email:eq:ada@example.org")
    assert len(own.json()["items"]) == 1


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"filter": "date"}, "/filter/0"),
        ({"filter": ["date:eq:2026-01-01", "date:eq"]}, "/filter/1"),
        ({"filter": f"date:eq:{CANARY}"}, "/filter/0"),
        ({"filter": f"{CANARY}:eq:1"}, "/filter/0"),
        ({"filter": ["date:eq:2026-01-01"] * 11}, "/filter"),
        ({"filter": "product:eq:" + "x" * 2_000}, "/filter/0"),
        ({"sort": "-"}, "/sort"),
        ({"sort": "iq"}, "/sort"),
    ],
)
async def test_a_query_that_cannot_be_is_named_by_a_pointer(
    callers: Callers, *, own: bool, query: dict[str, Any], pointer: str
) -> None:
    answer = await _asked(callers, own=own, **query)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["faults"]] == [pointer]
    assert CANARY not in answer.text


async def test_a_customer_selects_from_one_collection_at_a_time(
    callers: Callers,
) -> None:
    who = callers.customer("ada")
    answer = await callers.get("/v1/me/records", who, sort="date")
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["pointer"] == "/collection"
