"""The file provider: whom it obeys, and when it refuses to start.

What it does as any provider does is in `conformance_keys`.
"""

import json
import logging
import os
from errno import ENOSPC
from pathlib import Path

import pytest

from kit.errors import CannotStart
from kit.secret import Secret
from vault._internal.kek import FileKek
from vault._internal.ports.root_keys import Destruction

PASSPHRASE = Secret(b"correct horse battery staple")
KEY, AAD = b"k" * 32, b"aad"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "root.key"


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE], ids=["plain", "passphrase"])
def test_a_key_file_opens_again_and_keeps_what_rotation_and_destruction_did(
    path: Path, passphrase: Secret | None
) -> None:
    kek = FileKek.create(path, passphrase)
    kek.rotate()
    kek.destroy(1)
    wrapped = kek.wrap(KEY, AAD)
    again = FileKek.open(path, passphrase)
    assert again.versions() == (2,)
    assert again.unwrap(*wrapped, AAD) == KEY
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in path.parent.iterdir() if p.suffix != ".lock"] == [path.name]


def test_a_sealed_file_does_not_hold_its_keys_in_plain(path: Path) -> None:
    kek = FileKek.create(path, PASSPHRASE)
    assert json.loads(path.read_bytes())["protection"]["kdf"] == "argon2id"
    for form in (str, lambda key: key.hex()):
        assert form(kek._ring[1].reveal()) not in path.read_text()
    with pytest.raises(CannotStart, match="does not open with this passphrase"):
        FileKek.open(path, Secret(b"wrong"))
    with pytest.raises(CannotStart, match="sealed under a passphrase"):
        FileKek.open(path)


def test_protection_that_was_made_weaker_is_refused(path: Path) -> None:
    FileKek.create(path, PASSPHRASE)
    document = json.loads(path.read_bytes())
    document["protection"]["passes"] = 1
    path.write_text(json.dumps(document))
    with pytest.raises(CannotStart, match="not known here"):
        FileKek.open(path, PASSPHRASE)


def test_a_passphrase_for_a_plain_file_and_an_empty_one_are_refused(path: Path) -> None:
    with pytest.raises(CannotStart, match="empty"):
        FileKek.create(path, Secret(b""))
    FileKek.create(path)
    with pytest.raises(CannotStart, match="has no passphrase"):
        FileKek.open(path, PASSPHRASE)


def test_an_unguarded_file_is_warned_of_loudly_and_a_sealed_one_is_not(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plain = FileKek.create(path)
    FileKek.open(path)
    warned = [r.levelno for r in caplog.records]
    assert warned == [logging.WARNING] * 2
    caplog.clear()
    sealed = FileKek.create(path.with_name("other.key"), PASSPHRASE)
    assert caplog.records == []
    assert (plain.capabilities().guarded, sealed.capabilities().guarded) == (
        False,
        True,
    )


@pytest.mark.parametrize("before", [None, PASSPHRASE], ids=["plain", "passphrase"])
def test_a_key_file_is_sealed_under_another_passphrase(
    path: Path, before: Secret | None
) -> None:
    other = Secret(b"another one, longer")
    kek = FileKek.create(path, before)
    wrapped = kek.wrap(KEY, AAD)
    kek.protect(other)
    assert FileKek.open(path, other).unwrap(*wrapped, AAD) == KEY
    assert path.stat().st_mode & 0o777 == 0o600
    kek.rotate()
    assert FileKek.open(path, other).versions() == (1, 2)
    with pytest.raises(CannotStart):
        FileKek.open(path, before)


def test_a_process_that_has_the_old_passphrase_is_told_to_start_again(
    path: Path,
) -> None:
    kek = FileKek.create(path, PASSPHRASE)
    FileKek.open(path, PASSPHRASE).protect(Secret(b"another one"))
    sealed = path.read_bytes()
    for step in (kek.rotate, lambda: kek.protect(PASSPHRASE)):
        with pytest.raises(CannotStart, match="otherwise than at the start"):
            step()
    assert path.read_bytes() == sealed


@pytest.mark.parametrize("fault", ["fsync", "replace"])
def test_a_change_of_passphrase_that_fails_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    kek = FileKek.create(path, PASSPHRASE)
    wrapped = kek.wrap(KEY, AAD)

    def fails(*_: object) -> None:
        raise OSError(ENOSPC, "no space left")

    with monkeypatch.context() as patched:
        patched.setattr(os if fault == "fsync" else Path, fault, fails)
        with pytest.raises(OSError, match="no space"):
            kek.protect(Secret(b"another one"))
    assert FileKek.open(path, PASSPHRASE).unwrap(*wrapped, AAD) == KEY
    assert kek.unwrap(*wrapped, AAD) == KEY


def test_no_empty_passphrase_is_taken(path: Path) -> None:
    kek = FileKek.create(path, PASSPHRASE)
    with pytest.raises(CannotStart, match="empty"):
        kek.protect(Secret(b""))
    assert FileKek.open(path, PASSPHRASE).versions() == (1,)


def test_a_file_cannot_prove_that_a_key_is_gone(path: Path) -> None:
    assert FileKek.create(path).capabilities().destruction is Destruction.UNPROVABLE


def test_creation_never_overwrites_a_key(path: Path) -> None:
    FileKek.create(path)
    before = path.read_bytes()
    with pytest.raises(CannotStart, match="never overwritten"):
        FileKek.create(path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir() if p.suffix != ".lock"] == [path.name]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666])
