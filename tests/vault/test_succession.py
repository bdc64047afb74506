"""A new name and key for the ledger; what the old ones signed stays good."""

from pathlib import Path

import pytest
from allod.proofs import VerificationError
from commands import allod
from houses import Scenario, opened
from one_verifier import verify_receipt

from ledger.checks.audit import fsck
from ledger.checks.copy_check import check
from ledger.checks.static_copy import copy
from ledger.formats import merkle
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.note import open_note
from ledger.formats.signing import ED25519, ML_DSA_44
from ledger.formats.trust_policy import PolicyError, TrustPolicy
from server.cli.console import ExitCode
from vault.keys.ledger_keys import ML_DSA

NEW = "ledger.example/after"


def _contributed(scenario: Scenario) -> str:
    """Make one customer's receipt, as she would keep it."""
    scenario.customer()
    written = scenario.idea("ada")
    scenario.house.log.publish()
    receipt = scenario.house.receipts.of_record(scenario.subject("ada"), written.record)
    return receipt.encode()


def _succeeded(scenario: Scenario) -> TrustPolicy:
    scenario.house.close()
    ran = allod("ledger", "succeed", NEW, "--home", scenario.home, "--json")
    assert ran.code == ExitCode.OK
    return TrustPolicy.parse(ran.document["policy"])


def test_the_new_logs_first_entry_commits_to_the_old_ones_last_checkpoint(
    scenario: Scenario,
) -> None:
    _contributed(scenario)
    old = scenario.house.log
    old_policy, origin = old.policy, old.origin
    policy = _succeeded(scenario)
    assert {each.name for each in policy.logs} == {origin, NEW}
    with opened(scenario.home, scenario.clock) as after:
        log = after.house.log
        ((index, facts),) = log.operators("log.succeeded")
        last = old_policy.accept(facts["note"]).checkpoint
        assert (facts["origin"], facts["size"]) == (origin, last.size)
        assert index == last.size
        now = policy.accept(log.resource("checkpoint")).checkpoint
        assert now.origin == NEW
        path = log.consistency(last.size, now.size)
        merkle.verify_consistency(last.size, now.size, path, last.root, now.root)
        with pytest.raises(PolicyError):
            old_policy.accept(log.resource("checkpoint"))


def test_old_receipts_stay_good_and_are_to_be_had_under_the_new_name(
    scenario: Scenario,
) -> None:
    kept, old_policy = _contributed(scenario), scenario.house.log.policy
    policy = _succeeded(scenario)
    for each in (old_policy, policy):
        verify_receipt(kept, each)
    with opened(scenario.home, scenario.clock) as after:
        written = after.idea("ada")
        subject = after.subject("ada")
        fresh = after.house.receipts.of_record(subject, written.record)
        assert verify_receipt(fresh, policy).checkpoint.origin == NEW
        with pytest.raises(VerificationError):
            verify_receipt(fresh.encode(), old_policy)


def test_the_house_its_checks_and_copies_go_on(
    scenario: Scenario, tmp_path: Path
) -> None:
    _contributed(scenario)
    folder = tmp_path / "copy"
    copy(scenario.house.log, folder)
    policy = _succeeded(scenario)
    with opened(scenario.home, scenario.clock) as after:
        after.house.vault.heartbeat.run_once()
        assert fsck(after.house.log).clean
        copy(after.house.log, folder)
        assert check(folder, policy, after.house.log).clean
        keys = after.house.vault.keys
        names = [each.public.split("+")[0] for each in keys.public("ledger")]
        assert names[-1] == NEW
        assert len(set(names)) == 2
        size = after.house.log.publish().size
        keys.reconcile()
        assert after.house.log.publish().size == size
    ran = allod("ledger", "fsck", "--home", scenario.home)
    assert ran.code == ExitCode.OK


def test_the_stolen_key_signs_nothing_more(scenario: Scenario) -> None:
    stolen = scenario.house.log.signer.verifier
    _contributed(scenario)
    _succeeded(scenario)
    with opened(scenario.home, scenario.clock) as after:
        note = open_note(
            after.house.log.resource("checkpoint"), [*after.house.log.verifiers]
        )
        assert stolen not in {each.verifier for each in note.signatures}
        assert Checkpoint.parse(note.text).origin == NEW


def test_a_second_key_goes_with_the_stolen_one_and_has_a_successor(
    scenario: Scenario,
) -> None:
    scenario.house.vault.keys.rotate(ML_DSA)
    _, stolen = scenario.house.log.verifiers
    _contributed(scenario)
    policy = _succeeded(scenario)
    with opened(scenario.home, scenario.clock) as after:
        keys = after.house.vault.keys.public(ML_DSA)
        assert [each.public.split("+")[0] for each in keys] == [stolen.name, NEW]
        assert stolen in policy.logs
        note = open_note(after.house.log.resource("checkpoint"), policy.logs)
        made = [each.verifier for each in note.signatures]
        assert [(each.name, each.algorithm) for each in made] == [
            (NEW, ED25519),
            (NEW, ML_DSA_44),
        ]
        assert fsck(after.house.log).clean


def test_a_name_that_was_used_or_cannot_be_changes_nothing(scenario: Scenario) -> None:
    origin, before = scenario.house.log.origin, scenario.house.log.publish()
    for name in (origin, "with a blank", "with+plus", "", "x" * 256):
        ran = allod("ledger", "succeed", name, "--home", scenario.home)
        assert ran.code != ExitCode.OK
    with opened(scenario.home, scenario.clock) as after:
        assert after.house.log.origin == origin
        assert after.house.log.publish() == before


def test_across_a_rotation_receipts_and_copies_stay_good(
    scenario: Scenario, tmp_path: Path
) -> None:
    kept, folder = _contributed(scenario), tmp_path / "copy"
    first = scenario.house.log.policy
    keys, log = scenario.house.vault.keys, scenario.house.log
    copy(log, folder)
    for step in (keys.rotate, keys.retire):
        step("ledger")
        scenario.idea("ada")
        log.publish()
        copy(log, folder)
        assert check(folder, log.policy, log).clean
        verify_receipt(kept, log.policy)
        both = TrustPolicy.parse((folder / "policy").read_bytes())
        assert len(both.logs) == 2
        assert check(folder, both).clean
        # While both sign, whoever knows the first key alone can follow.
        assert check(folder, first).clean is (step == keys.rotate)
    verify_receipt(kept, first)
