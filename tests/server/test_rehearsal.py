"""Policies on their way into a house that an OPA server decides for, all of it real."""

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest
from bundles import changed
from houses import CASE, Story
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


def activator(story: Story, settings: Settings) -> Activator:
    """One that opens the engines of these settings, and makes up fewer questions."""
    house = story.house
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


def approved(story: Story, bundle: Bundle) -> int:
    proposal, _ = activator(story, story.house.settings).propose(bundle, by="ann")
    with story.house.vault_db.write() as session:
        story.house.governing.proposals.approve(session, proposal.number, by="ben")
    return proposal.number


def outcome(story: Story, written: WriteResult) -> str:
    try:
        shown = story.read(CASE, "ada", written).values
    except Unavailable:
        return "denied"
    return "old" if "phone" in shown else "new"


def test_an_opa_is_given_new_policies_and_no_read_mixes_two(
    story: Story, tmp_path: Path
) -> None:
    story.customer()
    written = story.profile()
    number = approved(story, narrower())
    with (
        listening(story) as vault,
        asking(story, vault, tmp_path / "decides") as decides,
        asking(story, vault, tmp_path / "rehearses", rehearsal=True) as rehearses,
    ):
        settings = Settings(
            home=story.home, opa_url=decides, opa_rehearsal_url=rehearses
        )
        with open_house(settings, clock=story.clock) as house:
            asked = Story(house, story.clock, story.home)
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
def number(story: Story) -> int:
    return approved(story, reworded())


@pytest.fixture
def in_force(story: Story, number: int) -> Iterator[None]:
    """What is in force, and what was proposed, stay as they are."""
    before = activations(story.house.vault_db.reader())
    yield
    assert activations(story.house.vault_db.reader()) == before
    with story.house.vault_db.read() as session:
        assert story.house.governing.proposals.get(session, number).state == "open"


def refused(story: Story, number: int, settings: Settings) -> Conflict:
    with pytest.raises(Conflict) as refusal:
        activator(story, settings).activate(number, by="ann")
    assert refusal.value.fix
    return refusal.value


@pytest.mark.usefixtures("in_force")
def test_where_an_opa_decides_there_has_to_be_one_that_rehearses(
    story: Story, number: int
) -> None:
    settings = Settings(home=story.home, opa_url="http://127.0.0.1:1")
    assert refused(story, number, settings).reason_code == "policy.no_rehearsal"


@pytest.mark.usefixtures("in_force")
def test_an_opa_that_has_not_pulled_the_candidate_rehearses_nothing(
    story: Story, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.house.engines.PULLED_WITHIN", 0.5)
    with serving(narrower(), tmp_path) as url:
        settings = Settings(home=story.home, opa_url=url, opa_rehearsal_url=url)
        assert refused(story, number, settings).reason_code == "policy.not_pulled"


@pytest.mark.usefixtures("in_force")
def test_what_the_two_engines_answer_differently_is_not_activated(
    story: Story, number: int, tmp_path: Path
) -> None:
    other = changed("tables/data.json", '"contact": "last4"', '"contact": "clear"')
    packed = tmp_path / "bundle.tar.gz"
    packed.write_bytes(archive(replace(other, digest=reworded().digest), SIGNER))
    with running(pulling(packed.as_uri(), SIGNER), tmp_path) as url:
        settled(url, tmp_path / "opa.log")
        settings = Settings(home=story.home, opa_url=url, opa_rehearsal_url=url)
        error = refused(story, number, settings)
    assert error.reason_code == "policy.engines_differ"
    assert '"contact"' in error.detail
