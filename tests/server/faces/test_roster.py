"""Who is registered: page by page, within reach, as the policies allow, on record."""

from typing import Any

import httpx
import pytest
from by_hand import vouched
from callers import Callers
from houses import caring
from reaching import care, post, soon, unit

from server.faces.services_schemas import RosterResponse

PATH = "/v1/customers"


async def page(
    callers: Callers, who: dict[str, str], **query: Any
) -> tuple[list[str], RosterResponse]:
    answer = await asked(callers, who, **query)
    assert answer.status_code == 200, answer.text
    shown = RosterResponse.model_validate(answer.json())
    return [each.customer_id for each in shown.items], shown


async def asked(callers: Callers, who: dict[str, str], **query: Any) -> httpx.Response:
    return await callers.get(PATH, who, **({"purpose": "support.case"} | query))


async def everybody(callers: Callers, who: dict[str, str], limit: int) -> list[str]:
    found, after = list[str](), ""
    while True:
        names, shown = await page(callers, who, limit=limit, after=after)
        assert len(names) <= limit
        found += names
        if shown.next is None:
            return found
        after = shown.next


async def test_a_service_goes_through_all_customers_once(callers: Callers) -> None:
    names = [f"c-{number}" for number in range(25)]
    callers.scenario.register_many(names)
    for limit in (1, 10, 25, 100):
        found = await everybody(callers, callers.service(), limit)
        assert sorted(found) == sorted(names)


async def test_it_says_how_each_is_registered(callers: Callers) -> None:
    callers.scenario.register("ada", region="us", minor="yes")
    _, shown = await page(callers, callers.service())
    assert shown.items[0].model_dump() == {
        "customer_id": "ada",
        "region": "us",
        "minor": "yes",
    }


async def test_who_was_erased_is_in_no_list(callers: Callers) -> None:
    scenario = callers.scenario
    scenario.register_many(["ada", "bob"])
    scenario.house.erasure.erase(scenario.subject("bob"))
    names, shown = await page(callers, callers.service())
    assert (names, shown.withheld) == (["ada"], 0)


async def test_staff_see_whom_they_reach_and_nobody_else(callers: Callers) -> None:
    scenario = callers.scenario
    for name in ("ada", "bob", "eve", "far"):
        scenario.customer(name)
    unit(scenario, "north")
    unit(scenario, "hall", "north")
    kim, parts = callers.staff("support", name="kim"), care(scenario)
    assert (await page(callers, kim))[0] == []
    parts.assignments.assign(caring("ann"), "ada", staff="kim", until=soon(scenario))
    parts.organisation.place(caring("ann"), "bob", "hall")
    post(scenario, "north", staff="kim")
    given = {"staff": "kim", "until": soon(scenario), "reason": "a test"}
    parts.grants.give(caring("ann"), "eve", purpose="support.case", **given)
    parts.grants.give(caring("ann"), "far", purpose="billing.invoice", **given)
    assert sorted(await everybody(callers, kim, 1)) == ["ada", "bob", "eve"]
    scenario.clock.advance(days=2)
    kim = callers.staff("support", name="kim")
    assert (await page(callers, kim))[0] == []


async def test_a_purpose_that_may_not_see_customers_is_refused(
    callers: Callers,
) -> None:
    callers.scenario.register_many(["ada", "bob"])
    mailer = callers.service("marketing", name="mailer")
    answer = await asked(callers, mailer, purpose="marketing.email")
    assert answer.status_code == 403
    assert answer.json()["decision_id"]
    assert answer.json()["reasons"]
    assert "ada" not in answer.text


async def test_it_is_refused_at_once_where_no_page_could_show_anybody(
    callers: Callers,
) -> None:
    callers.scenario.register_many(["ada", "bob", "eve"])
    mailer = callers.service("marketing", name="mailer")
    for limit in (1, 3, 100):
        answer = await asked(callers, mailer, purpose="marketing.email", limit=limit)
        assert answer.status_code == 403
        assert answer.json()["detail"].endswith("customers listed for this purpose")
        assert answer.json()["reasons"]


