"""Each process puts in force what was activated by any, or decides nothing."""

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from asking import alarms
from engines import FakeEngine
from houses import CASE, Scenario, opened
from revisions import narrower, reworded

from kit.errors import Unavailable
from server.house.policy_reload import INTERVAL
from vault import WriteResult

SOON = timedelta(milliseconds=20)


@pytest.fixture
def other(scenario: Scenario) -> Iterator[Scenario]:
    """A second process's house over the same home."""
    with opened(scenario.home, scenario.clock) as second:
        yield second


@pytest.fixture
def written(scenario: Scenario) -> WriteResult:
    scenario.customer()
    return scenario.profile()


def shown(scenario: Scenario, written: WriteResult) -> set[str]:
    return set(scenario.read(CASE, "ada", written).values)


def test_what_one_process_activates_the_other_follows(
    scenario: Scenario, other: Scenario, written: WriteResult
) -> None:
    assert "phone" in shown(other, written)
    scenario.put_in_force(narrower())
    other.house.governing.follower.poll()
    assert other.house.bundle == narrower()
    assert "phone" not in shown(other, written)


def test_a_running_process_follows_by_itself(
    scenario: Scenario, other: Scenario, written: WriteResult
) -> None:
    assert timedelta(seconds=2) > 2 * INTERVAL
    with other.house.governing.follower.running(SOON):
        scenario.put_in_force(narrower())
        until = time.monotonic() + 20
        while other.house.bundle != narrower() and time.monotonic() < until:
            time.sleep(0.01)
    assert "phone" not in shown(other, written)


DAMAGES = {
    "its folder is gone": shutil.rmtree,
    "a file of it was changed": lambda folder: (folder / "README.md").write_text("x"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_process_that_cannot_load_what_is_in_force_decides_nothing(
    scenario: Scenario, other: Scenario, written: WriteResult, damage: str
) -> None:
    scenario.put_in_force(narrower())
    folder = scenario.house.home.policies / narrower().digest
    kept = shutil.copytree(folder, scenario.home / "kept")
    DAMAGES[damage](folder)
    with alarms() as raised, other.house.governing.follower.running(SOON):
        time.sleep(0.3)
    assert "policies_damaged" in raised
    with pytest.raises(Unavailable) as refusal:
        shown(other, written)
    assert refusal.value.reason_code == "gate.not_loaded"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept, folder)
    other.house.governing.follower.poll()
    assert "phone" not in shown(other, written)


def test_a_table_that_was_edited_closes_the_process(
    scenario: Scenario, other: Scenario, written: WriteResult
) -> None:
    scenario.put_in_force(narrower())
    with scenario.house.vault_db.write() as session:
        session.connection().exec_driver_sql(
            "INSERT INTO pdp_activation SELECT 3, digest, at, entry"
            " FROM pdp_activation WHERE number = 1"
        )
    with alarms() as raised, other.house.governing.follower.running(SOON):
        time.sleep(0.3)
    # The bundle of the founding is the very one that this process has loaded.
    assert "policies_not_approved" in raised
    with pytest.raises(Unavailable):
        shown(other, written)


def test_a_bundle_whose_canary_dies_is_not_switched_to(
    scenario: Scenario,
    other: Scenario,
    written: WriteResult,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenario.put_in_force(reworded())
    monkeypatch.setattr(
        "server.house.engines.engine_of",
        lambda bundle, _: FakeEngine(revision=bundle.digest),
    )
    with alarms() as raised, other.house.governing.follower.running(SOON):
        time.sleep(0.3)
    assert "policies_canary" in raised
    with pytest.raises(Unavailable):
        shown(other, written)
