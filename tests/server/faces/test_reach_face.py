"""Who reaches whom over HTTP: through the doors of the API, and what comes of it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from callers import Callers
from clocks import ManualClock
from houses import Scenario, lived_in

from kit.clock import iso
from pdp.decision.question import Kind
from server.auth.principals import BY_NAME, SCOPES_OF, Bearer, Scope
from vault import Principal

WHY = "a complaint that cannot wait"
ADA = "/v1/customers/ada"
OURS = {
    Scope.REACH_READ,
    Scope.ORG_WRITE,
    Scope.ASSIGNMENTS_WRITE,
    Scope.GRANTS_WRITE,
    Scope.HOLDS_WRITE,
    Scope.RESTRICTIONS_WRITE,
}


@pytest.fixture
def scenario(tmp_path: Path, clock: ManualClock) -> Iterator[Scenario]:
    with lived_in(tmp_path, clock) as made:
        made.customer("ada")
        yield made


def officer(callers: Callers, *scopes: Scope, role: str = "privacy_officer") -> Any:
    principal = Principal(Kind.STAFF, "ann", roles=(role,))
    return callers.headers(Bearer(principal, ("account.care",), scopes or tuple(OURS)))


def until(callers: Callers, **more: int) -> str:
    return iso(callers.scenario.clock.now() + timedelta(**(more or {"days": 1})))


async def reads(callers: Callers, record: bytes) -> int:
    kim = callers.staff("support", name="kim")
    where = f"{ADA}/records/{record.hex()}"
    return (await callers.get(where, kim, purpose="support.case")).status_code


async def test_a_grant_opens_one_record_to_one_colleague_until_it_is_revoked(
    callers: Callers,
) -> None:
    record, ann = callers.scenario.profile("ada").record, officer(callers)
    asked = {"staff": "kim", "purpose": "support.case", "reason": WHY}
    assert await reads(callers, record) == 404
    made = await callers.send(
        "POST", f"{ADA}/grants", ann, {**asked, "until": until(callers)}
    )
    assert made.status_code == 201
    assert await reads(callers, record) == 200
    gone = f"{ADA}/grants/{made.json()['grant_id']}"
    assert (await callers.send("DELETE", gone, ann)).json() == {"done": True}
    assert await reads(callers, record) == 404
    assert (await callers.send("DELETE", gone, ann)).status_code == 404


async def test_a_unit_opens_what_is_below_it(callers: Callers) -> None:
    record, ann = callers.scenario.profile("ada").record, officer(callers)
    steps = (
        ("units/school", {"kind": "school"}),
        ("units/grade.7", {"kind": "grade", "within": "school"}),
        ("units/school/posts/kim", {"until": until(callers)}),
        ("units/grade.7/customers/ada", None),
    )
    for path, body in steps:
        assert (await callers.send("PUT", f"/v1/org/{path}", ann, body)).is_success
    assert await reads(callers, record) == 200
    chart = (await callers.get("/v1/org", ann)).json()
    assert [each["unit"] for each in chart["units"]] == ["grade.7", "school"]
    assert chart["posts"][0]["staff"] == "kim"
    cycle = await callers.send(
        "PUT", "/v1/org/units/school", ann, {"kind": "school", "within": "grade.7"}
    )
    assert (cycle.status_code, cycle.json()["code"]) == (409, "org.cycle")
    full = await callers.send("DELETE", "/v1/org/units/school", ann)
    assert (full.status_code, full.json()["code"]) == (409, "org.not_empty")
    for path in ("units/grade.7/customers/ada", "units/school/posts/kim"):
        assert (await callers.send("DELETE", f"/v1/org/{path}", ann)).is_success
    assert await reads(callers, record) == 404
    for path in ("units/grade.7", "units/school"):
        assert (await callers.send("DELETE", f"/v1/org/{path}", ann)).is_success


async def test_what_stands_about_a_customer_is_told_in_one_answer(
    callers: Callers,
) -> None:
    ann = officer(callers)
    end = until(callers)
    await callers.send("PUT", f"{ADA}/assignments/kim", ann, {"until": end})
    held = await callers.send("POST", f"{ADA}/holds", ann, {"reason": WHY})
    restricted = {"restricted": True, "reason": WHY}
    await callers.send("PUT", f"{ADA}/restriction", ann, restricted)
    assert (await callers.get(f"{ADA}/reach", ann)).json() == {
        "state": "restricted",
        "units": [],
        "assignments": [{"staff": "kim", "until": end}],
        "grants": [],
        "holds": [{"hold_id": held.json()["hold_id"], "record_id": None}],
    }
    lifting = f"{ADA}/holds/{held.json()['hold_id']}/lifting"
    assert (await callers.send("POST", lifting, ann, {"reason": WHY})).is_success
    restricted["restricted"] = False
    assert (await callers.send("PUT", f"{ADA}/restriction", ann, restricted)).is_success
    assert (await callers.send("DELETE", f"{ADA}/assignments/kim", ann)).is_success
    assert (await callers.get("/v1/customers/bob/reach", ann)).status_code == 404


async def test_what_a_customer_restricted_is_lifted_once_they_were_told(
    callers: Callers,
) -> None:
    record, ann = callers.scenario.profile("ada").record, officer(callers)
    await callers.send("PUT", f"{ADA}/assignments/kim", ann, {"until": until(callers)})
    path, ada = "/v1/me/restriction", callers.customer("ada")
    await callers.send("POST", path, ada, {"ground": "accuracy"})
    lifted = {"restricted": False, "reason": WHY}
    untold = await callers.send("PUT", f"{ADA}/restriction", ann, lifted)
    assert (untold.status_code, untold.json()["code"]) == (409, "restriction.customers")
    for days in (-1, 1):
        told = {**lifted, "told_at": until(callers, days=days)}
        wrong = await callers.send("PUT", f"{ADA}/restriction", ann, told)
        assert wrong.status_code == 422
        assert wrong.json()["faults"][0]["pointer"] == "/told_at"
    assert await reads(callers, record) == 403
    callers.scenario.clock.advance(hours=2)
    told = {**lifted, "told_at": until(callers, hours=-1)}
    assert (await callers.send("PUT", f"{ADA}/restriction", ann, told)).is_success
    assert await reads(callers, record) == 200
    assert not (await callers.get(path, ada)).json()["restricted"]
    again = await callers.send("PUT", f"{ADA}/restriction", ann, told)
    assert (again.status_code, again.json()["code"]) == (409, "state.unchanged")


async def test_an_instant_of_telling_belongs_to_a_lifting(callers: Callers) -> None:
    asked = {"restricted": True, "reason": WHY, "told_at": until(callers, hours=-1)}
    sent = await callers.send("PUT", f"{ADA}/restriction", officer(callers), asked)
    assert sent.status_code == 422
    assert sent.json()["faults"][0]["pointer"] == "/told_at"


async def test_a_customer_under_a_hold_is_told_why_they_cannot_be_erased(
    callers: Callers,
) -> None:
    await callers.send("POST", f"{ADA}/holds", officer(callers), {"reason": WHY})
    answer = await callers.send("POST", "/v1/me/erasure", callers.customer("ada"))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (403, "hold.erasure")
    assert problem["reasons"][0]["article"] == "GDPR 17(3)(e); PIPL 47(2)"
    assert problem["fix"]
    assert (await callers.get("/v1/me", callers.customer("ada"))).is_success


@pytest.mark.parametrize("scope", sorted(OURS))
async def test_each_call_takes_its_own_scope_and_one_of_two_roles(
    callers: Callers, scope: Scope
) -> None:
    calls = {
        Scope.REACH_READ: ("GET", f"{ADA}/reach"),
        Scope.ORG_WRITE: ("DELETE", "/v1/org/units/north"),
        Scope.ASSIGNMENTS_WRITE: ("DELETE", f"{ADA}/assignments/kim"),
        Scope.GRANTS_WRITE: ("POST", f"{ADA}/grants"),
        Scope.HOLDS_WRITE: ("POST", f"{ADA}/holds"),
        Scope.RESTRICTIONS_WRITE: ("PUT", f"{ADA}/restriction"),
    }
    method, path = calls[scope]
    others = officer(callers, *(OURS - {scope}))
    answer = await callers.send(method, path, others, {})
    assert (answer.status_code, answer.json()["code"]) == (403, "token.scope")
    support = officer(callers, scope, role="support")
    answer = await callers.send(method, path, support, {})
    assert (answer.status_code, answer.json()["code"]) == (403, "token.role")
    for role in ("legal", "privacy_officer"):
        able = officer(callers, scope, role=role)
        assert (await callers.send(method, path, able, {})).status_code != 403


async def test_a_reason_is_never_optional(callers: Callers) -> None:
    ann = officer(callers)
    for path, body in (
        ("grants", {"staff": "kim", "purpose": "p", "until": until(callers)}),
        ("holds", {}),
    ):
        for reason in ({}, {"reason": ""}, {"reason": " "}):
            sent = await callers.send("POST", f"{ADA}/{path}", ann, body | reason)
            assert sent.status_code == 422


def test_no_token_carries_these_scopes_unless_asked_for_by_name() -> None:
    assert OURS <= BY_NAME
    assert SCOPES_OF[Kind.STAFF] >= OURS
    assert not any(OURS & SCOPES_OF[kind] for kind in set(Kind) - {Kind.STAFF})
