"""`allod keys` on a real home."""

import re
import shutil
from pathlib import Path

import pytest
import yaml
from commands import allod

from ledger.formats.trust_policy import TrustPolicy
from pdp.bundle.bundle_archive import SCOPE
from server.cli.console import ExitCode

NAMES = ["ledger", "bundle"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    assert allod("init", "--home", home, "--origin", "vault.test/allod").code == 0
    monkeypatch.setenv("ALLOD_HOME", str(home))
    return home


def test_keys_are_listed_in_words_and_in_json(home: Path) -> None:
    listed = allod("keys", "list", "--json").document["items"]
    by_name = {each["name"]: each for each in listed}
    assert by_name["ledger"]["algorithm"] == "Ed25519"
    assert by_name["bundle"]["algorithm"] == "ES256"
    assert by_name["root"]["public"] is None
    assert {each["state"] for each in listed} == {"active"}
    words = allod("keys", "list").out
    assert all(by_name[name]["key_id"] in words for name in NAMES)
    assert all(name in words for name in by_name)


def test_the_public_halves_are_shown_as_verifiers_need_them(home: Path) -> None:
    made = allod("init", "--upgrade", "--json").document["ledger_key"]
    assert allod("keys", "show", "ledger").out == made + "\n"
    (bundle,) = allod("keys", "show", "bundle", "--json").document["items"]
    assert bundle["public"] in allod("keys", "show", "bundle").out
    config = yaml.safe_load(allod("keys", "show", "bundle", "--opa").out)
    assert config["keys"] == {
        bundle["key_id"]: {"algorithm": "ES256", "key": bundle["public"]}
    }
    configured = config["bundles"]["allod"]
    assert configured["resource"] == f"/v1/bundle?key={bundle['key_id']}"
    assert configured["signing"] == {"keyid": bundle["key_id"], "scope": SCOPE}
    assert allod("keys", "show", "ledger", "--opa").code == ExitCode.USAGE
    assert allod("keys", "show", "root").code == ExitCode.USAGE


@pytest.mark.parametrize("name", NAMES)
def test_a_key_is_rotated_and_then_retired(home: Path, name: str) -> None:
    assert allod("keys", "retire", name).code == ExitCode.CONFLICT
    rotated = allod("keys", "rotate", name)
    assert f"allod keys retire {name}" in rotated.out
    again = allod("keys", "rotate", name, "--json")
    assert again.code == ExitCode.CONFLICT
    assert "retire" in again.document["error"]["fix"]
    retired = allod("keys", "retire", name, "--json").document["items"]
    assert [each["state"] for each in retired] == ["retired", "active"]
    assert allod("ledger", "fsck").code == ExitCode.OK
    assert allod("policy", "history").code == ExitCode.OK


def test_a_second_key_is_made_shown_and_retired(home: Path) -> None:
    for step in ("show", "retire"):
        assert allod("keys", step, "ml-dsa").code == ExitCode.CONFLICT
    rotated = allod("keys", "rotate", "ml-dsa", "--json")
    (made,) = rotated.document["items"]
    assert (made["algorithm"], made["state"]) == ("ML-DSA-44", "active")
    assert allod("keys", "show", "ml-dsa").out == made["public"] + "\n"
    checkpoint = (home / "mirror/ledger/checkpoint").read_text()
    first = allod("keys", "show", "ledger").out
    for line in (f"log {made['public']}", f"log {first}"):
        policy = f"{line}\nquorum none\n"
        assert TrustPolicy.parse(policy).accept(checkpoint)
    assert allod("keys", "list").out.count("ML-DSA-44") == 1
    retired = allod("keys", "retire", "ml-dsa", "--json").document["items"]
    assert [each["state"] for each in retired] == ["retired"]
    assert allod("ledger", "fsck").code == ExitCode.OK


def test_opas_configuration_names_the_key_that_takes_over(home: Path) -> None:
    allod("keys", "rotate", "bundle")
    _, younger = allod("keys", "show", "bundle", "--json").document["items"]
    config = yaml.safe_load(allod("keys", "show", "bundle", "--opa").out)
    assert list(config["keys"]) == [younger["key_id"]]


def test_the_root_key_is_rotated_in_one_step(home: Path) -> None:
    ran = allod("keys", "rotate", "root", "--json")
    assert [each["state"] for each in ran.document["items"]] == ["retired", "active"]
    assert allod("doctor").code == ExitCode.OK
    assert allod("keys", "retire", "root").code == ExitCode.USAGE


def test_a_retired_root_version_is_destroyed_and_older_copies_open_no_more(
    home: Path, tmp_path: Path
) -> None:
    older = tmp_path / "identity.db"
    shutil.copy(home / "keys/identity.db", older)
    assert allod("keys", "destroy-root", "1", "--yes").code == ExitCode.CONFLICT
    assert allod("keys", "rotate", "root").code == ExitCode.OK
    assert allod("keys", "destroy-root", "1", "--json").code == ExitCode.USAGE
    assert allod("keys", "destroy-root", "2", "--yes").code == ExitCode.CONFLICT
    ran = allod("keys", "destroy-root", "1", "--yes", "--json")
    assert [each["number"] for each in ran.document["items"]] == [2]
    assert allod("doctor").code == ExitCode.OK
    assert allod("keys", "destroy-root", "1", "--yes").code == ExitCode.NOT_FOUND
    shutil.copy(older, home / "keys/identity.db")
    assert allod("keys", "list").code == ExitCode.CANNOT_START


def test_the_passphrase_is_changed(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("correct horse\n")
    second.write_text("battery staple\n")
    assert allod("keys", "passphrase", first).code == ExitCode.OK
    assert allod("keys", "list").code == ExitCode.CANNOT_START
    monkeypatch.setenv("ALLOD_PASSPHRASE_FILE", str(first))
    changed = allod("keys", "passphrase", second)
    assert changed.code == ExitCode.OK
    assert "still open with the old one" in changed.err
    assert allod("keys", "list").code == ExitCode.CANNOT_START
    monkeypatch.setenv("ALLOD_PASSPHRASE_FILE", str(second))
    assert allod("keys", "rotate", "root").code == ExitCode.OK
    missing = allod("keys", "passphrase", tmp_path / "none", "--json")
    assert missing.code == ExitCode.CANNOT_START
    assert not re.search("horse|staple", missing.out + missing.err + changed.out)
