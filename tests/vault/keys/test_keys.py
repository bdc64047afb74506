"""The installation's own keys: listed, rotated, retired, and said in the ledger."""

from pathlib import Path

import pytest
from clocks import ManualClock
from houses import CASE, Scenario, opened, settle
from one_verifier import verify_archive, verify_certificate

from kit.errors import Conflict, NotFound
from ledger.formats.note import open_note
from ledger.formats.signing import ML_DSA_44, NoteError, Verifier
from ledger.formats.trust_policy import PolicyError, TrustPolicy
from pdp.bundle.bundle_archive import BundleSigner
from vault.keys.keys import BUNDLE, ROOT, Keys, KeyState
from vault.keys.ledger_keys import LEDGER, ML_DSA

Said = list[tuple[str, object]]


def said(scenario: Scenario, kind: str) -> Said:
    found = scenario.house.log.operators(kind)
    return [(facts["purpose"], facts.get("version")) for _, facts in found]


def states(keys: Keys, name: str) -> list[KeyState]:
    return [each.state for each in keys.all() if each.name == name]


def newest_note(scenario: Scenario) -> str:
    signed = scenario.house.log.latest()
    assert signed is not None
    return signed.note


def signers_of(scenario: Scenario) -> set[str]:
    """Tell which of the ledger's keys signed the newest checkpoint."""
    verifiers = scenario.house.log.verifiers
    note = open_note(newest_note(scenario), verifiers)
    return {each.verifier.vkey for each in note.signatures}


def test_every_key_is_listed_and_none_is_shown(scenario: Scenario) -> None:
    scenario.customer("ada")
    scenario.profile("ada")
    keyring, keys = scenario.house.vault.keys._keyring, scenario.house.vault.keys
    listed = keys.all()
    names = {each.name for each in listed}
    assert {LEDGER, BUNDLE, ROOT, "epoch", "index/profile.email", "suppressed"} <= names
    assert all(each.purpose != "a named secret" for each in listed)
    told = repr(listed)
    for row in keys._identity.reads.all_secrets():
        for found in keyring.secrets.generations(row.name):
            assert found.secret.reveal().hex() not in told
            assert repr(found.secret.reveal())[2:-1] not in told


def test_a_bundle_key_that_is_rotated_takes_over_when_the_older_is_retired(
    scenario: Scenario,
) -> None:
    keys = scenario.house.vault.keys
    first = keys.bundle_signer()
    keys.rotate(BUNDLE)
    assert states(keys, BUNDLE) == [KeyState.ACTIVE, KeyState.NEXT]
    assert keys.bundle_signer().key_id == first.key_id
    keys.retire(BUNDLE)
    assert states(keys, BUNDLE) == [KeyState.RETIRED, KeyState.ACTIVE]
    assert keys.bundle_signer().key_id == keys.public(BUNDLE)[1].key_id
    with pytest.raises(NotFound):
        keys.bundle_signer(first.key_id)


def test_while_the_ledgers_key_is_rotated_a_checkpoint_bears_both_signatures(
    scenario: Scenario,
) -> None:
    keys, log = scenario.house.vault.keys, scenario.house.log
    (old,) = log.verifiers
    keys.rotate(LEDGER)
    _, new = log.verifiers
    assert signers_of(scenario) == {old.vkey, new.vkey}
    for known in (old, new):
        TrustPolicy((known,)).accept(newest_note(scenario))
    keys.retire(LEDGER)
    assert signers_of(scenario) == {new.vkey}
    TrustPolicy((new,)).accept(newest_note(scenario))
    with pytest.raises(NoteError):
        open_note(newest_note(scenario), [old])


def test_a_second_key_is_there_only_after_it_was_asked_for(scenario: Scenario) -> None:
    keys, log = scenario.house.vault.keys, scenario.house.log
    (first,) = log.verifiers
    assert keys.public(ML_DSA) == []
    with pytest.raises(Conflict):
        keys.retire(ML_DSA)
    keys.rotate(ML_DSA)
    (second,) = [each for each in log.verifiers if each.algorithm == ML_DSA_44]
    assert signers_of(scenario) == {first.vkey, second.vkey}
    assert [each.public for each in keys.public(ML_DSA)] == [second.vkey]
    keys.retire(ML_DSA)
    assert signers_of(scenario) == {first.vkey}
    assert states(keys, ML_DSA) == [KeyState.RETIRED]
    keys.rotate(ML_DSA)
    assert states(keys, ML_DSA) == [KeyState.RETIRED, KeyState.ACTIVE]
    assert said(scenario, "key.created")[2:] == [(ML_DSA, None)] * 2
    assert said(scenario, "key.retired") == [(ML_DSA, None)]


