"""Each command on a real home: init, import, token, ledger, doctor, rights."""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import allod

from server.cli.console import ExitCode
from server.house.resources import seed


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("commands") / "home"
    assert allod("init", "--home", home, "--origin", "vault.test/allod").code == 0
    for name, file in (("profiles", "profiles.jsonl"), ("ideas", "ideas.jsonl")):
        assert allod("import", "--home", home, *arguments(name, file)).code == 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ALLOD_HOME", str(home))
        yield home


def arguments(name: str, file: str) -> tuple[str | Path, ...]:
    return "--map", seed(f"maps/{name}.yaml"), seed(file)


def test_init_tells_what_was_made_and_refuses_to_make_it_twice(home: Path) -> None:
    again = allod("init", "--json")
    assert again.code == ExitCode.CANNOT_START
    assert again.document["error"]["fix"]


def test_init_upgrades_a_home_that_is_there(home: Path) -> None:
    made = allod("init", "--upgrade", "--json")
    assert made.code == ExitCode.OK
    assert made.document["origin"] == "vault.test/allod"
    assert made.document["ledger_key"].startswith("vault.test/allod+")


def test_import_reports_in_words_and_in_json(home: Path, tmp_path: Path) -> None:
    ran = allod("import", *arguments("purchases", "purchases.csv"))
    assert ran.code == ExitCode.OK
    assert "1,411 records written" in ran.out
    again = allod("import", *arguments("purchases", "purchases.csv"), "--json")
    assert again.document["already"] == 1411
    assert again.document["written"] == 0


def test_import_tells_refused_lines_by_number_and_code_never_by_value(
    home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(
        "customer_id,day,quantity,amount,product\n00001,canary-day,1,2.00,Lamp\n",
        encoding="utf-8",
    )
    report = tmp_path / "refused.jsonl"
    ran = allod(
        *("import", "--map", seed("maps/purchases.yaml"), file),
        *("--refused", report, "--strict", "--json"),
    )
    assert ran.code == ExitCode.NO
    (refusal,) = ran.document["refusals"]
    assert refusal == {
        "line": 2,
        "code": "value.date",
        "field": "date",
        "collection": "purchase",
    }
    assert json.loads(report.read_text())["line"] == 2
    assert "canary" not in ran.out + ran.err + report.read_text()


def test_import_says_where_a_map_is_wrong(home: Path, tmp_path: Path) -> None:
    map_ = tmp_path / "wrong.yaml"
    map_.write_text("version: 1\nformat: xml\n", encoding="utf-8")
    ran = allod("import", "--map", map_, seed("ideas.jsonl"))
    assert ran.code == ExitCode.USAGE
    assert "wrong.yaml:2: format:" in ran.err


def test_a_token_is_shown_once_and_can_be_revoked(home: Path) -> None:
    made = allod(
        *("token", "new", "service", "crm", "--role", "support"),
        *("--purpose", "support.case", "--json"),
    )
    text = made.document["token"]
    assert text.startswith("al_service_")
    listed = allod("token", "list", "--json")
    assert [each["name"] for each in listed.document["items"]] == ["crm"]
    assert text not in listed.out
    assert "crm" in allod("token", "list").out
    assert allod("token", "revoke", "crm", "--json").document["revoked"] == 1
    assert allod("token", "revoke", "crm").code == ExitCode.NOT_FOUND


def test_a_customers_token_is_bound_to_a_customer_who_is_there(home: Path) -> None:
    made = allod("token", "new", "customer", "00001", "--json")
    assert made.document["token"].startswith("al_customer_")
    missing = allod("token", "new", "customer", "nobody")
    assert missing.code == ExitCode.NOT_FOUND
    assert "register them first" in missing.err
    assert "nobody" not in missing.err


def test_a_token_for_an_unknown_purpose_is_not_minted(home: Path) -> None:
    ran = allod("token", "new", "service", "crm", "--purpose", "curiosity")
    assert ran.code == ExitCode.USAGE
    assert "support.case" in ran.err


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("service", "crm", "--role", "suport"), "marketing, operator"),
        (("service", "crm", "--role", "legal"), "marketing, operator"),
        (("auditor", "ann", "--role", "support"), "roles/0: one of: auditor"),
        (("customer", "00001", "--role", "support"), "roles/0: one of: customer"),
        (("service", "crm", "--region", "EU"), "region: one of: cn, eu"),
        (("customer", "00001", "--region", "de"), "region: one of: cn, eu"),
        (("customer", "00001", "--purpose", "curiosity"), "support.case"),
    ],
)
def test_a_token_with_a_word_that_the_policies_do_not_know_is_not_minted(
    home: Path, asked: tuple[str, ...], words: str
) -> None:
    before = allod("token", "list", "--json").document["items"]
    ran = allod("token", "new", *asked)
    assert ran.code == ExitCode.USAGE
    assert words in " ".join(ran.err.split())
    assert allod("token", "list", "--json").document["items"] == before


