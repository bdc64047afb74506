"""Homes of 0.1.0: their policies decide no writes, and they go on writing."""

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from bundles import changed, shipped
from callers import Callers, calling
from clocks import ManualClock
from commands import allod
from houses import PROFILE, Scenario, caring, lived_in, opened
from reaching import WHY, care
from recatalogued import accept

from kit.errors import Unavailable
from pdp.bundle.bundle import Bundle, load
from pdp.change.diff import ChangeEffect, diff
from pdp.decision.decider import Pdp
from pdp.decision.port import Closed
from server.ops.doctor import UNDECIDED

OLD = Path(__file__).parents[1] / "homes" / "0.1.0-v1" / "home" / "data"


def of_0_1_0() -> Bundle:
    (folder,) = (OLD / "policies").iterdir()
    return load(folder, digest=folder.name)


@pytest.fixture
def scenario(tmp_path: Path, clock: ManualClock) -> Iterator[Scenario]:
    home = tmp_path / "home"
    with lived_in(home, clock) as now:
        now.put_in_force(of_0_1_0())
    shutil.copy(OLD / "catalogue.yaml", home / "data" / "catalogue.yaml")
    accept(home, clock)
    with opened(home, clock) as scenario:
        scenario.customer()
        yield scenario


@pytest.fixture
async def callers(scenario: Scenario) -> AsyncIterator[Callers]:
    async with calling(scenario) as callers:
        yield callers


def test_the_policies_of_0_1_0_decide_all_but_writes() -> None:
    bundle = of_0_1_0()
    assert not bundle.decides("write")
    for action in ("read", "search", "export", "aggregate"):
        assert bundle.decides(action)


def test_a_bundle_that_decides_writes_no_more_opens() -> None:
    old = shipped()
    new = changed(".manifest", '"aggregate", "write"]', '"aggregate"]')
    assert old.decides("write")
    (change,) = (each for each in diff(old, new) if "write" in each.words)
    assert change.effect is ChangeEffect.OPENS
    (back,) = (each for each in diff(new, old) if "write" in each.words)
    assert back.effect is ChangeEffect.CLOSES


def test_a_bundle_that_begins_to_verify_opens() -> None:
    old, new = changed(".manifest", '"verify", ', ""), shipped()
    (change,) = (each for each in diff(old, new) if "verify" in each.words)
    assert change.effect is ChangeEffect.OPENS
    (back,) = (each for each in diff(new, old) if "verify" in each.words)
    assert back.effect is ChangeEffect.CLOSES


async def test_policies_that_do_not_decide_verify_refuse_it(callers: Callers) -> None:
    callers.scenario.profile()
    claim = {"collection": "profile", "field": "phone", "value": "+4915112345678"}
    body = claim | {"purpose": "support.case"}
    for name in ("ada", "nobody"):
        path = f"/v1/customers/{name}/verify"
        answer = await callers.send("POST", path, callers.service(), body)
        assert answer.status_code == 403
        (reason,) = answer.json()["reasons"]
        assert reason["code"] == "verify.undecided"
        assert "activated" in reason["fix"]


async def test_without_verify_a_search_on_a_masked_field_is_one_without_a_match(
    callers: Callers, scenario: Scenario
) -> None:
    scenario.profile()
    body = {"collection": "profile", "field": "email", "purpose": "support.case"}
    hidden, absent = [
        await callers.send(
            "POST", "/v1/find", callers.service(), body | {"value": each}
        )
        for each in ("ada@example.org", "bob@example.org")
    ]
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json() | {"request_id": ""} == absent.json() | {"request_id": ""}
    assert [e.outcome for e in scenario.reads() if e.action == "search"] == ["refused"]


async def _write(callers: Callers, who: dict[str, str], name: str, **more: str) -> int:
    body = {"collection": "profile", "values": PROFILE} | more
    path = f"/v1/customers/{name}/records"
    answer = await callers.send("POST", path, who, body, f"k-{len(more)}")
    return answer.status_code