def test_a_file_that_is_open_to_group_or_others_is_refused(
    path: Path, mode: int
) -> None:
    FileKek.create(path)
    path.chmod(mode)
    with pytest.raises(CannotStart, match="open to group or others") as caught:
        FileKek.open(path)
    assert "chmod 600" in caught.value.fix


def test_a_file_of_another_user_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FileKek.create(path)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(CannotStart, match="another user"):
        FileKek.open(path)


def test_a_missing_file_a_link_and_a_folder_are_refused(path: Path) -> None:
    with pytest.raises(CannotStart, match="is missing") as caught:
        FileKek.open(path)
    assert "backup" in caught.value.fix
    other = path.with_name("other.key")
    FileKek.create(other)
    path.symlink_to(other)
    with pytest.raises(CannotStart, match="cannot be read"):
        FileKek.open(path)
    path.unlink()
    path.mkdir(mode=0o700)
    with pytest.raises(CannotStart, match="not a plain file"):
        FileKek.open(path)


def _changed(**members: object) -> bytes:
    document: dict[str, object] = {
        "format": "allod/root-key/v1",
        "protection": {"kdf": "none"},
        "ring": "eyIxIjoiYSJ9",
    }
    return json.dumps(document | members).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 100,
        b"[]",
        b"7",
        b"{}",
        _changed(),
        _changed(ring="e30="),
        _changed(ring="not base64"),
        _changed(ring=7),
        _changed(protection=[]),
        _changed(protection="none"),
        _changed(protection={"kdf": "md5"}),
        _changed(format="allod/root-key/v2"),
        _changed(more=1),
    ],
)
def test_a_damaged_file_is_refused_with_what_to_do(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(CannotStart) as caught:
        FileKek.open(path)
    assert caught.value.fix


def test_every_truncation_of_a_key_file_is_refused(path: Path) -> None:
    FileKek.create(path)
    whole = path.read_bytes()
    for size in range(len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(CannotStart):
            FileKek.open(path)


def test_another_worker_finds_a_new_version_by_reading_the_file_again(
    path: Path,
) -> None:
    first, second = FileKek.create(path), FileKek.open(path)
    first.rotate()
    wrapped = first.wrap(KEY, AAD)
    assert second.versions() == (1,)
    assert second.unwrap(*wrapped, AAD) == KEY
    assert second.versions() == (1, 2)


def test_two_workers_that_rotate_lose_no_version(path: Path) -> None:
    first, second = FileKek.create(path), FileKek.open(path)
    assert (first.rotate(), second.rotate()) == (2, 3)
    assert FileKek.open(path).versions() == (1, 2, 3)


def test_a_provider_prints_no_key(path: Path) -> None:
    kek = FileKek.create(path)
    key = kek._ring[1].reveal()
    assert repr(key)[2:-1] not in repr(vars(kek))
