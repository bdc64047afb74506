"""The installation's own keys: listed, rotated, retired, and said in the ledger."""

from pathlib import Path

import pytest
from clocks import ManualClock
from houses import CASE, Story, opened, settle
from one_verifier import verify_archive, verify_certificate

from kit.errors import Conflict, NotFound
from ledger.formats.note import open_note
from ledger.formats.signing import ML_DSA_44, NoteError, Verifier
from ledger.formats.trust_policy import PolicyError, TrustPolicy
from pdp.bundle.bundle_archive import BundleSigner
from vault.keys.keys import BUNDLE, ROOT, Keys, KeyState
from vault.keys.ledger_keys import LEDGER, ML_DSA

Said = list[tuple[str, object]]


def said(story: Story, kind: str) -> Said:
    found = story.house.log.operators(kind)
    return [(facts["purpose"], facts.get("version")) for _, facts in found]


def states(keys: Keys, name: str) -> list[KeyState]:
    return [each.state for each in keys.all() if each.name == name]


def newest_note(story: Story) -> str:
    signed = story.house.log.latest()
    assert signed is not None
    return signed.note


def signers_of(story: Story) -> set[str]:
    """Tell which of the ledger's keys signed the newest checkpoint."""
    verifiers = story.house.log.verifiers
    note = open_note(newest_note(story), verifiers)
    return {each.verifier.vkey for each in note.signatures}


def test_every_key_is_listed_and_none_is_shown(story: Story) -> None:
    story.customer("ada")
    story.profile("ada")
    keyring, keys = story.house.vault.keys._keyring, story.house.vault.keys
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
    story: Story,
) -> None:
    keys = story.house.vault.keys
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
    story: Story,
) -> None:
    keys, log = story.house.vault.keys, story.house.log
    (old,) = log.verifiers
    keys.rotate(LEDGER)
    _, new = log.verifiers
    assert signers_of(story) == {old.vkey, new.vkey}
    for known in (old, new):
        TrustPolicy((known,)).accept(newest_note(story))
    keys.retire(LEDGER)
    assert signers_of(story) == {new.vkey}
    TrustPolicy((new,)).accept(newest_note(story))
    with pytest.raises(NoteError):
        open_note(newest_note(story), [old])


def test_a_second_key_is_there_only_after_it_was_asked_for(story: Story) -> None:
    keys, log = story.house.vault.keys, story.house.log
    (first,) = log.verifiers
    assert keys.public(ML_DSA) == []
    with pytest.raises(Conflict):
        keys.retire(ML_DSA)
    keys.rotate(ML_DSA)
    (second,) = [each for each in log.verifiers if each.algorithm == ML_DSA_44]
    assert signers_of(story) == {first.vkey, second.vkey}
    assert [each.public for each in keys.public(ML_DSA)] == [second.vkey]
    keys.retire(ML_DSA)
    assert signers_of(story) == {first.vkey}
    assert states(keys, ML_DSA) == [KeyState.RETIRED]
    keys.rotate(ML_DSA)
    assert states(keys, ML_DSA) == [KeyState.RETIRED, KeyState.ACTIVE]
    assert said(story, "key.created")[2:] == [(ML_DSA, None)] * 2
    assert said(story, "key.retired") == [(ML_DSA, None)]


def test_a_second_key_is_rotated_with_overlapping_signatures(story: Story) -> None:
    keys, log = story.house.vault.keys, story.house.log
    keys.rotate(ML_DSA)
    keys.rotate(ML_DSA)
    with pytest.raises(Conflict):
        keys.rotate(ML_DSA)
    first, old, new = log.verifiers
    assert signers_of(story) == {first.vkey, old.vkey, new.vkey}
    before = newest_note(story)
    keys.retire(ML_DSA)
    assert signers_of(story) == {first.vkey, new.vkey}
    for note in (before, newest_note(story)):
        TrustPolicy.parse(log.policy.encode()).accept(note)
        _requiring(first, new).accept(note)
    with pytest.raises(PolicyError):
        _requiring(first, old).accept(newest_note(story))


def _requiring(first: Verifier, second: Verifier) -> TrustPolicy:
    lines = f"log {first.vkey}\nwitness second {second.vkey}\nquorum second\n"
    return TrustPolicy.parse(lines)


def test_a_second_key_is_in_use_again_after_the_next_start(
    tmp_path: Path, clock: ManualClock
) -> None:
    settle(tmp_path / "home", clock)
    with opened(tmp_path / "home", clock) as story:
        # As if a crash had come before the ledger said so.
        story.house.vault.keys._keyring.secrets.begin(ML_DSA, now=1)
    for _ in range(2):
        with opened(tmp_path / "home", clock) as story:
            assert said(story, "key.created")[2:] == [(ML_DSA, None)]
            assert len(signers_of(story)) == 2


def test_receipts_certificates_and_archives_verify_beside_a_second_key(
    story: Story,
) -> None:
    keys, log = story.house.vault.keys, story.house.log
    (first,) = log.verifiers
    for name, step in (("ada", keys.rotate), ("bob", keys.retire)):
        step(ML_DSA)
        story.customer(name)
        story.idea(name)
        archive = b"".join(story.house.exports.write(story.subject(name)))
        ordered = story.house.erasure.erase(story.subject(name))
        certificate = story.house.erasure.certificate(ordered.order_id)
        for policy in (log.policy, TrustPolicy((first,))):
            verify_archive(archive, policy)
            verify_certificate(certificate, policy)
        requiring = _requiring(first, log.verifiers[1])
        if step == keys.rotate:
            verify_archive(archive, requiring)
            verify_certificate(certificate, requiring)