async def test_a_purpose_is_optional_and_logged_as_given_or_unnamed(
    callers: Callers, scenario: Scenario
) -> None:
    who = callers.service()
    body = {"customer_id": "bob", "region": "eu"}
    answer = await callers.send("POST", "/v1/customers", who, body)
    assert answer.status_code == 201
    assert await _write(callers, who, "ada") == 201
    assert await _write(callers, who, "ada", purpose="house.keeping") == 201
    purposes = [each.purpose for each in scenario.writes() if each.outcome == "written"]
    assert purposes[-2:] == ["unnamed", "house.keeping"]


async def test_reach_restriction_and_hold_stand_in_code(
    callers: Callers, scenario: Scenario
) -> None:
    staff, who = callers.staff("support", name="lee"), callers.service()
    assert await _write(callers, staff, "ada") == 404
    assert await _write(callers, staff, "nobody") == 404
    record = scenario.profile().record.hex()
    path = f"/v1/customers/ada/records/{record}"
    held = care(scenario).holds.set(caring("ann"), "ada", reason=WHY)
    change = {"values": PROFILE, "version": 1}
    answer = await callers.send("PUT", path, who, change)
    assert (answer.status_code, answer.json()["code"]) == (403, "hold.frozen")
    care(scenario).holds.lift(caring("ann"), "ada", held.hold_id, reason=WHY)
    assert (await callers.send("PUT", path, who, change)).status_code == 200
    care(scenario).restrictions.restrict(caring("ann"), "ada", reason=WHY)
    assert await _write(callers, who, "ada") == 403
    ada = callers.customer("ada")
    idea = {"collection": "idea", "values": {"title": "A", "text": "B"}}
    own = await callers.send("POST", "/v1/me/contributions", ada, idea, "k")
    assert own.status_code == 201
    scenario.house.erasure.erase(scenario.subject("ada"))
    assert await _write(callers, who, "ada") == 404


def test_a_process_that_could_not_load_the_newest_policies_writes_nothing(
    scenario: Scenario,
) -> None:
    policies = scenario.house.policies
    nothing = Pdp(Closed(), "f" * 64)
    policies.switch(replace(policies.current, pdp=nothing))
    with pytest.raises(Unavailable) as refused:
        scenario.profile()
    assert refused.value.reason_code == "gate.not_loaded"


def test_the_doctor_warns_of_it_and_says_what_to_do(scenario: Scenario) -> None:
    home = scenario.home
    scenario.house.close()
    ran = allod("doctor", "--home", home, "--json")
    (check,) = (each for each in ran.document["checks"] if each["name"] == "writes")
    assert (check["level"], check["detail"]) == ("warning", UNDECIDED)
    assert "write" in check["fix"]


class TestUnderPoliciesThatDecide:
    """The same calls in a home of today."""

    @pytest.fixture
    def scenario(self, tmp_path: Path, clock: ManualClock) -> Iterator[Scenario]:
        with lived_in(tmp_path / "home", clock) as scenario:
            scenario.customer()
            yield scenario

    async def test_a_missing_purpose_is_422_with_a_pointer(
        self, callers: Callers
    ) -> None:
        who = callers.service()
        bodies = {
            "/v1/customers": {"customer_id": "bob", "region": "eu"},
            "/v1/customers/ada/records": {"collection": "profile", "values": PROFILE},
            "/v1/customers/nobody/records": {"collection": "idea", "values": {}},
        }
        for path, body in bodies.items():
            answer = await callers.send("POST", path, who, body, "k")
            assert answer.status_code == 422
            assert answer.json()["faults"][0]["pointer"] == "/purpose"

    async def test_a_tokens_purposes_limit_what_it_writes_for(
        self, callers: Callers
    ) -> None:
        who = callers.service()
        assert await _write(callers, who, "ada", purpose="support.case") == 201
        assert await _write(callers, who, "ada", purpose="billing.invoice") == 403