def test_a_second_key_is_rotated_with_overlapping_signatures(
    scenario: Scenario,
) -> None:
    keys, log = scenario.house.vault.keys, scenario.house.log
    keys.rotate(ML_DSA)
    keys.rotate(ML_DSA)
    with pytest.raises(Conflict):
        keys.rotate(ML_DSA)
    first, old, new = log.verifiers
    assert signers_of(scenario) == {first.vkey, old.vkey, new.vkey}
    before = newest_note(scenario)
    keys.retire(ML_DSA)
    assert signers_of(scenario) == {first.vkey, new.vkey}
    for note in (before, newest_note(scenario)):
        TrustPolicy.parse(log.policy.encode()).accept(note)
        _requiring(first, new).accept(note)
    with pytest.raises(PolicyError):
        _requiring(first, old).accept(newest_note(scenario))


def _requiring(first: Verifier, second: Verifier) -> TrustPolicy:
    lines = f"log {first.vkey}\nwitness second {second.vkey}\nquorum second\n"
    return TrustPolicy.parse(lines)


def test_a_second_key_is_in_use_again_after_the_next_start(
    tmp_path: Path, clock: ManualClock
) -> None:
    settle(tmp_path / "home", clock)
    with opened(tmp_path / "home", clock) as scenario:
        # As if a crash had come before the ledger said so.
        scenario.house.vault.keys._keyring.secrets.begin(ML_DSA, now=1)
    for _ in range(2):
        with opened(tmp_path / "home", clock) as scenario:
            assert said(scenario, "key.created")[2:] == [(ML_DSA, None)]
            assert len(signers_of(scenario)) == 2


def test_receipts_certificates_and_archives_verify_beside_a_second_key(
    scenario: Scenario,
) -> None:
    keys, log = scenario.house.vault.keys, scenario.house.log
    (first,) = log.verifiers
    for name, step in (("ada", keys.rotate), ("bob", keys.retire)):
        step(ML_DSA)
        scenario.customer(name)
        scenario.idea(name)
        archive = b"".join(scenario.house.exports.write(scenario.subject(name)))
        ordered = scenario.house.erasure.erase(scenario.subject(name))
        certificate = scenario.house.erasure.certificate(ordered.order_id)
        for policy in (log.policy, TrustPolicy((first,))):
            verify_archive(archive, policy)
            verify_certificate(certificate, policy)
        requiring = _requiring(first, log.verifiers[1])
        if step == keys.rotate:
            verify_archive(archive, requiring)
            verify_certificate(certificate, requiring)


