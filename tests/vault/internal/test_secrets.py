"""Named secrets through their generations: made, rotated, retired, never mixed up."""

import pytest
from root_keys import MemoryKek

from kit.db import Database, raw
from kit.errors import Conflict
from vault._internal.aead import Unsealable
from vault._internal.keyring import Keyring
from vault._internal.ports.identity import IdentityStore

NAME = "bundle"


def _numbers(keyring: Keyring) -> list[tuple[int, int | None]]:
    return [(it.number, it.retired) for it in keyring.secrets.generations(NAME)]


def _secrets(keyring: Keyring) -> list[bytes]:
    return [it.secret.reveal() for it in keyring.secrets.generations(NAME)]


def test_a_secret_begins_with_one_generation(keyring: Keyring) -> None:
    (only,) = keyring.secrets.generations(NAME)
    assert (only.number, only.retired) == (1, None)
    assert only.secret.reveal() == keyring.secret(NAME)


def test_two_generations_live_side_by_side_until_the_older_is_retired(
    keyring: Keyring,
) -> None:
    keyring.secrets.rotate(NAME, now=100)
    older, younger = keyring.secrets.generations(NAME)
    assert (older.retired, younger.retired, younger.at) == (None, None, 100)
    assert older.secret.reveal() != younger.secret.reveal()
    keyring.secrets.retire(NAME, now=200)
    assert _numbers(keyring) == [(1, 200), (2, None)]
    assert keyring.secrets.generations(NAME)[0].secret.reveal() == older.secret.reveal()


def test_a_rotation_is_not_begun_twice_nor_ended_twice(keyring: Keyring) -> None:
    with pytest.raises(Conflict):
        keyring.secrets.retire(NAME, now=0)
    keyring.secrets.rotate(NAME, now=1)
    with pytest.raises(Conflict):
        keyring.secrets.rotate(NAME, now=2)
    keyring.secrets.retire(NAME, now=3)
    with pytest.raises(Conflict):
        keyring.secrets.retire(NAME, now=4)
    keyring.secrets.rotate(NAME, now=5)
    assert _numbers(keyring) == [(1, 3), (2, None), (3, None)]


def test_another_process_knows_of_a_rotation_at_once(
    identity: IdentityStore, keyring: Keyring, kek: MemoryKek
) -> None:
    other = Keyring.open(identity, kek)
    assert _numbers(other) == [(1, None)]
    keyring.secrets.rotate(NAME, now=1)
    keyring.secrets.retire(NAME, now=2)
    assert _numbers(other) == _numbers(keyring) == [(1, 2), (2, None)]
    assert _secrets(other) == _secrets(keyring)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE identity_secret SET generation = generation + 1 WHERE generation = 2",
        "UPDATE identity_secret SET name = 'other' WHERE name = 'bundle'",
        (
            "UPDATE identity_secret SET wrapped = (SELECT wrapped FROM identity_secret"
            " WHERE generation = 1 AND name = 'bundle') WHERE generation = 2"
        ),
    ],
    ids=["generation", "name", "wrapped"],
)
def test_a_generation_that_was_moved_does_not_open(
    identity: IdentityStore,
    keyring: Keyring,
    kek: MemoryKek,
    identity_db: Database,
    change: str,
) -> None:
    keyring.secrets.rotate(NAME, now=1)
    with identity_db.write() as session:
        raw(session).execute(change)
    moved = Keyring.open(identity, kek)
    with pytest.raises(Unsealable):
        moved.secrets.generations("other" if "SET name" in change else NAME)
