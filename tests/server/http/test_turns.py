"""Heavy work: one turn for each caller, a few in all, so many in a minute."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from callers import Callers, calling
from houses import Scenario

from kit.errors import TooMany
from kit.settings import Settings
from pdp.decision.question import Kind
from server.auth.principals import Bearer
from server.http.turns import Most, Turns, Work
from server.roles import scanning
from vault import Principal

ADA = Bearer(Principal(Kind.STAFF, "ada"))
BOB = Bearer(Principal(Kind.STAFF, "bob"))
EVE = Bearer(Principal(Kind.STAFF, "eve"))


def _turns(at_once: int = 2, per_minute: int = 100) -> Turns:
    most = dict.fromkeys(Work, Most(at_once))
    return Turns(most, per_minute=per_minute, failed_per_minute=3)


def test_a_caller_has_one_turn_whatever_else_is_free() -> None:
    turns = _turns()
    release = turns.take(Work.SCAN, ADA)
    with pytest.raises(TooMany, match="of yours") as refusal:
        turns.take(Work.SCAN, Bearer(Principal(Kind.STAFF, "ada", roles=("other",))))
    assert refusal.value.retry_after >= 1
    turns.take(Work.TRIAL, ADA)()
    release()
    turns.take(Work.SCAN, ADA)


def test_all_callers_together_have_so_many_and_no_more() -> None:
    turns = _turns(at_once=2)
    first = turns.take(Work.SCAN, ADA)
    turns.take(Work.SCAN, BOB)
    with pytest.raises(TooMany, match="of others"):
        turns.take(Work.SCAN, EVE)
    first()
    first()
    turns.take(Work.SCAN, EVE)
    with pytest.raises(TooMany):
        turns.take(Work.SCAN, ADA)


def test_two_customers_are_two_though_their_tokens_have_one_name() -> None:
    turns = _turns()
    for subject in (b"a" * 16, b"b" * 16):
        turns.take(Work.EXPORT, Bearer.customer(subject, region="eu"))
    with pytest.raises(TooMany):
        turns.take(Work.EXPORT, Bearer.customer(b"a" * 16, region="eu"))


def test_a_turn_ends_with_its_block_however_that_ends() -> None:
    turns = _turns()
    with pytest.raises(ZeroDivisionError), turns.taken(Work.SCAN, ADA):
        raise ZeroDivisionError
    with turns.taken(Work.SCAN, ADA):
        pass


def test_who_begins_too_many_in_a_minute_has_to_wait_and_takes_no_turn() -> None:
    turns = _turns(at_once=1, per_minute=2)
    for _ in range(2):
        turns.take(Work.SCAN, ADA)()
    with pytest.raises(TooMany) as refusal:
        turns.take(Work.SCAN, ADA)
    assert refusal.value.reason_code == "limit.rate"
    assert 1 <= refusal.value.retry_after <= 60
    turns.take(Work.SCAN, BOB)


def test_failures_are_counted_for_an_address_and_for_a_network_of_ipv6() -> None:
    turns = _turns()
    for last in range(3):
        turns.count_failure("192.0.2.1")
        turns.count_failure(f"2001:db8::{last}")
    for address in ("192.0.2.1", "2001:db8::77"):
        with pytest.raises(TooMany) as refusal:
            turns.count_failure(address)
        assert refusal.value.reason_code == "limit.failed"
    turns.count_failure("192.0.2.2")
    turns.count_failure("2001:db8:0:1::")
    turns.count_failure("no address")


def test_the_settings_say_how_many(tmp_path: Path) -> None:
    turns = Turns.of(Settings(home=tmp_path, scans_at_once=1))
    turns.take(Work.SCAN, ADA)
    with pytest.raises(TooMany):
        turns.take(Work.SCAN, BOB)


def test_a_principals_calls_are_counted_over_all_of_their_tokens() -> None:
    most = dict.fromkeys(Work, Most(1))
    limits = {Kind.STAFF: 2, Kind.SERVICE: 0}
    turns = Turns(most, per_minute=9, failed_per_minute=9, calls_per_minute=limits)
    turns.count_call(ADA)
    turns.count_call(Bearer(Principal(Kind.STAFF, "ada", roles=("other",))))
    with pytest.raises(TooMany) as refusal:
        turns.count_call(ADA)
    assert (refusal.value.reason_code, refusal.value.quota) == ("limit.calls", 2)
    turns.count_call(BOB)
    for _ in range(9):
        turns.count_call(Bearer(Principal(Kind.SERVICE, "shop")))


async def test_who_calls_too_often_is_told_when_to_come_again(
    scenario: Scenario,
) -> None:
    scenario.customer("ada")
    scenario.customer("ben")
    set_ = scenario.house.settings.model_copy(update={"calls_per_minute": 2})
    house = replace(scenario.house, turns=Turns.of(set_))
    async with calling(replace(scenario, house=house)) as callers:
        ada = callers.customer("ada")
        for path in ("/v1/me", "/v1/org"):  # what a token is not good for counts, too
            assert (await callers.get(path, ada)).status_code != 429
        answer = await callers.get("/v1/me", ada)
        assert (answer.status_code, answer.json()["code"]) == (429, "limit.calls")
        wait = int(answer.headers["retry-after"])
        assert 1 <= wait <= 60
        assert answer.headers["ratelimit-policy"] == '"limit.calls";q=2;w=60'
        assert answer.headers["ratelimit"] == f'"limit.calls";r=0;t={wait}'
        assert (await callers.get("/v1/me", callers.customer("ben"))).is_success
        service = callers.service()
        for _ in range(4):
            assert (await callers.get("/v1/me", service)).status_code == 403


HEAVY: list[tuple[str, str, Any, Work]] = [
    ("POST", "/v1/scan", {"purpose": "support.case", "collection": "p"}, Work.SCAN),
    (
        "POST",
        "/v1/aggregate",
        {
            "purpose": "analytics.aggregate",
            "collection": "purchase",
            "measure": {"kind": "count"},
        },
        Work.SCAN,
    ),
    ("POST", "/v1/policies/lint", {}, Work.TRIAL),
    ("POST", "/v1/policies/test", {}, Work.TRIAL),
    ("POST", "/v1/policies/explain", {"candidate": {}}, Work.TRIAL),
    ("POST", "/v1/policies/diff", {"old": {}, "new": {}}, Work.TRIAL),
    ("POST", "/v1/policies/impact", {}, Work.TRIAL),
    ("GET", "/v1/policies/cases", None, Work.TRIAL),
    ("POST", "/v1/policies/proposals", {}, Work.CHANGE),
    ("POST", "/v1/policies/proposals/1/activation", None, Work.CHANGE),
    ("POST", "/v1/policies/rollback", {"digest": "0" * 64, "reason": "a"}, Work.CHANGE),
]


@pytest.mark.parametrize(
    ("method", "path", "body", "work"), HEAVY, ids=[each[1] for each in HEAVY]
)
async def test_heavy_work_is_not_begun_while_others_have_all_turns(
    callers: Callers, method: str, path: str, body: Any, work: Work
) -> None:
    turns = callers.scenario.house.turns
    for who in (ADA, BOB)[: turns._most[work].at_once]:
        turns.take(work, who)
    answer = await callers.send(method, path, callers.staff("legal"), body)
    assert answer.status_code == 429
    assert answer.json()["code"] == "limit.concurrent"
    assert int(answer.headers["retry-after"]) >= 1


async def test_an_export_takes_its_customers_turn_and_gives_it_back(
    callers: Callers,
) -> None:
    callers.scenario.customer("ada")
    who = callers.customer("ada")
    release = callers.scenario.house.turns.take(
        Work.EXPORT, Bearer.customer(callers.scenario.subject("ada"), region="eu")
    )
    assert (await callers.send("POST", "/v1/me/exports", who)).status_code == 429
    release()
    for _ in range(2):
        assert (await callers.send("POST", "/v1/me/exports", who)).status_code == 200


async def test_a_scan_gives_its_turn_back_whatever_became_of_it(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Any:
        raise TooMany("elsewhere", retry_after=1)
        yield b""

    monkeypatch.setattr("server.faces.services.scanned", broken)
    body = {"purpose": "support.case", "collection": "profile"}
    for _ in range(3):
        await callers.send("POST", "/v1/scan", callers.service(), body)
    assert not callers.scenario.house.turns._under_way


async def test_calls_without_a_valid_token_are_counted_and_others_are_not(
    scenario: Scenario, callers: Callers
) -> None:
    scenario.house.turns._failures.amount = 3
    wrong = {"Authorization": "Bearer al_svc_wrong"}
    for path in ("/v1/me", "/v1/customers/a/records/b?purpose=x", "/v1/me"):
        assert (await callers.client.get(path, headers=wrong)).status_code == 401
    answer = await callers.client.get("/v1/me", headers=wrong)
    assert (answer.status_code, answer.json()["code"]) == (429, "limit.failed")
    assert "retry-after" in answer.headers
    scenario.customer("ada")
    assert (await callers.get("/v1/me", callers.customer("ada"))).status_code == 200


def test_a_scan_lasts_minutes_and_no_longer() -> None:
    assert scanning.LONGEST_SCAN.total_seconds() <= 300
