"""Keys: wrapped in the store, found only through their row, gone with it."""

import threading
import time

import pytest
from root_keys import MemoryKek

from kit.db import Database, raw
from kit.errors import CannotStart, Conflict, Gone, IntegrityFault
from kit.ids import new_id
from vault._internal import key_cache
from vault._internal import keyring as module
from vault._internal.aead import Unsealable
from vault._internal.keyring import KeyDestroyed, Keyring, NotProvisioned
from vault._internal.ports.identity import SCHEMA_VERSION, IdentityStore
from vault._internal.secrets import REQUIRED


def _provisioned(identity: IdentityStore, keyring: Keyring, subject: bytes) -> bytes:
    ((row, _),) = keyring.create([subject])
    with identity.work() as work:
        work.add_keys([row])
    return row.kid


def _erase(identity: IdentityStore, subject: bytes) -> None:
    with identity.work() as work:
        work.erase(subject, new_id(), 0, b"")


def _execute(database: Database, statement: str, *bound: object) -> None:
    with database.write() as session:
        raw(session).execute(statement, bound)


class Ticks:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


# Installations.


def test_an_installation_opens_again_with_the_same_keys_and_secrets(
    identity: IdentityStore, keyring: Keyring, kek: MemoryKek
) -> None:
    subject = new_id()
    kid = _provisioned(identity, keyring, subject)
    again = Keyring.open(identity, kek)
    assert again.vault_id == keyring.vault_id
    assert again.main(subject).header == keyring.load(subject, kid).header
    assert again.secret("index/email") == keyring.secret("index/email")


def test_a_store_is_founded_once(
    identity: IdentityStore, keyring: Keyring, kek: MemoryKek
) -> None:
    with pytest.raises(CannotStart, match="already"):
        Keyring.found(identity, kek, now=0)
    assert Keyring.open(identity, kek).vault_id == keyring.vault_id


def test_a_store_without_an_installation_does_not_open(
    identity: IdentityStore, kek: MemoryKek
) -> None:
    with pytest.raises(CannotStart, match="no installation"):
        Keyring.open(identity, kek)


def test_a_root_key_of_another_installation_does_not_open_the_store(
    identity: IdentityStore, keyring: Keyring
) -> None:
    with pytest.raises(CannotStart, match="root key does not open"):
        Keyring.open(identity, MemoryKek())


@pytest.mark.parametrize(
    ("version", "said"),
    [(SCHEMA_VERSION + 1, "newer version"), (SCHEMA_VERSION - 1, "older version")],
)
def test_a_store_of_another_version_does_not_open(
    identity: IdentityStore,
    keyring: Keyring,
    kek: MemoryKek,
    identity_db: Database,
    version: int,
    said: str,
) -> None:
    statement = "UPDATE identity_installation SET schema_version = ?"
    _execute(identity_db, statement, version)
    with pytest.raises(CannotStart, match=said):
        Keyring.open(identity, kek)


def test_a_required_secret_is_drawn_when_the_installation_is_made_and_never_later(
    identity: IdentityStore, keyring: Keyring, kek: MemoryKek, identity_db: Database
) -> None:
    for name in REQUIRED:
        assert keyring.secret(name) == Keyring.open(identity, kek).secret(name)
    _execute(identity_db, "DELETE FROM identity_secret")
    for name in REQUIRED:
        with pytest.raises(CannotStart, match="missing"):
            Keyring.open(identity, kek).secret(name)


def test_an_epoch_key_is_bound_to_its_installation(
    identity: IdentityStore, keyring: Keyring, kek: MemoryKek, identity_db: Database
) -> None:
    _execute(identity_db, "UPDATE identity_installation SET vault_id = ?", new_id())
    with pytest.raises(CannotStart, match="root key does not open"):
        Keyring.open(identity, kek)


# Customer keys.


def test_no_row_no_key_even_when_it_was_in_use_a_moment_ago(
    identity: IdentityStore, keyring: Keyring
) -> None:
    subject = new_id()
    kid = _provisioned(identity, keyring, subject)
    keyring.load(subject, kid)
    _erase(identity, subject)
    for ask in (lambda: keyring.load(subject, kid), lambda: keyring.main(subject)):
        with pytest.raises(KeyDestroyed) as caught:
            ask()
        assert isinstance(caught.value, Gone)
    assert keyring.load_many([(subject, kid)]) == {}
    assert keyring.keys_of(subject) == []


