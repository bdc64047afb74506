"""The policies are changed over HTTP: three principals, each with a scope of theirs."""

from collections.abc import Iterator
from typing import Any

import pytest
from bundles import shipped
from callers import Callers
from clocks import ManualClock
from houses import CASE, Scenario, lived_in
from revisions import narrower, wider

from pdp.bundle.bundle import Bundle
from pdp.change.activator import Activator
from pdp.decision.question import Kind
from server.auth.principals import Bearer, Scope
from vault import Principal

ROOT = "/v1/policies"
PROPOSALS = f"{ROOT}/proposals"
WHY = "customers asked to be called back"
NOBODYS = "f" * 64


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    """One house for all; at the end of each test the shipped bundle is in force."""
    home = tmp_path_factory.mktemp("changes") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Activator.__init__.__kwdefaults__, "generated", 100)
        with lived_in(home, ManualClock()) as scenario:
            yield scenario


def holding(callers: Callers, name: str, *scopes: Scope) -> dict[str, str]:
    principal = Principal(Kind.STAFF, name, roles=("legal",))
    return callers.headers(Bearer(principal, (), scopes))


def ann(callers: Callers) -> dict[str, str]:
    return holding(callers, "ann", Scope.POLICIES_PROPOSE, Scope.POLICIES_ACTIVATE)


def approver(callers: Callers, name: str = "ben") -> dict[str, str]:
    return holding(callers, name, Scope.POLICIES_APPROVE)


def sent(bundle: Bundle) -> dict[str, Any]:
    """What of a bundle differs from the shipped one."""
    old = shipped().texts
    return {"files": {k: v for k, v in bundle.texts.items() if old.get(k) != v}}


async def proposed(callers: Callers, bundle: Bundle) -> dict[str, Any]:
    answer = await callers.send("POST", PROPOSALS, ann(callers), sent(bundle))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


STEPS = {
    Scope.POLICIES_PROPOSE: [("POST", PROPOSALS), ("DELETE", f"{PROPOSALS}/1")],
    Scope.POLICIES_APPROVE: [("POST", f"{PROPOSALS}/1/approvals")],
    Scope.POLICIES_ACTIVATE: [
        ("POST", f"{PROPOSALS}/1/activation"),
        ("POST", f"{ROOT}/rollback"),
    ],
}


async def test_each_step_takes_the_scope_of_its_own(callers: Callers) -> None:
    for scope, requests in STEPS.items():
        others = [each for each in STEPS if each is not scope]
        outsiders = {
            403: [
                holding(callers, "eve", *others),
                callers.service(),
                callers.auditor(),
                callers.headers(
                    Bearer(Principal(Kind.STAFF, "kim", roles=("support",)), (), ())
                ),
            ],
            401: [{}],
        }
        for method, path in requests:
            for status, headers in outsiders.items():
                for each in headers:
                    answer = await callers.send(method, path, each)
                    assert answer.status_code == status, (method, path, answer.text)


async def test_policies_that_open_something_pass_through_three_hands(
    callers: Callers,
) -> None:
    log = callers.scenario.house.log
    made = await proposed(callers, wider())
    proposal = made["proposal"]
    at = f"{PROPOSALS}/{proposal['number']}"
    assert (proposal["proposer"], proposal["widens"]) == ("ann", True)
    assert any(line.startswith("opens: ") for line in made["changes"])

    early = await callers.send("POST", f"{at}/activation", ann(callers))
    assert early.status_code == 409
    said = await callers.send(
        "POST", f"{at}/approvals", approver(callers, "benjamin"), {}
    )
    assert "widening" in said.json()["lacking"]
    widening = {"widening": True, "reason": WHY}
    again = approver(callers, "benjamin")
    again = await callers.send("POST", f"{at}/approvals", again, widening)
    assert again.status_code in {403, 409}
    cat = approver(callers, "catherine")
    said = await callers.send("POST", f"{at}/approvals", cat, widening)
    assert said.json()["lacking"] == ""

    done = await callers.send("POST", f"{at}/activation", ann(callers))
    assert (done.status_code, done.json()["digest"]) == (200, wider().digest)
    callers.scenario.house.governing.follower.poll()
    lea = holding(callers, "lea", Scope.POLICIES_READ)
    assert (await callers.get(ROOT, lea)).json()["digest"] == wider().digest
    history = (await callers.get(f"{ROOT}/history", lea)).json()["items"]
    assert history[0]["digest"] == wider().digest
    assert history[0]["entry"] == done.json()["entry"]

    way = {"digest": shipped().digest, "reason": WHY}
    back = await callers.send("POST", f"{ROOT}/rollback", ann(callers), way)
    assert (back.json()["state"], back.json()["rollback"]) == ("active", True)
    callers.scenario.house.governing.follower.poll()
    listed = (await callers.get(PROPOSALS, lea)).json()["items"]
    assert [each["state"] for each in listed[:2]] == ["active", "active"]
    said = [str(log.statement(i)) for i in range(back.json()["entry"] + 1)]


