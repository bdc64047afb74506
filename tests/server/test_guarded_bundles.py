"""What a bundle may call and must hold is not its own to say, on any way to an engine.

A bundle that an older program let through lies in the home, approved by three
principals and in force as the ledger shows: what refuses it then is no check that was
made when it was proposed.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
from asking import alarms
from bundles import GATE, changed, shipped
from callers import Callers, calling
from commands import allod
from houses import CASE, Scenario, opened
from opa_served import PULLER
from smuggled import clockwork, proposed, put_in_force, shadowing

from kit.errors import CannotStart, Unavailable
from kit.settings import Settings
from pdp.bundle.bundle import CAPABILITIES, MANIFEST, Bundle, BundleError, from_texts
from pdp.decision.question import Kind
from pdp.review.checks import PolicyUnfit
from server.auth.principals import Bearer, Scope
from server.house.wiring import open_house
from vault import Principal

Texts = Callable[[], dict[str, str]]
SMUGGLED = pytest.mark.parametrize("texts", [clockwork, shadowing])
SCOPE = Scope.POLICIES_PROPOSE
ANN = Bearer(Principal(Kind.STAFF, "ann", roles=("legal",)), (), (SCOPE,))


@pytest.fixture
async def callers(scenario: Scenario) -> AsyncIterator[Callers]:
    async with calling(scenario) as callers:
        yield callers


def folder(root: Path, texts: Mapping[str, str]) -> Path:
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


@SMUGGLED
def test_lint_and_test_refuse_it_and_name_file_and_remedy(
    texts: Texts, tmp_path: Path
) -> None:
    mine = folder(tmp_path / "mine", texts())
    for command in ("lint", "test"):
        ran = allod("policy", command, "--policies", mine)
        assert ran.code != 0
        assert "time" in ran.out + ran.err
        assert ".json:" in ran.out + ran.err or "hold.rego:" in ran.out + ran.err


@SMUGGLED
async def test_it_cannot_be_proposed(texts: Texts, callers: Callers) -> None:
    old = shipped().texts
    files = {path: text for path, text in texts().items() if old.get(path) != text}
    answer = await callers.send(
        "POST", "/v1/policies/proposals", callers.headers(ANN), {"files": files}
    )

    assert answer.status_code == 422
    assert "time" in answer.text


@SMUGGLED
def test_it_cannot_be_activated(texts: Texts, scenario: Scenario) -> None:
    number = proposed(scenario, texts())
    with pytest.raises((BundleError, PolicyUnfit)):
        scenario.house.governing.activator.activate(number, by="ann")


@SMUGGLED
def test_no_house_opens_under_it(texts: Texts, scenario: Scenario) -> None:
    put_in_force(scenario, texts())
    for url in ("", "http://127.0.0.1:1"):
        settings = Settings(home=scenario.home, opa_url=url)
        with pytest.raises(CannotStart, match="time") as refusal:
            open_house(settings, clock=scenario.clock)
        assert refusal.value.fix


@SMUGGLED
def test_a_process_that_runs_closes_over_it(texts: Texts, scenario: Scenario) -> None:
    scenario.customer()
    written = scenario.profile()
    with opened(scenario.home, scenario.clock) as other:
        put_in_force(scenario, texts())
        with pytest.raises(BundleError, match="time"):
            other.house.governing.follower.poll()
        with pytest.raises(Unavailable):
            other.read(CASE, "ada", written)


@SMUGGLED
async def test_no_opa_is_handed_it(texts: Texts, callers: Callers) -> None:
    who = callers.headers(PULLER)
    for path in ("/v1/bundle", "/v1/bundle/candidate"):
        assert (await callers.get(path, who)).status_code == 200
    put_in_force(callers.scenario, texts())
    for path in ("/v1/bundle", "/v1/bundle/candidate"):
        answer = await callers.get(path, who)
        assert answer.status_code == 500
        assert b"time.now_ns" not in answer.content


@SMUGGLED
async def test_no_opa_rehearses_it(texts: Texts, callers: Callers) -> None:
    proposed(callers.scenario, texts())
    who = callers.headers(PULLER)

    assert (await callers.get("/v1/bundle/candidate", who)).status_code == 500
    assert (await callers.get("/v1/bundle", who)).status_code == 200


@SMUGGLED
def test_it_decides_nothing_in_the_shadow(texts: Texts, scenario: Scenario) -> None:
    proposed(scenario, texts())
    with alarms(), pytest.raises(BundleError, match="time"):
        scenario.house.governing.follower.poll()
    assert scenario.house.policies.deciding()[1] is None


def narrowed() -> Bundle:
    listed = json.loads(shipped().texts[CAPABILITIES])
    listed["builtins"].remove("upper")
    return from_texts({**shipped().texts, CAPABILITIES: json.dumps(listed)})


def extended() -> Bundle:
    manifest = json.loads(shipped().texts[MANIFEST])
    return from_texts({**shipped().texts, MANIFEST: json.dumps(manifest)})


@pytest.mark.parametrize(
    "bundle",
    [
        narrowed(),
        extended(),
        changed(GATE, "# The legal rules are asked", "# Legal's rules are asked"),
        changed(GATE, "valid if count(faults) == 0", "valid if faults == set()"),
    ],
    ids=["built-ins", "manifest", "the gate's words", "the gate's rules"],
)
def test_a_change_of_what_judges_a_bundle_counts_as_opening(
    bundle: Bundle, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scenario.house.governing.activator, "_generated", 100)
    proposal, examined = scenario.house.governing.activator.propose(bundle, by="ann")

    assert proposal.widens
    assert proposal.lacking == "an approval of the widening, with a reason"
    assert any(line.startswith("opens: ") for line in examined.lines())