@pytest.mark.parametrize("limit", [1, 2])
async def test_nobody_who_is_withheld_stands_before_the_others(
    callers: Callers, limit: int
) -> None:
    scenario = callers.scenario
    names = {f"c-{number}" for number in range(6)}
    scenario.register_many(names)
    # Whoever comes first, by their subjects, which tell nothing.
    first = sorted(names, key=scenario.subject)[:4]
    for name in first:
        care(scenario).restrictions.restrict(caring("ann"), name, reason="she asked")
    found = await everybody(callers, callers.service(), limit)
    assert set(found) == names - {*first}


async def test_whose_words_nobody_knows_is_withheld_and_in_nobodys_way(
    callers: Callers,
) -> None:
    scenario = callers.scenario
    scenario.register("odd", minor="unknown")
    germany = "UPDATE vault_customer_class SET region = 'de'"
    vouched(scenario, germany)
    names, shown = await page(callers, callers.service())
    assert (names, shown.withheld) == ([], 1)
    scenario.register("ada")
    names, shown = await page(callers, callers.service())
    assert (names, shown.withheld) == (["ada"], 1)


async def test_who_is_restricted_or_elsewhere_is_withheld_and_counted(
    callers: Callers,
) -> None:
    scenario = callers.scenario
    scenario.register_many(["ada", "bob"])
    scenario.register("lin", region="cn")
    care(scenario).restrictions.restrict(caring("ann"), "bob", reason="she asked")
    names, shown = await page(callers, callers.service())
    assert (names, shown.withheld) == (["ada"], 2)


async def test_each_finds_in_their_own_accesses_that_they_were_listed(
    callers: Callers,
) -> None:
    callers.scenario.customer("ada")
    callers.scenario.customer("bob")
    _, shown = await page(callers, callers.service())
    for name in ("ada", "bob"):
        seen = (await callers.get("/v1/me/accesses", callers.customer(name))).json()
        (mine,) = [
            each for each in seen["items"] if each["decision_id"] == shown.decision_id
        ]
        assert (mine["collection"], mine["outcome"]) == ("customer", "shown")


async def test_a_cursor_is_good_for_its_caller_and_purpose_alone(
    callers: Callers,
) -> None:
    callers.scenario.register_many(["ada", "bob"])
    _, shown = await page(callers, callers.service(), limit=1)
    assert shown.next
    assert callers.scenario.subject("ada").hex() not in shown.next
    assert callers.scenario.subject("bob").hex() not in shown.next
    other = callers.service(name="shop")
    for who, after in ((other, shown.next), (other, "x"), (other, "ä" * 9)):
        answer = await asked(callers, who, limit=1, after=after)
        assert answer.status_code == 422
        assert answer.json()["faults"][0]["pointer"] == "/after"


async def test_a_list_goes_on_though_whom_it_stopped_at_is_erased(
    callers: Callers,
) -> None:
    scenario, names = callers.scenario, ["ada", "bob", "eve"]
    scenario.register_many(names)
    order = sorted(names, key=scenario.subject)
    first, shown = await page(callers, callers.service(), limit=1)
    assert first == order[:1]
    scenario.house.erasure.erase(scenario.subject(order[0]))
    rest, _ = await page(callers, callers.service(), limit=2, after=shown.next)
    assert rest == order[1:]


@pytest.mark.parametrize("purpose", ["service.registration", "intake.event"])
async def test_a_cursor_of_another_purpose_is_none(
    callers: Callers, purpose: str
) -> None:
    callers.scenario.register_many(["ada", "bob"])
    _, shown = await page(callers, callers.service(), limit=1)
    answer = await asked(
        callers, callers.service(), purpose=purpose, after=shown.next, limit=1
    )
    assert answer.status_code == 422


async def test_a_page_has_an_end_and_a_purpose(callers: Callers) -> None:
    who = callers.service()
    for query in ({"limit": 0}, {"limit": 101}, {"purpose": "no.such"}):
        assert (await asked(callers, who, **query)).status_code in {403, 422}
    assert (await callers.get(PATH, who)).status_code == 422
    assert (await callers.get(PATH, None, purpose="support.case")).status_code == 401