async def test_a_bundle_that_fails_is_told_its_places_and_kept_nowhere(
    callers: Callers,
) -> None:
    text = shipped().texts["legal/hold.rego"]
    broken = {"legal/hold.rego": text.replace("deny contains", "deny contain")}
    folder = callers.scenario.house.home.policies
    lea = holding(callers, "lea", Scope.POLICIES_READ)
    before = sorted(folder.iterdir())
    listed = (await callers.get(PROPOSALS, lea)).json()
    answer = await callers.send("POST", PROPOSALS, ann(callers), {"files": broken})
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["pointer"].startswith("/legal/hold.rego:12:1")
    assert sorted(folder.iterdir()) == before
    assert (await callers.get(PROPOSALS, lea)).json() == listed


async def test_what_is_not_there_or_not_possible_is_said_by_its_status(
    callers: Callers,
) -> None:
    legal = holding(callers, "ann", Scope.POLICIES_READ, *STEPS)
    ways = [
        ("GET", f"{PROPOSALS}/999/divergences", None, 404),
        ("POST", f"{PROPOSALS}/999/approvals", {}, 404),
        ("POST", f"{PROPOSALS}/999/activation", None, 404),
        ("DELETE", f"{PROPOSALS}/999", None, 404),
        ("POST", PROPOSALS, {}, 409),
        ("POST", PROPOSALS, {"base": NOBODYS}, 422),
        ("POST", f"{ROOT}/rollback", {"digest": "latest", "reason": WHY}, 422),
        ("POST", f"{ROOT}/rollback", {"digest": NOBODYS, "reason": WHY}, 404),
    ]
    for method, path, body, status in ways:
        answer = await callers.send(method, path, legal, body)
        assert answer.status_code == status, (method, path, answer.text)


async def test_a_proposal_is_approved_by_another_or_taken_back(
    callers: Callers,
) -> None:
    at = f"{PROPOSALS}/{(await proposed(callers, narrower()))['proposal']['number']}"
    own = approver(callers, "ann")
    refused = await callers.send("POST", f"{at}/approvals", own, {})
    assert refused.status_code == 403
    taken = await callers.send("DELETE", at, ann(callers))
    assert taken.json()["state"] == "withdrawn"
    late = await callers.send("POST", f"{at}/approvals", approver(callers), {})
    assert late.status_code == 409


async def test_divergences_in_the_shadow_are_counted_by_class(callers: Callers) -> None:
    scenario = callers.scenario
    scenario.customer()
    written = scenario.profile()
    at = f"{PROPOSALS}/{(await proposed(callers, narrower()))['proposal']['number']}"
    await callers.send("POST", f"{at}/approvals", approver(callers), {})
    scenario.house.governing.follower.poll()
    scenario.read(CASE, "ada", written)
    scenario.house.governing.follower.flush()
    shown = await callers.get(
        f"{at}/divergences", holding(callers, "lea", Scope.POLICIES_READ)
    )
    (found,) = shown.json()["items"]
    assert (found["purpose"], found["records"]) == ("support.case", 1)
    assert "ada" not in shown.text
