"""Policies on their way into a house that an OPA server decides for, all of it real."""

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest
from bundles import changed
from houses import CASE, Scenario
from opa_served import asking, listening
from opa_servers import SIGNER, pulling, running, serving, settled
from revisions import narrower, reworded

from kit.errors import Conflict, Unavailable
from kit.settings import Settings
from pdp.bundle.bundle import Bundle
from pdp.bundle.bundle_archive import archive
from pdp.change.activator import Activator
from pdp.change.history import activations
from server.house.engines import rehearsing
from server.house.wiring import open_house
from vault import WriteResult


def activator(scenario: Scenario, settings: Settings) -> Activator:
    """One that opens the engines of these settings, and makes up fewer questions."""
    house = scenario.house
    return Activator(
        database=house.vault_db,
        proposals=house.governing.proposals,
        folder=house.home.policies,
        observed=house.vault.observed,
        engines=lambda bundle: rehearsing(bundle, settings),
        fits=lambda _: [],
        publish=house.log.publish,
        generated=200,
    )


def approved(scenario: Scenario, bundle: Bundle) -> int:
    proposal, _ = activator(scenario, scenario.house.settings).propose(bundle, by="ann")
    with scenario.house.vault_db.write() as session:
        scenario.house.governing.proposals.approve(session, proposal.number, by="ben")
    return proposal.number


def outcome(scenario: Scenario, written: WriteResult) -> str:
    try:
        shown = scenario.read(CASE, "ada", written).values
    except Unavailable:
        return "denied"
    return "old" if "phone" in shown else "new"


def test_an_opa_is_given_new_policies_and_no_read_mixes_two(
    scenario: Scenario, tmp_path: Path
) -> None:
    scenario.customer()
    written = scenario.profile()
    number = approved(scenario, narrower())
    with (
        listening(scenario) as vault,
        asking(scenario, vault, tmp_path / "decides") as decides,
        asking(scenario, vault, tmp_path / "rehearses", rehearsal=True) as rehearses,
    ):
        settings = Settings(
            home=scenario.home, opa_url=decides, opa_rehearsal_url=rehearses
        )
        with open_house(settings, clock=scenario.clock) as house:
            asked = Scenario(house, scenario.clock, scenario.home)
            assert outcome(asked, written) == "old"
            activator(asked, settings).activate(number, by="ann")
            outcomes = [outcome(asked, written)]
            until = time.monotonic() + 20
            with house.governing.follower.running():
                while outcomes[-1] != "new" and time.monotonic() < until:
                    outcomes.append(outcome(asked, written))
                    time.sleep(0.02)
    stages = [stage for stage, _ in groupby(outcomes)]
    assert stages in (["old", "denied", "new"], ["denied", "new"], ["old", "new"])


@pytest.fixture
def number(scenario: Scenario) -> int:
    return approved(scenario, reworded())


@pytest.fixture
def in_force(scenario: Scenario, number: int) -> Iterator[None]:
    """What is in force, and what was proposed, stay as they are."""
    before = activations(scenario.house.vault_db.reader())
    yield
    assert activations(scenario.house.vault_db.reader()) == before
    with scenario.house.vault_db.read() as session:
        assert scenario.house.governing.proposals.get(session, number).state == "open"


def refused(scenario: Scenario, number: int, settings: Settings) -> Conflict:
    with pytest.raises(Conflict) as refusal:
        activator(scenario, settings).activate(number, by="ann")
    assert refusal.value.fix
    return refusal.value


@pytest.mark.usefixtures("in_force")
def test_where_an_opa_decides_there_has_to_be_one_that_rehearses(
    scenario: Scenario, number: int
) -> None:
    settings = Settings(home=scenario.home, opa_url="http://127.0.0.1:1")
    assert refused(scenario, number, settings).reason_code == "policy.no_rehearsal"


@pytest.mark.usefixtures("in_force")
def test_an_opa_that_has_not_pulled_the_candidate_rehearses_nothing(
    scenario: Scenario, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.house.engines.PULLED_WITHIN", 0.5)
    with serving(narrower(), tmp_path) as url:
        settings = Settings(home=scenario.home, opa_url=url, opa_rehearsal_url=url)
        assert refused(scenario, number, settings).reason_code == "policy.not_pulled"


@pytest.mark.usefixtures("in_force")
def test_what_the_two_engines_answer_differently_is_not_activated(
    scenario: Scenario, number: int, tmp_path: Path
) -> None:
    other = changed("tables/data.json", '"contact": "last4"', '"contact": "clear"')
    packed = tmp_path / "bundle.tar.gz"
    packed.write_bytes(archive(replace(other, digest=reworded().digest), SIGNER))
    with running(pulling(packed.as_uri(), SIGNER), tmp_path) as url:
        settled(url, tmp_path / "opa.log")
        settings = Settings(home=scenario.home, opa_url=url, opa_rehearsal_url=url)
        error = refused(scenario, number, settings)
    assert error.reason_code == "policy.engines_differ"
    assert '"contact"' in error.detail
