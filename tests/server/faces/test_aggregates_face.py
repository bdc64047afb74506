"""Numbers about groups over HTTP, counted by a process of its own."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from callers import Callers, calling
from clocks import ManualClock
from houses import HISTORY, Scenario, lived_in

from pdp.decision.question import Kind
from server.auth.principals import Bearer, Scope
from server.faces.services_schemas import NumbersResponse
from server.roles import scanning
from vault import BatchEntry, Item, Principal

COHORT = 20


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    home = tmp_path_factory.mktemp("market") / "home"
    with lived_in(home, ManualClock()) as scenario:
        for number in range(COHORT):
            scenario.customer(f"p{number}")
            bought = {"date": "2026-01-31", "quantity": 2, "amount": number}
            scenario.put(f"p{number}", "purchase", bought | {"currency": "EUR"})
        scenario.put("p0", "profile", {"name": "P", "city": "Bonn", "language": "en"})
        yield scenario


@pytest.fixture
async def callers(market: Scenario) -> AsyncIterator[Callers]:
    async with calling(market) as callers:
        yield callers


async def _asked(callers: Callers, **changed: Any) -> httpx.Response:
    body = {
        "purpose": "analytics.aggregate",
        "collection": "purchase",
        "group_by": ["currency"],
        "measure": {"kind": "mean", "field": "amount"},
    }
    who = callers.service("analyst", name="stats")
    return await callers.send("POST", "/v1/aggregate", who, body | changed)


async def test_groups_are_counted_and_it_is_on_record(callers: Callers) -> None:
    answer = await _asked(callers)
    assert answer.status_code == 200, answer.text
    shown = NumbersResponse.model_validate(answer.json())
    assert [(g.key, g.value) for g in shown.groups] == [({"currency": "EUR"}, 9.5)]
    assert shown.withheld_groups == 0
    log = callers.scenario.house.access_log
    *_, (_, event) = log.of_subject(callers.scenario.subject("p3"))
    assert (event.outcome, event.action) == ("disclosed", "aggregate")
    assert (event.fields, event.principal) == ("amount,currency", "stats")
    assert event.decision.hex() == shown.decision_id


async def test_a_small_group_is_counted_and_not_shown(callers: Callers) -> None:
    answer = await _asked(callers, group_by=["amount"], measure={"kind": "count"})
    assert answer.json()["groups"] == []
    assert answer.json()["withheld_groups"] == COHORT


async def test_a_refusal_comes_through_with_its_reasons(callers: Callers) -> None:
    measure = {"kind": "count"}
    answer = await _asked(
        callers, collection="profile", group_by=["city"], measure=measure
    )
    assert answer.status_code == 403
    problem = answer.json()
    assert problem["code"] == "selection.not_clear"
    assert problem["reasons"][0]["fix"]
    assert len(problem["decision_id"]) == 32
    other = await _asked(callers, purpose="support.case")
    assert {"purpose.action"} <= {each["code"] for each in other.json()["reasons"]}


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"group_by": ["iq"]}, "/group_by/0"),
        ({"group_by": ["date"] * 4}, "/group_by"),
        ({"measure": {"kind": "median", "field": "amount"}}, "/measure/kind"),
        ({"measure": {"kind": "sum"}}, "/measure/field"),
        ({"measure": {"kind": "count", "field": "amount"}}, "/measure/field"),
    ],
)
async def test_what_cannot_be_counted_is_named_by_a_pointer(
    callers: Callers, changed: dict[str, Any], pointer: str
) -> None:
    answer = await _asked(callers, **changed)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["faults"]] == [pointer]


async def test_a_fault_that_only_the_process_finds_comes_through_too(
    callers: Callers,
) -> None:
    scenario, subject = callers.scenario, callers.scenario.subject("p0")
    items = [
        BatchEntry(
            subject,
            Item("profile", {"name": "P", "newsletter_topics": f"{n}"}, f"n-{n}"),
        )
        for n in range(1_001)
    ]
    scenario.house.intake.put_batch(HISTORY, items)
    measure, fields = {"kind": "count"}, ["newsletter_topics"]
    answer = await _asked(
        callers, collection="profile", group_by=fields, measure=measure
    )
    assert answer.status_code == 422
    assert answer.json()["code"] == "aggregate.too_many_groups"
    assert [each["pointer"] for each in answer.json()["faults"]] == ["/group_by"]


async def test_a_process_that_takes_too_long_is_ended(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "LONGEST_SCAN", timedelta(0))
    answer = await _asked(callers)
    assert answer.status_code == 503


async def test_an_auditor_counts_and_sees_no_field_and_no_person(
    callers: Callers,
) -> None:
    principal = Principal(Kind.AUDITOR, "court")
    scopes = (Scope.RECORDS_COUNT,)
    who = callers.headers(Bearer(principal, ("audit.inspect",), scopes))

    async def asks(**measured: Any) -> httpx.Response:
        body = {"purpose": "audit.inspect", "collection": "purchase"}
        return await callers.send("POST", "/v1/aggregate", who, body | measured)

    counted = await asks(group_by=[], measure={"kind": "count"})
    assert counted.status_code == 200, counted.text
    (group,) = counted.json()["groups"]
    assert (group["key"], group["value"]) == ({}, COHORT)
    summed = await asks(group_by=[], measure={"kind": "sum", "field": "amount"})
    assert (summed.status_code, summed.json()["code"]) == (403, "selection.not_clear")
    one = await callers.get("/v1/customers/p3/records", who, purpose="audit.inspect")
    assert one.status_code == 403