def test_ledger_fsck_is_clean_on_a_home_that_nobody_touched(home: Path) -> None:
    ran = allod("ledger", "fsck", "--json")
    assert ran.code == ExitCode.OK
    assert ran.document["entries"] >= 38
    assert ran.document["findings"] == []


def test_doctor_warns_of_one_disk_and_a_plain_key_and_finds_no_fault(
    home: Path,
) -> None:
    ran = allod("doctor", "--json")
    assert ran.code == ExitCode.OK
    levels = {each["name"]: each["level"] for each in ran.document["checks"]}
    assert levels == {
        "program": "ok",
        "home": "ok",
        "modes": "ok",
        "disks": "warning",
        "schema": "ok",
        "open": "ok",
        "databases": "ok",
        "regions": "ok",
        "policies": "ok",
        "writes": "ok",
        "controller": "warning",
        "special": "ok",
        "orders": "ok",
        "root key": "warning",
        "mode": "warning",
        "ledger": "ok",
    }
    assert "one disk" in allod("doctor").out


def test_an_export_is_its_owners_alone_and_verifies(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "export.zip"
    made = allod("export", "00003", "--out", out, "--json")
    assert made.code == ExitCode.OK
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    policy = trusted(home, tmp_path)
    assert allod("verify", out, "--policy", policy).code == ExitCode.OK
    assert allod("export", "00003", "--out", out).code == ExitCode.CONFLICT


def test_an_export_of_nobody_leaves_no_file(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "export.zip"
    assert allod("export", "nobody", "--out", out).code == ExitCode.NOT_FOUND
    assert not out.exists()


def test_an_erasure_asks_first_and_leaves_a_certificate(
    home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "certificate.json"
    assert allod("erase", "00004", "--out", out, "--json").code == ExitCode.USAGE
    assert not out.exists()
    done = allod("erase", "00004", "--out", out, "--yes", "--json")
    assert done.code == ExitCode.OK
    assert done.document["state"] == "certified"
    found = allod("verify", out, "--policy", trusted(home, tmp_path), "--json")
    assert found.document["facts"]["erasure"] == done.document["erasure_id"]
    other = tmp_path / "other.json"
    gone = allod("erase", "00004", "--out", other, "--yes")
    assert gone.code == ExitCode.NOT_FOUND
    back = allod("import", *arguments("profiles", "profiles.jsonl"), "--json")
    assert back.document["codes"] == {"fence.erased": 1}


def trusted(home: Path, folder: Path) -> Path:
    made = allod("init", "--upgrade", "--home", home, "--json").document
    policy = folder / "policy.txt"
    policy.write_text(f"log {made['ledger_key']}\nquorum none\n", encoding="utf-8")
    return policy


def test_a_passphrase_guards_the_root_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse battery staple\n", encoding="utf-8")
    home = tmp_path / "guarded"
    monkeypatch.setenv("ALLOD_PASSPHRASE_FILE", str(secret))
    assert allod("init", "--home", home).code == ExitCode.OK
    levels = {
        each["name"]: each["level"]
        for each in allod("doctor", "--home", home, "--json").document["checks"]
    }
    assert levels["root key"] == "ok"
    secret.write_text("another\n", encoding="utf-8")
    assert allod("token", "list", "--home", home).code == ExitCode.CANNOT_START
    monkeypatch.delenv("ALLOD_PASSPHRASE_FILE")
    assert allod("token", "list", "--home", home).code == ExitCode.CANNOT_START
    monkeypatch.setenv("ALLOD_PASSPHRASE_FILE", os.fspath(tmp_path / "nowhere"))
    assert allod("token", "list", "--home", home).code == ExitCode.CANNOT_START
