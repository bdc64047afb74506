"""From a bundle that somebody wrote to the bundle that decides, on a whole house."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import pytest
from bundles import changed, replaced, shipped
from engines import FakeEngine, allowing
from houses import CASE, Scenario, opened
from recatalogued import accept
from revisions import narrower, reworded, wider

from kit.errors import Conflict, Invalid
from pdp.bundle.bundle import TABLES, Bundle
from pdp.bundle.findings import Finding
from pdp.bundle.judged import Judged
from pdp.change.activator import Activator
from pdp.change.history import activations
from pdp.change.shadow import divergences
from pdp.decision.port import Engine
from pdp.engines.regorus import RegorusEngine
from pdp.review.checks import PolicyUnfit, require_former
from server.house.policy_services import unfitting

WHY = "customers asked to be called back"


def activator(scenario: Scenario, *more: Engine) -> Activator:
    """An activator that makes up fewer questions; it may have further engines."""
    governing = scenario.house.governing

    @contextmanager
    def engines(bundle: Bundle) -> Iterator[Sequence[Engine]]:
        embedded = RegorusEngine(bundle, deadline=timedelta(seconds=10))
        try:
            yield [embedded, *more]
        finally:
            embedded.close()

    return Activator(
        database=scenario.house.vault_db,
        proposals=governing.proposals,
        folder=scenario.house.home.policies,
        observed=scenario.house.vault.observed,
        engines=engines,
        fits=lambda bundle: unfitting(scenario.house.home.catalogue, bundle),
        publish=scenario.house.log.publish,
        generated=200,
    )


def approve(
    scenario: Scenario,
    number: int,
    by: str = "ben",
    *,
    widening: bool = False,
    reason: str = "",
) -> None:
    proposals = scenario.house.governing.proposals
    with scenario.house.vault_db.write() as session:
        proposals.approve(session, number, by=by, widening=widening, reason=reason)


def state(scenario: Scenario) -> tuple[int, list[str]]:
    history = [each.digest for each in activations(scenario.house.vault_db.reader())]
    with scenario.house.vault_db.read() as session:
        return len(scenario.house.governing.proposals.list(session)), history


@pytest.mark.parametrize(
    ("bundle", "pointer"),
    [
        (
            changed("legal/hold.rego", "deny contains", "deny contain"),
            "/legal/hold.rego:12:1",
        ),
        (
            changed("tables/data.json", '"contact": "last4"', '"contact": "drop"'),
            "/cases/",
        ),
        (
            changed("legal/hold.rego", '"write"', '"wrote"'),
            "/legal/hold.rego:12:1",
        ),
    ],
    ids=["does not parse", "a case fails", "a rule is broken"],
)
def test_what_fails_a_check_is_not_proposed(
    scenario: Scenario, bundle: Bundle, pointer: str
) -> None:
    before = state(scenario)
    with pytest.raises(PolicyUnfit) as refusal:
        activator(scenario).propose(bundle, by="ann")
    assert refusal.value.faults[0].pointer.startswith(pointer)
    assert state(scenario) == before
    assert not (scenario.house.home.policies / bundle.digest).exists()


def without_purpose(name: str) -> Bundle:
    tables = json.loads(shipped().texts[TABLES])
    del tables["purposes"][name]
    return replaced(TABLES, json.dumps(tables))


def test_a_purpose_that_the_catalogue_names_does_not_leave_unnoticed(
    scenario: Scenario,
) -> None:
    with pytest.raises(PolicyUnfit) as refusal:
        activator(scenario).propose(without_purpose("marketing.sms"), by="ann")
    assert "marketing.sms" in refusal.value.faults[0].message
    assert refusal.value.faults[0].pointer == "/catalogue"


def test_a_house_opens_under_policies_that_lack_a_purpose_with_a_notice(
    scenario: Scenario,
) -> None:
    catalogue = scenario.house.home.catalogue
    lines = catalogue.read_text().splitlines(keepends=True)
    catalogue.write_text("".join(it for it in lines if "marketing.sms" not in it))
    scenario.put_in_force(without_purpose("marketing.sms"))
    accept(scenario.home, scenario.clock)
    with opened(scenario.home, scenario.clock) as again:
        assert "marketing.sms" not in again.house.purposes.names


def test_a_change_that_only_closes_takes_one_other_principal(
    scenario: Scenario,
) -> None:
    scenario.customer()
    scenario.profile()
    proposal, examined = activator(scenario).propose(narrower(), by="ann")
    assert not proposal.widens
    assert any("contact" in line for line in examined.lines())
    with pytest.raises(Conflict, match="lacks an approval"):
        activator(scenario).activate(proposal.number, by="ann")
    approve(scenario, proposal.number)
    activator(scenario).activate(proposal.number, by="ann")
    assert state(scenario)[1] == [narrower().digest, shipped().digest]


def test_a_change_that_opens_takes_a_third_with_a_reason(scenario: Scenario) -> None:
    proposal, examined = activator(scenario).propose(wider(), by="ann")
    assert proposal.widens
    assert any(line.startswith("opens: ") for line in examined.lines())
    approve(scenario, proposal.number)
    with pytest.raises(Conflict, match="with a reason"):
        activator(scenario).activate(proposal.number, by="ann")
    approve(scenario, proposal.number, by="cat", widening=True, reason=WHY)
    activator(scenario).activate(proposal.number, by="ann")
    assert state(scenario)[1] == [wider().digest, shipped().digest]


def test_the_ledger_tells_what_the_checks_showed(scenario: Scenario) -> None:
    proposal, _ = activator(scenario).propose(reworded(), by="ann")
    approve(scenario, proposal.number)
    done = activator(scenario).activate(proposal.number, by="ann")
    facts = scenario.house.log.operator(done.entry).statement()["facts"]
    assert facts["digest"] == reworded().digest
    assert facts["previous"] == shipped().digest
    assert facts["compared"] >= 200
    assert (facts["differing"], facts["diverged"]) == (0, 0)


def test_the_way_back_is_at_once_where_it_opens_nothing(scenario: Scenario) -> None:
    proposal, _ = activator(scenario).propose(reworded(), by="ann")
    approve(scenario, proposal.number)
    activator(scenario).activate(proposal.number, by="ann")
    way_back = activator(scenario).roll_back(shipped().digest, by="ann", reason=WHY)
    assert way_back.state == "active"
    assert state(scenario)[1][0] == shipped().digest


def test_the_way_back_needs_another_where_it_opens_something(
    scenario: Scenario,
) -> None:
    proposal, _ = activator(scenario).propose(narrower(), by="ann")
    approve(scenario, proposal.number)
    activator(scenario).activate(proposal.number, by="ann")
    way_back = activator(scenario).roll_back(shipped().digest, by="ann", reason=WHY)
    assert way_back.state == "open"
    approve(scenario, way_back.number, widening=True, reason=WHY)
    activator(scenario).activate(way_back.number, by="ann")
    assert state(scenario)[1][0] == shipped().digest


def test_a_finding_that_is_newer_than_they_are_does_not_close_the_way_back(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal, _ = activator(scenario).propose(reworded(), by="ann")
    approve(scenario, proposal.number)
    activator(scenario).activate(proposal.number, by="ann")
    newer = Finding("legal/hold.rego", 1, 1, "newer", "no case tries this", "write one")
    monkeypatch.setattr("pdp.review.checks.lint", lambda _: [newer])
    monkeypatch.setattr("pdp.review.checks._FIT", Judged())
    with pytest.raises(PolicyUnfit, match="failed their checks"):
        activator(scenario).propose(narrower(), by="ann")
    way_back = activator(scenario).roll_back(shipped().digest, by="ann", reason=WHY)
    assert way_back.state == "active"
    assert state(scenario)[1][0] == shipped().digest


@pytest.mark.parametrize(
    "bundle",
    [
        changed("tables/data.json", '"contact": "last4"', '"contact": "drop"'),
        changed("tables/data.json", '"contact": "last4"', '"contact": "blurred"'),
        changed(
            *("legal/hold.rego", "installed := true"),
            "installed := true\n\nlate if time.now_ns() > 0",
        ),
    ],
    ids=["a case fails", "a word is not known", "a clock"],
)
def test_what_no_longer_says_what_it_said_is_no_way_back(bundle: Bundle) -> None:
    with pytest.raises(PolicyUnfit):
        require_former(bundle)


def test_there_is_no_way_back_to_what_was_never_in_force(scenario: Scenario) -> None:
    activator(scenario).propose(narrower(), by="ann")
    with pytest.raises(Invalid) as refusal:
        activator(scenario).roll_back(narrower().digest, by="ann", reason=WHY)
    assert refusal.value.faults[0].pointer == "/digest"


def test_nothing_is_activated_on_which_two_engines_differ(scenario: Scenario) -> None:
    proposal, _ = activator(scenario).propose(reworded(), by="ann")
    approve(scenario, proposal.number)
    before = state(scenario)
    open_to_all = FakeEngine(allowing(), revision=reworded().digest)
    with pytest.raises(Conflict, match="the smallest: ") as refusal:
        activator(scenario, open_to_all).activate(proposal.number, by="ann")
    assert refusal.value.reason_code == "policy.engines_differ"
    assert state(scenario) == before


def test_what_would_be_decided_otherwise_is_counted_in_the_shadow(
    scenario: Scenario,
) -> None:
    scenario.customer()
    written = scenario.profile()
    proposal, _ = activator(scenario).propose(narrower(), by="ann")
    approve(scenario, proposal.number)
    follower = scenario.house.governing.follower
    follower.poll()
    for _ in range(3):
        assert scenario.read(CASE, "ada", written).values["phone"].startswith("•")
    follower.flush()
    with scenario.house.vault_db.read() as session:
        ((found, records),) = divergences(session, narrower().digest, shipped().digest)
    assert records == 3
    assert found.enforced == "allowed: contact last4, identity clear"
    assert found.would_be == "allowed: identity clear"
    assert "ada" not in found.question
    done = activator(scenario).activate(proposal.number, by="ann")
    assert scenario.house.log.operator(done.entry).statement()["facts"]["diverged"] == 3