def test_the_fence_holds_when_an_old_copy_of_the_key_row_is_back(
    identity: IdentityStore, keyring: Keyring
) -> None:
    subject = new_id()
    ((row, _),) = keyring.create([subject])
    with identity.work() as work:
        work.add_keys([row])
    _erase(identity, subject)
    with identity.work() as work:
        work.add_keys([row])
    with pytest.raises(KeyDestroyed):
        keyring.load(subject, row.kid)
    with pytest.raises(KeyDestroyed):
        keyring.main(subject)
    assert keyring.load_many([(subject, row.kid)]) == {}


def test_never_provisioned_is_not_taken_for_destroyed(
    identity: IdentityStore, keyring: Keyring
) -> None:
    subject = new_id()
    kid = _provisioned(identity, keyring, subject)
    with pytest.raises(NotProvisioned):
        keyring.main(new_id())
    with pytest.raises(NotProvisioned):
        keyring.load(subject, new_id())
    with pytest.raises(NotProvisioned):
        keyring.load(new_id(), kid)
    with pytest.raises(NotProvisioned):
        keyring.load_many([(subject, kid), (subject, new_id())])


def test_many_keys_come_at_once_without_those_of_the_erased(
    identity: IdentityStore, keyring: Keyring
) -> None:
    subjects = [new_id() for _ in range(20)]
    wanted = [(s, _provisioned(identity, keyring, s)) for s in subjects]
    _erase(identity, subjects[0])
    loaded = keyring.load_many(wanted)
    assert set(loaded) == {kid for _, kid in wanted[1:]}
    assert all(loaded[kid].subject == subject for subject, kid in wanted[1:])
    mains = keyring.mains(subjects)
    assert set(mains) == set(subjects[1:])
    assert all(mains[each] == keyring.main(each) for each in subjects[1:])
    assert keyring.mains([]) == {}
    with pytest.raises(NotProvisioned):
        keyring.mains([*subjects, new_id()])


@pytest.mark.parametrize(
    "statement",
    [
        (
            "UPDATE identity_key SET wrapped = (SELECT wrapped FROM identity_key"
            " WHERE subject <> :s) WHERE subject = :s"
        ),
        "UPDATE identity_key SET scope = 'retained' WHERE subject = :s",
        "UPDATE identity_key SET wrapped = substr(wrapped, 2) WHERE subject = :s",
    ],
    ids=["wrapped", "scope", "cut"],
)
def test_a_wrapped_key_moved_to_another_row_does_not_open(
    identity: IdentityStore, keyring: Keyring, identity_db: Database, statement: str
) -> None:
    subject, other = new_id(), new_id()
    kid = _provisioned(identity, keyring, subject)
    _provisioned(identity, keyring, other)
    keyring.main(other)
    with identity_db.write() as session:
        raw(session).execute(statement, {"s": subject})
    with pytest.raises(Unsealable):
        keyring.load(subject, kid)


def test_a_key_row_of_an_epoch_that_is_gone_is_an_integrity_fault(
    identity: IdentityStore, keyring: Keyring, kek: MemoryKek, identity_db: Database
) -> None:
    subject = new_id()
    _provisioned(identity, keyring, subject)
    connection = identity_db.reader()
    connection.execute("PRAGMA query_only=OFF")
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("DELETE FROM identity_epoch")
    with pytest.raises(IntegrityFault):
        Keyring(identity, kek, keyring.vault_id).main(subject)


# The cache.


def test_the_cache_saves_the_derivation_and_not_the_look_at_the_row(
    identity: IdentityStore, keyring: Keyring, kek: MemoryKek
) -> None:
    subject = new_id()
    _provisioned(identity, keyring, subject)
    assert keyring.main(subject) is keyring.main(subject)
    assert Keyring(identity, kek, keyring.vault_id).main(subject) is not keyring.main(
        subject
    )


def test_a_key_is_derived_anew_after_sixty_seconds(
    identity: IdentityStore, keyring: Keyring, kek: MemoryKek
) -> None:
    ticks = Ticks()
    timed = Keyring(identity, kek, keyring.vault_id, ticks)
    subject = new_id()
    _provisioned(identity, keyring, subject)
    first = timed.main(subject)
    ticks.at += 59.9
    assert timed.main(subject) is first
    ticks.at += 0.2
    second = timed.main(subject)
    assert second is not first
    assert list(timed._cache._held.values()) == [(ticks.at + 60.0, second)]


