"""A page of which nothing may be shown is no end of a list that goes on."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from allod import AsyncAllod, Refused
from callers import Callers, calling
from houses import IDEA, Scenario

from vault import WriteResult

USE = "ugc.advertise"
PATH = "/v1/customers/ada/records"


@pytest.fixture
async def callers(scenario: Scenario) -> AsyncIterator[Callers]:
    scenario.customer("ada")
    async with calling(scenario) as callers:
        yield callers


def ideas(scenario: Scenario, count: int) -> list[WriteResult]:
    """Contribute ideas, in the order of a list."""
    made = [
        scenario.put("ada", "idea", {**IDEA, "title": f"Pen {n}"}) for n in range(count)
    ]
    return sorted(made, key=lambda each: each.record)


async def pages(callers: Callers, limit: int, **more: str) -> list[dict[str, Any]]:
    who, found, after = callers.service("marketing", name="shop"), [], ""
    while True:
        asked = {"purpose": USE, "collection": "idea", "limit": str(limit), **more}
        where = {"after": after} if after else {}
        answer = await callers.get(PATH, who, **asked, **where)
        found.append({"status": answer.status_code, **answer.json()})
        after = found[-1].get("next") or ""
        if not after:
            return found


@pytest.mark.parametrize("at", [0, 3, 6])
async def test_each_page_is_answered_wherever_what_is_allowed_stands(
    callers: Callers, at: int
) -> None:
    made = ideas(callers.scenario, 7)
    callers.scenario.license("ada", made[at], USE)
    found = await pages(callers, 2)
    assert {each["status"] for each in found} == {200}
    shown = [each["record_id"] for page in found for each in page["items"]]
    assert shown == [made[at].record.hex()]
    assert [each["withheld"] for each in found] == [
        rows - (at // 2 == page) for page, rows in enumerate((2, 2, 2, 1))
    ]
    assert all(each["decision_id"] for each in found)


async def test_where_nothing_is_allowed_every_page_is_a_refusal(
    callers: Callers,
) -> None:
    made = ideas(callers.scenario, 5)
    (first,) = await pages(callers, 2)
    (behind,) = await pages(callers, 2, after=made[2].record.hex())
    for each in (first, behind):
        assert each["status"] == 403
        assert [reason["code"] for reason in each["reasons"]] == ["ugc.unasked"]
        assert "withheld" not in each


async def test_what_cannot_be_sorted_as_a_whole_is_not_sorted_to_nothing(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ideas(callers.scenario, 4)
    callers.scenario.license("ada", made[3], USE)
    (whole,) = await pages(callers, 4, sort="title")
    assert len(whole["items"]) == 1
    monkeypatch.setattr("vault.gate.selection.MAX_SORTED", 2)
    (cut,) = await pages(callers, 4, sort="title")
    assert (cut["status"], cut["code"]) == (422, "selection.too_many")


async def test_the_sdk_reads_on(callers: Callers) -> None:
    made = ideas(callers.scenario, 103)
    who = callers.service("marketing", name="shop")["Authorization"]
    shop = AsyncAllod(
        "http://127.0.0.1",
        token=who.partition(" ")[2],
        http_client=callers.client,
    )
    with pytest.raises(Refused):
        [each async for each in shop.records.each("ada", "idea", purpose=USE)]
    callers.scenario.license("ada", made[-1], USE)
    found = [each async for each in shop.records.each("ada", "idea", purpose=USE)]
    assert [each.record_id for each in found] == [made[-1].record.hex()]