def test_a_ledger_with_too_long_a_name_gets_no_second_key(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = story.house.vault.keys
    with monkeypatch.context() as patched:
        patched.setattr(story.house.log, "origin", "x" * 256)
        with pytest.raises(NoteError):
            keys.rotate(ML_DSA)
    assert keys.public(ML_DSA) == []


def test_receipts_from_before_a_rotation_verify_under_the_policy_of_today(
    story: Story,
) -> None:
    story.customer("ada")
    written = story.idea("ada")
    story.house.log.publish()
    before = newest_note(story)
    for step in (story.house.vault.keys.rotate, story.house.vault.keys.retire):
        step(LEDGER)
    policy = TrustPolicy.parse(story.house.log.policy.encode())
    policy.accept(before)
    policy.accept(newest_note(story))
    assert written.index is not None
    assert story.house.log.repair().size > written.index


def test_each_step_is_an_entry_with_public_facts(story: Story) -> None:
    keys = story.house.vault.keys
    assert said(story, "key.created") == [(LEDGER, None), (BUNDLE, None)]
    for name in (LEDGER, BUNDLE):
        keys.rotate(name)
        keys.retire(name)
    keys.rotate(ROOT)
    assert said(story, "key.created")[2:] == [
        (LEDGER, None),
        (BUNDLE, None),
        (ROOT, 2),
    ]
    assert said(story, "key.retired") == [(LEDGER, None), (BUNDLE, None), (ROOT, 1)]
    retired = [facts for _, facts in story.house.log.operators("key.retired")]
    created = [facts for _, facts in story.house.log.operators("key.created")]
    assert retired[:2] == created[:2]
    keys.destroy_root(1)
    assert said(story, "key.destroyed") == [(ROOT, 1)]


def test_a_root_key_is_rotated_in_one_step_and_everything_still_opens(
    tmp_path: Path, clock: ManualClock
) -> None:
    settle(tmp_path / "home", clock)
    with opened(tmp_path / "home", clock) as story:
        story.customer("ada")
        written = story.profile("ada")
        story.house.vault.keys.rotate(ROOT)
        assert states(story.house.vault.keys, ROOT) == [
            KeyState.RETIRED,
            KeyState.ACTIVE,
        ]
    with opened(tmp_path / "home", clock) as story:
        assert story.put("ada", "idea", {"title": "A", "text": "B", "language": "en"})
        assert story.read(CASE, "ada", written).values["name"] == "Ada Example"


@pytest.mark.parametrize("name", [LEDGER, BUNDLE])
def test_a_step_that_does_not_fit_is_refused_and_changes_nothing(
    story: Story, name: str
) -> None:
    keys = story.house.vault.keys
    with pytest.raises(Conflict):
        keys.retire(name)
    keys.rotate(name)
    before = keys.all()
    with pytest.raises(Conflict):
        keys.rotate(name)
    assert keys.all() == before


@pytest.mark.parametrize("name", ["index/profile.email", "signing", "epoch", ""])
def test_what_cannot_be_rotated_is_not(story: Story, name: str) -> None:
    keys = story.house.vault.keys
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
    with opened(tmp_path / "home", clock) as story:
        _cut_off(story.house.vault.keys, name, retired=retired)
        assert len(said(story, "key.created")) == 2
    for _ in range(2):
        with opened(tmp_path / "home", clock) as story:
            assert len(said(story, "key.created")) == 3
            assert len(said(story, "key.retired")) == int(retired)
            assert len(signers_of(story)) == 1 + (name == "signing" and not retired)


def _cut_off(keys: Keys, name: str, *, retired: bool) -> None:
    keys._keyring.secrets.rotate(name, now=1)
    if retired:
        keys._keyring.secrets.retire(name, now=2)


def test_a_root_rotation_that_was_cut_off_goes_on_and_is_said_once(
    tmp_path: Path, clock: ManualClock
) -> None:
    settle(tmp_path / "home", clock)
    with opened(tmp_path / "home", clock) as story:
        story.house.vault.keys._keyring._kek.rotate()
    with opened(tmp_path / "home", clock) as story:
        keys = story.house.vault.keys
        assert states(keys, ROOT) == [KeyState.ACTIVE, KeyState.NEXT]
        keys.rotate(ROOT)
        assert states(keys, ROOT) == [KeyState.RETIRED, KeyState.ACTIVE]
        assert said(story, "key.created")[2:] == [(ROOT, 2)]
        assert said(story, "key.retired") == [(ROOT, 1)]


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


def test_the_public_halves_are_those_of_the_keys(story: Story) -> None:
    keys = story.house.vault.keys
    (bundle,), (ledger,) = keys.public(BUNDLE), keys.public(LEDGER)
    found = keys._keyring.secrets.generations("bundle")[0]
    assert bundle.public == BundleSigner(found.secret).public_pem
    assert Verifier.parse(ledger.public) == story.house.log.verifiers[0]
    with pytest.raises(NotFound):
        keys.public(ROOT)


def test_certificates_and_archives_verify_at_every_step_of_a_rotation(
    story: Story,
) -> None:
    keys, log = story.house.vault.keys, story.house.log
    signed_by = []
    for name, step in (("ada", None), ("bob", keys.rotate), ("eve", keys.retire)):
        if step is not None:
            step(LEDGER)
        story.customer(name)
        story.idea(name)
        archive = b"".join(story.house.exports.write(story.subject(name)))
        ordered = story.house.erasure.erase(story.subject(name))
        certificate = story.house.erasure.certificate(ordered.order_id)
        for policy in (log.policy, TrustPolicy((log.signer.verifier,))):
            verify_archive(archive, policy)
            verify_certificate(certificate, policy)
        signed_by.append(log.signer.verifier)
    old, new = log.verifiers[1], log.verifiers[0]
    assert signed_by == [old, old, new]