def test_the_cache_keeps_no_more_than_its_limit(
    identity: IdentityStore,
    keyring: Keyring,
    kek: MemoryKek,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_KEYS", 5)
    keyring = Keyring(identity, kek, keyring.vault_id)
    subjects = [new_id() for _ in range(8)]
    for subject in subjects:
        _provisioned(identity, keyring, subject)
    assert len(keyring._cache._held) == 5
    assert {row.subject for row in keyring._cache._held} == set(subjects[3:])
    assert key_cache.LIFE_SECONDS == 60.0


def test_a_key_leaves_the_cache_by_the_clock_though_nobody_asks_again(
    identity: IdentityStore, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_cache, "LIFE_SECONDS", 0.1)
    monkeypatch.setattr(key_cache, "LONGEST_PAUSE", 0.05)
    for _ in range(3):
        _provisioned(identity, keyring, new_id())
        assert keyring._cache._held
        until = time.monotonic() + 5
        while keyring._cache._held and time.monotonic() < until:
            time.sleep(0.01)
        assert not keyring._cache._held


# Secrets and root versions.


def test_workers_that_ask_for_a_secret_at_once_get_the_same_one(
    identity: IdentityStore, keyring: Keyring, kek: MemoryKek
) -> None:
    workers = [Keyring(identity, kek, keyring.vault_id) for _ in range(6)]
    got: list[bytes] = []
    threads = [
        threading.Thread(target=lambda w=worker: got.append(w.secret("index/email")))
        for worker in workers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 6
    assert len(set(got)) == 1
    assert keyring.secret("index/phone") != got[0]


def test_a_secret_moved_to_another_name_does_not_open(
    identity: IdentityStore, keyring: Keyring, kek: MemoryKek, identity_db: Database
) -> None:
    keyring.secret("one")
    moved = "UPDATE identity_secret SET name = 'two' WHERE name = 'one'"
    _execute(identity_db, moved)
    with pytest.raises(Unsealable):
        Keyring(identity, kek, keyring.vault_id).secret("two")


def test_a_root_version_is_not_destroyed_while_a_row_names_it(
    keyring: Keyring, kek: MemoryKek
) -> None:
    kek.rotate()
    with pytest.raises(Conflict):
        keyring.destroy_root(1)
    assert kek.versions() == (1, 2)
    kek.rotate()
    keyring.destroy_root(2)
    assert kek.versions() == (1, 3)


def test_a_root_rotation_wraps_all_there_is_anew_and_begins_an_epoch(
    identity: IdentityStore, keyring: Keyring, kek: MemoryKek
) -> None:
    before, after = new_id(), new_id()
    _provisioned(identity, keyring, before)
    secret, old = keyring.secret("index/email"), keyring.main(before)
    keyring.rotate_root(now=60)
    _provisioned(identity, keyring, after)
    assert keyring.root_versions() == (1, 2)
    assert [(it.epoch, it.root_version) for it in identity.reads.epochs()] == [
        (1, 2),
        (2, 2),
    ]
    keyring.destroy_root(1)
    again = Keyring.open(identity, kek)
    assert again.main(before).header == old.header
    assert again.secret("index/email") == secret
    assert identity.reads.keys_of(after)[0].epoch == 2
    assert again.main(after).header == keyring.main(after).header


def test_a_server_that_is_running_goes_on_through_a_root_rotation(
    identity: IdentityStore, keyring: Keyring, kek: MemoryKek
) -> None:
    server, subject = Keyring.open(identity, kek), new_id()
    _provisioned(identity, keyring, subject)
    keyring.rotate_root(now=60)
    assert server.main(subject).header == keyring.main(subject).header
    ((row, _),) = server.create([new_id()])
    assert row.epoch == 2


def test_a_root_rotation_that_was_cut_off_is_gone_on_with(
    identity: IdentityStore, keyring: Keyring, kek: MemoryKek
) -> None:
    kek.rotate()
    assert Keyring.open(identity, kek).vault_id == keyring.vault_id
    keyring.rotate_root(now=60)
    assert kek.versions() == (1, 2)
    assert not identity.reads.names_root(1)


def test_a_provider_is_asked_once_for_an_epoch_however_many_keys_it_wraps(
    identity: IdentityStore, keyring: Keyring, kek: MemoryKek
) -> None:
    for _ in range(10):
        _provisioned(identity, keyring, new_id())
    assert kek.unwrapped == 1
