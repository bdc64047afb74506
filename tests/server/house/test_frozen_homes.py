"""What every later program has to do with a copy of each home that a release left.

`tests/homes/` holds them: it opens, answers as it did, is governed, gives out, forgets,
and what its people kept outside verifies. A program that fails here loses its users'
homes; the homes are not mended, the program is.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import allod
from houses import CASE, IDEA, Scenario
from import_files import lines, run
from old_homes import HOMES, RELEASES, OldHome, unpacked
from revisions import narrower, reworded

from kit.errors import NotFound, Refused
from kit.settings import Settings
from ledger.checks.audit import fsck
from pdp.change.activator import Activator
from pdp.change.proposal import Proposal
from server.cli.console import ExitCode
from server.house.upgrading import upgrade_home
from server.house.wiring import open_house
from vault import Item

WHY = "a test"
OUTSIDE = [
    (release, path.name)
    for release in RELEASES
    for path in sorted((HOMES / release / "out").iterdir())
    if path.name not in {"policy.txt", "tsa.pem"}
]


@pytest.fixture(params=RELEASES)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> OldHome:
    return unpacked(request.param, tmp_path / "home")


@pytest.fixture
def scenario(old: OldHome, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scenario]:
    monkeypatch.setitem(Activator.__init__.__kwdefaults__, "generated", 100)
    settings, clock = Settings(home=old.home), old.clock()
    upgrade_home(settings, clock=clock)
    with open_house(settings, clock=clock) as house:
        yield Scenario(house, clock, old.home)


def test_it_is_upgraded_and_found_sound(old: OldHome) -> None:
    assert allod("upgrade", "--home", old.home).code == ExitCode.OK
    for command in (("doctor",), ("ledger", "fsck")):
        ran = allod(*command, "--home", old.home)
        assert ran.code == ExitCode.OK, ran.out + ran.err


def test_each_record_is_read_through_the_gate_with_the_values_it_had(
    old: OldHome, scenario: Scenario
) -> None:
    for name, expected in old.said["reads"].items():
        customer, record = name.split("/")[0], old.record(name)
        own = scenario.house.gate.read(scenario.own(customer), None, record)
        assert dict(own.values) == expected["own"]
        if "service" in expected:
            shown = scenario.house.gate.read(CASE, customer, record)
            assert dict(shown.values) == expected["service"]


def test_a_listing_holds_what_was_written_and_not_what_was_removed(
    old: OldHome, scenario: Scenario
) -> None:
    ideas = scenario.house.gate.list_records(scenario.own("ada"), None, "idea")
    named = {old.record("ada/idea"), old.record("ada/unlicensed")}
    assert {each.record for each in ideas.items} == named
    if "ada/removed" in old.said["records"]:
        with pytest.raises(NotFound):
            scenario.house.gate.read(
                scenario.own("ada"), None, old.record("ada/removed")
            )


@pytest.mark.timeout(600)
def test_its_policies_are_changed_and_earlier_ones_gone_back_to(
    old: OldHome, scenario: Scenario
) -> None:
    house, activator = scenario.house, scenario.house.governing.activator
    now = house.bundle.digest
    before = old.said.get("policies", {}).get("before", now)
    new = reworded() if now == narrower().digest else narrower()
    proposal, _ = activator.propose(new, by="ann")
    _agreed(scenario, proposal)
    assert house.bundle.digest == new.digest
    _agreed(scenario, activator.roll_back(before, by="ann", reason=WHY))
    assert house.bundle.digest == before


@pytest.mark.timeout(600)
def test_policies_that_were_half_agreed_upon_are_put_in_force(
    old: OldHome, scenario: Scenario
) -> None:
    house, left = scenario.house, old.said.get("policies", {}).get("half_agreed")
    with house.vault_db.read() as session:
        waiting = house.governing.proposals.waiting(session, approved=False)
        assert waiting == (left and left["digest"])
        if left is None:
            return
        half = house.governing.proposals.get(session, left["number"])
    assert [each.approver for each in half.approvals] == ["ben"]
    _agreed(scenario, half, approvers=("cat",))
    assert house.bundle.digest == left["digest"]


def _agreed(
    scenario: Scenario, proposal: Proposal, approvers: tuple[str, ...] = ("ben", "cat")
) -> None:
    """Put a proposal in force, if it is not yet, and decide by it."""
    house, governing = scenario.house, scenario.house.governing
    if proposal.lacking:
        for by in approvers:
            with house.vault_db.write() as session:
                governing.proposals.approve(
                    session,
                    proposal.number,
                    by=by,
                    widening=by == approvers[-1] and proposal.widens,
                    reason=WHY,
                )
        governing.activator.activate(proposal.number, by="ann")
    governing.follower.poll()


def test_a_customer_takes_away_all_that_is_held_and_it_verifies(
    old: OldHome, scenario: Scenario, tmp_path: Path
) -> None:
    archive = tmp_path / "export.zip"
    with archive.open("wb") as file:
        file.writelines(
            scenario.house.exports.write(old.subject("ada"), asked_by="customer")
        )
    _verified(old, archive)
    ran = allod("verify", "chain", archive, "--policy", old.out / "policy.txt")
    assert ran.code == ExitCode.OK, ran.err


def test_a_customer_is_erased_and_the_certificate_verifies(
    old: OldHome, scenario: Scenario, tmp_path: Path
) -> None:
    house = scenario.house
    house.log.publish()
    ticket = house.erasure.erase(old.subject("ada"))
    scenario.clock.advance(days=1)
    house.vault.heartbeat.run_once()
    state = house.erasure.state(ticket.order_id, ticket.secret)
    assert state.certificate is not None
    certificate = tmp_path / "certificate.json"
    certificate.write_text(json.dumps(state.certificate), "utf-8")
    _verified(old, certificate)
    assert house.customers.subject_of("ada") is None
    assert fsck(house.log).clean
    assert list(house.findings()) == []


def test_who_was_erased_held_or_restricted_before_is_so_still(
    old: OldHome, scenario: Scenario
) -> None:
    house = scenario.house
    assert house.customers.subject_of("cleo") is None
    order = bytes.fromhex(old.said["erasure"]["id"])
    assert house.erasure.state(order, old.said["erasure"]["secret"]).step == "certified"
    with pytest.raises(Refused):
        house.erasure.erase(old.subject("ben"))
    assert house.tokens.find(old.said["tokens"]["revoked"]) is None


def test_the_file_that_was_imported_writes_nothing_a_second_time(
    scenario: Scenario, tmp_path: Path
) -> None:
    report = run(scenario.house.imports, tmp_path, lines(20))
    assert (report.written, report.already, report.refused) == (0, 20, 0)


def test_it_takes_what_is_new(old: OldHome, scenario: Scenario) -> None:
    scenario.clock.advance(hours=1)
    hinge = Item("idea", IDEA | {"title": "A hinge"}, "of a later program")
    written = scenario.house.intake.put(scenario.history("ada"), "ada", hinge)
    shown = scenario.house.gate.read(scenario.own("ada"), None, written.record)
    assert shown.values["title"] == "A hinge"
    scenario.house.log.publish()
    assert scenario.house.receipts.of_record(
        old.subject("ada"), written.record
    ).encode()


@pytest.mark.parametrize(("release", "name"), OUTSIDE)
def test_what_its_people_kept_outside_verifies(
    release: str, name: str, tmp_path: Path
) -> None:
    old = unpacked(release, tmp_path / "home")
    _verified(old, old.out / name)


def _verified(old: OldHome, path: Path) -> None:
    out = old.out
    trusted = ("--policy", out / "policy.txt", "--tsa", out / "tsa.pem")
    ran = allod("verify", path, *trusted)
    assert ran.code == ExitCode.OK, ran.err