def test_a_ledger_with_too_long_a_name_gets_no_second_key(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = scenario.house.vault.keys
    with monkeypatch.context() as patched:
        patched.setattr(scenario.house.log, "origin", "x" * 256)
        with pytest.raises(NoteError):
            keys.rotate(ML_DSA)
    assert keys.public(ML_DSA) == []


def test_receipts_from_before_a_rotation_verify_under_the_policy_of_today(
    scenario: Scenario,
) -> None:
    scenario.customer("ada")
    written = scenario.idea("ada")
    scenario.house.log.publish()
    before = newest_note(scenario)
    for step in (scenario.house.vault.keys.rotate, scenario.house.vault.keys.retire):
        step(LEDGER)
    policy = TrustPolicy.parse(scenario.house.log.policy.encode())
    policy.accept(before)
    policy.accept(newest_note(scenario))
    assert written.index is not None
    assert scenario.house.log.repair().size > written.index


def test_each_step_is_an_entry_with_public_facts(scenario: Scenario) -> None:
    keys = scenario.house.vault.keys
    assert said(scenario, "key.created") == [(LEDGER, None), (BUNDLE, None)]
    for name in (LEDGER, BUNDLE):
        keys.rotate(name)
        keys.retire(name)
    keys.rotate(ROOT)
    assert said(scenario, "key.created")[2:] == [
        (LEDGER, None),
        (BUNDLE, None),
        (ROOT, 2),
    ]
    assert said(scenario, "key.retired") == [(LEDGER, None), (BUNDLE, None), (ROOT, 1)]
    retired = [facts for _, facts in scenario.house.log.operators("key.retired")]
    created = [facts for _, facts in scenario.house.log.operators("key.created")]
    assert retired[:2] == created[:2]
    keys.destroy_root(1)
    assert said(scenario, "key.destroyed") == [(ROOT, 1)]


def test_a_root_key_is_rotated_in_one_step_and_everything_still_opens(
    tmp_path: Path, clock: ManualClock
) -> None:
    settle(tmp_path / "home", clock)
    with opened(tmp_path / "home", clock) as scenario:
        scenario.customer("ada")
        written = scenario.profile("ada")
        scenario.house.vault.keys.rotate(ROOT)
        assert states(scenario.house.vault.keys, ROOT) == [
            KeyState.RETIRED,
            KeyState.ACTIVE,
        ]
    with opened(tmp_path / "home", clock) as scenario:
        assert scenario.put(
            "ada", "idea", {"title": "A", "text": "B", "language": "en"}
        )
        assert scenario.read(CASE, "ada", written).values["name"] == "Ada Example"


@pytest.mark.parametrize("name", [LEDGER, BUNDLE])
def test_a_step_that_does_not_fit_is_refused_and_changes_nothing(
    scenario: Scenario, name: str
) -> None:
    keys = scenario.house.vault.keys
    with pytest.raises(Conflict):
        keys.retire(name)
    keys.rotate(name)
    before = keys.all()
    with pytest.raises(Conflict):
        keys.rotate(name)
    assert keys.all() == before


@pytest.mark.parametrize("name", ["index/profile.email", "signing", "epoch", ""])
def test_what_cannot_be_rotated_is_not(scenario: Scenario, name: str) -> None:
    keys = scenario.house.vault.keys
    for step in (keys.rotate, keys.retire):
        with pytest.raises(NotFound):
            step(name)
    with pytest.raises(NotFound):
        keys.retire(ROOT)


# A crash between the identity store and the ledger.


@pytest.mark.parametrize("name", ["signing", "bundle"])
@pytest.mark.parametrize("retired", [False, True], ids=["rotated", "retired"])
def test_what_a_crash_kept_from_the_ledger_is_said_at_the_next_start(
    tmp_path: Path, clock: ManualClock, name: str, *, retired: bool
) -> None:
    settle(tmp_path / "home", clock)
    with opened(tmp_path / "home", clock) as scenario:
        _cut_off(scenario.house.vault.keys, name, retired=retired)
        assert len(said(scenario, "key.created")) == 2
    for _ in range(2):
        with opened(tmp_path / "home", clock) as scenario:
            assert len(said(scenario, "key.created")) == 3
            assert len(said(scenario, "key.retired")) == int(retired)
            assert len(signers_of(scenario)) == 1 + (name == "signing" and not retired)


def _cut_off(keys: Keys, name: str, *, retired: bool) -> None:
    keys._keyring.secrets.rotate(name, now=1)
    if retired:
        keys._keyring.secrets.retire(name, now=2)


def test_a_root_rotation_that_was_cut_off_goes_on_and_is_said_once(
    tmp_path: Path, clock: ManualClock
) -> None:
    settle(tmp_path / "home", clock)
    with opened(tmp_path / "home", clock) as scenario:
        scenario.house.vault.keys._keyring._kek.rotate()
    with opened(tmp_path / "home", clock) as scenario:
        keys = scenario.house.vault.keys
        assert states(keys, ROOT) == [KeyState.ACTIVE, KeyState.NEXT]
        keys.rotate(ROOT)
        assert states(keys, ROOT) == [KeyState.RETIRED, KeyState.ACTIVE]
        assert said(scenario, "key.created")[2:] == [(ROOT, 2)]
        assert said(scenario, "key.retired") == [(ROOT, 1)]


# Another process.


@pytest.mark.parametrize("name", [LEDGER, ML_DSA])
def test_a_server_that_is_running_signs_with_a_rotated_key_after_its_next_beat(
    tmp_path: Path, clock: ManualClock, name: str
) -> None:
    settle(tmp_path / "home", clock)
    with opened(tmp_path / "home", clock) as server:
        for step, count in (("rotate", 2), ("retire", 1)):
            with opened(tmp_path / "home", clock) as command:
                getattr(command.house.vault.keys, step)(name)
            server.house.vault.heartbeat.run_once()
            with server.house.vault_db.write() as session:
                server.house.log.stamp_operator(session, "lane.head", {})
            server.house.log.publish()
            assert len(signers_of(server)) == count
        assert len(said(server, "key.created")) == 3


def test_the_public_halves_are_those_of_the_keys(scenario: Scenario) -> None:
    keys = scenario.house.vault.keys
    (bundle,), (ledger,) = keys.public(BUNDLE), keys.public(LEDGER)
    found = keys._keyring.secrets.generations("bundle")[0]
    assert bundle.public == BundleSigner(found.secret).public_pem
    assert Verifier.parse(ledger.public) == scenario.house.log.verifiers[0]
    with pytest.raises(NotFound):
        keys.public(ROOT)


def test_certificates_and_archives_verify_at_every_step_of_a_rotation(
    scenario: Scenario,
) -> None:
    keys, log = scenario.house.vault.keys, scenario.house.log
    signed_by = []
    for name, step in (("ada", None), ("bob", keys.rotate), ("eve", keys.retire)):
        if step is not None:
            step(LEDGER)
        scenario.customer(name)
        scenario.idea(name)
        archive = b"".join(scenario.house.exports.write(scenario.subject(name)))
        ordered = scenario.house.erasure.erase(scenario.subject(name))
        certificate = scenario.house.erasure.certificate(ordered.order_id)
        for policy in (log.policy, TrustPolicy((log.signer.verifier,))):
            verify_archive(archive, policy)
            verify_certificate(certificate, policy)
        signed_by.append(log.signer.verifier)
    old, new = log.verifiers[1], log.verifiers[0]
    assert signed_by == [old, old, new]
