"""A thousand at once: each item answered in its place, the shape of the whole first."""

import asyncio
from typing import Any

import httpx
from callers import Callers
from reaching import unit

from server.faces.intake_schemas import CustomerOutcomes, RecordOutcomes

BOUGHT = {"date": "2026-01-02", "quantity": 1, "amount": 2.5}
RECORDS, CUSTOMERS = "/v1/records", "/v1/registrations"


def record(name: str, **values: Any) -> dict[str, Any]:
    return {"customer_id": name, "collection": "purchase", "values": BOUGHT | values}


async def written(
    callers: Callers,
    items: list[dict[str, Any]],
    *,
    key: str = "k-1",
    who: dict[str, str] | None = None,
    **more: Any,
) -> httpx.Response:
    body = {"purpose": "support.case", "items": items} | more
    return await callers.send("POST", RECORDS, who or callers.service(), body, key)


async def registered(
    callers: Callers,
    items: list[dict[str, Any]],
    who: dict[str, str] | None = None,
    **more: Any,
) -> httpx.Response:
    body = {"purpose": "service.registration", "items": items} | more
    return await callers.send("POST", CUSTOMERS, who or callers.service(), body)


def outcomes(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    shown = RecordOutcomes.model_validate(answer.json())
    return [each.error.code if each.error else each.outcome for each in shown.items]


async def test_each_record_is_answered_in_its_place(callers: Callers) -> None:
    callers.scenario.register_many(["ada", "bob"])
    items = [
        record("ada"),
        record("ada", amount="much"),
        record("nobody"),
        record("bob"),
        record("ada") | {"collection": "diary"},
    ]
    answer = await written(callers, items)
    assert outcomes(answer) == [
        "created",
        "record.invalid",
        "not_found",
        "created",
        "collection.unknown",
    ]
    error = answer.json()["items"][1]["error"]
    assert error["faults"] == [{"pointer": "/amount", "message": "write a number"}]
    assert error["fix"]
    assert "much" not in answer.text


async def test_a_refusal_names_its_decision_and_article_in_the_language_asked_for(
    callers: Callers,
) -> None:
    callers.scenario.customer("ada", region="cn")
    who = callers.service() | {"Accept-Language": "zh"}
    (item,) = (await written(callers, [record("ada")], who=who)).json()["items"]
    assert item["outcome"] == "refused"
    assert item["error"]["status"] == 403
    assert item["error"]["decision_id"]
    assert item["error"]["reasons"][0]["article"]
    assert item["error"]["reasons"][0]["text"] != item["error"]["reasons"][0]["fix"]


async def test_the_key_holds_for_each_item_and_number(callers: Callers) -> None:
    callers.scenario.register_many(["ada", "bob"])
    items = [record("ada"), record("ada"), record("bob")]
    first = await written(callers, items)
    assert outcomes(first) == ["created"] * 3
    again = await written(callers, [*items, record("bob", amount=9)])
    assert outcomes(again) == ["there_already"] * 3 + ["created"]
    ids = [each["record_id"] for each in first.json()["items"]]
    assert [each["record_id"] for each in again.json()["items"]][:3] == ids
    # The same list, cut in another place, is the same writes.
    tail = await written(callers, items[1:], first=1)
    assert outcomes(tail) == ["there_already"] * 2
    other = await written(callers, [record("ada", amount=7)])
    assert outcomes(other) == ["idempotency.reused"]
    assert outcomes(await written(callers, items, key="k-2")) == ["created"] * 3


async def test_a_single_write_under_the_same_key_is_another_write(
    callers: Callers,
) -> None:
    callers.scenario.customer("ada")
    assert outcomes(await written(callers, [record("ada")], key="k-1")) == ["created"]
    body = {"purpose": "support.case", "collection": "purchase", "values": BOUGHT}
    path = "/v1/customers/ada/records"
    one = await callers.send("POST", path, callers.service(), body, "k-1")
    assert one.status_code == 201
    page = await callers.get(
        path, callers.service(), purpose="support.case", collection="purchase"
    )
    assert len(page.json()["items"]) == 2


async def test_a_record_is_replaced_over_the_version_that_was_read(
    callers: Callers,
) -> None:
    callers.scenario.customer("ada")
    (made,) = (await written(callers, [record("ada")])).json()["items"]
    over = {"record_id": made["record_id"], "version": 1}
    change = [record("ada", amount=3.5) | over]
    answer = await written(callers, change, key="k-2")
    assert outcomes(answer) == ["replaced"]
    assert answer.json()["items"][0]["version"] == 2
    assert outcomes(await written(callers, change, key="k-2")) == ["there_already"]
    stale = [record("ada", amount=4.5) | over, record("ada") | over | {"version": 9}]
    assert outcomes(await written(callers, stale)) == ["version.stale"] * 2
    for missing in ("version", "record_id"):
        half = {name: value for name, value in over.items() if name != missing}
        answer = await written(callers, [record("ada") | half])
        assert answer.status_code == 422
        assert answer.json()["faults"][0]["pointer"] == "/items/0/version"


async def test_a_body_of_another_shape_is_refused_before_anything_is_written(
    callers: Callers,
) -> None:
    scenario = callers.scenario
    scenario.customer("ada")
    wrong: list[list[dict[str, Any]]] = [
        [record("ada"), record("ada") | {"colection": "x"}],
        [record("ada"), {"customer_id": "ada"}],
        [record("ada")] * 1_001,
        [record("ada"), record("ada") | {"values": [1]}],
    ]
    for items in wrong:
        assert (await written(callers, items)).status_code == 422
    deep: Any = 1
    for _ in range(40):
        deep = [deep]
    assert (await written(callers, [record("ada", amount=deep)])).status_code == 400
    many = [record("ada", amount=[0] * 999)] * 101
    assert (await written(callers, many)).status_code == 400
    rows = scenario.house.vault_db.reader().execute("SELECT 1 FROM vault_record")
    assert rows.fetchall() == []


async def test_a_thousand_of_the_widest_are_read(callers: Callers) -> None:
    callers.scenario.register_many(["ada"])
    assert (
        outcomes(await written(callers, [record("ada")] * 1_000)) == ["created"] * 1_000
    )


async def test_out_of_reach_and_absent_look_the_same_in_a_batch(
    callers: Callers,
) -> None:
    callers.scenario.customer("ada")
    items = [record("ada"), record("nobody")]
    kim = callers.staff("support", name="kim")
    one, two = (await written(callers, items, who=kim)).json()["items"]
    assert one == two
    assert one["error"]["code"] == "not_found"


async def test_many_are_made_known_each_as_they_are(callers: Callers) -> None:
    items = [
        {"customer_id": "ada", "region": "eu", "minor": "no"},
        {"customer_id": "a/b", "region": "eu"},
        {"customer_id": "bob", "region": "EU"},
        {"customer_id": "eve", "region": "us"},
    ]
    answer = await registered(callers, items)
    shown = CustomerOutcomes.model_validate(answer.json()).items
    words = [each.error.code if each.error else each.outcome for each in shown]
    assert words == ["created", "identifier.invalid", "region.unknown", "created"]
    again = await registered(callers, items)
    assert [each["outcome"] for each in again.json()["items"]] == [
        "there_already",
        "refused",
        "refused",
        "there_already",
    ]


async def test_staff_make_many_known_in_a_unit_that_they_hold(
    callers: Callers,
) -> None:
    scenario = callers.scenario
    unit(scenario, "north")
    kim = callers.staff("support", name="kim")
    items = [{"customer_id": name, "region": "eu"} for name in ("ada", "bob")]
    answer = await registered(callers, items, kim, unit="north")
    assert answer.status_code == 200, answer.text
    beyond = answer.json()["items"]
    assert [each["error"]["code"] for each in beyond] == ["not_found"] * 2
    nowhere = (await registered(callers, items, kim)).json()["items"]
    assert [each["error"]["status"] for each in nowhere] == [422] * 2
    assert scenario.house.customers.subject_of("ada") is None


async def test_one_caller_has_two_batches_under_way(callers: Callers) -> None:
    names = [f"c-{number}" for number in range(300)]
    callers.scenario.register_many(names)
    items = [record(name) for name in names]
    answers = await asyncio.gather(
        *(written(callers, items, key=f"k-{number}") for number in range(6))
    )
    codes = {answer.status_code for answer in answers}
    assert codes == {200, 429}
    refused = next(each for each in answers if each.status_code == 429)
    assert int(refused.headers["Retry-After"]) >= 1
