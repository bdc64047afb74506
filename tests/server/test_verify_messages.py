"""What `allod verify` and the auditors' program say: the cause that was established.

An unknown key is no forgery, a missing trust policy no missing file, and a genuine
document of another kind no changed one.
"""

import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from allod.proofs.cli import main
from clocks import ManualClock
from commands import allod
from houses import Scenario, lived_in
from import_files import put
from ledgers import signer

from ledger.formats.certificate import CONTEXT as CERTIFICATE
from ledger.formats.note import CONSENT, sign_document
from server.cli.console import ExitCode

KINDS = ("receipt", "cose", "certificate", "consent", "manifest", "export")
STRANGER = f"log {signer('stranger.example/log').verifier.vkey}\nquorum none\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """One file of each kind, and the policy that trusts their log."""
    folder = tmp_path_factory.mktemp("given")
    with lived_in(folder / "home", ManualClock()) as scenario:
        yield {
            name: put(folder / name, data) for name, data in _given(scenario).items()
        }


def _given(scenario: Scenario) -> dict[str, bytes | str]:
    house, subject = scenario.house, scenario.customer()
    record = scenario.idea().record
    archive = b"".join(house.exports.write(subject))
    with zipfile.ZipFile(BytesIO(archive)) as whole:
        manifest = whole.read("manifest.json")
    ordered = house.erasure.erase(scenario.customer("bo"))
    certificate = house.erasure.state(ordered.order_id, ordered.secret).certificate
    consent = sign_document(CONSENT, {"@context": {}, "n": 1}, house.vault.signer)
    return {
        "policy": house.log.policy.encode(),
        "receipt": house.receipts.of_record(subject, record).encode(),
        "cose": house.receipts.cose_of_record(subject, record).encode(),
        "certificate": json.dumps(certificate),
        "consent": json.dumps(consent),
        "manifest": manifest,
        "export": archive,
    }


def _theirs(
    path: Path, policy: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, Any]]:
    code = main(["verify", str(path), "--policy", str(policy), "--json"])
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, said


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_genuine_verifies_under_both(
    kind: str, made: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    ran = allod("verify", made[kind], "--policy", made["policy"], "--json")
    assert (ran.code, ran.document["verified"]) == (ExitCode.OK, True)
    assert _theirs(made[kind], made["policy"], capsys)[0] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_policy_that_lacks_the_key_is_not_told_that_anything_is_forged(
    kind: str,
    made: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    policy = put(tmp_path / "policy", STRANGER)
    ran = allod("verify", made[kind], "--policy", policy, "--json")
    assert (ran.code, ran.document["code"]) == (ExitCode.NO, "signer_unknown")
    told = allod("verify", made[kind], "--policy", policy)
    assert "COULD NOT BE VERIFIED" in told.out + told.err
    assert "DOES NOT VERIFY" not in told.out + told.err
    code, said = _theirs(made[kind], policy, capsys)
    assert (code, said["code"]) == (1, "unknown-signer")


@pytest.mark.parametrize("kind", ["receipt", "cose", "certificate", "consent"])
def test_a_changed_file_is_told_that_a_signature_is_wrong(
    kind: str,
    made: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    changed = put(tmp_path / kind, _changed(kind, made[kind].read_bytes()))
    ran = allod("verify", changed, "--policy", made["policy"], "--json")
    assert (ran.code, ran.document["code"]) == (ExitCode.NO, "signature_wrong")
    told = allod("verify", changed, "--policy", made["policy"])
    assert "DOES NOT VERIFY" in told.out + told.err
    code, said = _theirs(changed, made["policy"], capsys)
    assert (code, said["code"]) == (1, "wrong-signature")


def _changed(kind: str, data: bytes) -> bytes:
    if kind == "cose":
        return data[:-1] + bytes([data[-1] ^ 1])
    if kind != "receipt":
        signed = json.loads(data)
        signed["document"]["n"] = 2
        return json.dumps(signed).encode()
    head, root, blank, line, end = data.decode().rsplit("\n", 4)
    other = ("B" if root[0] == "A" else "A") + root[1:]
    return f"{head}\n{other}\n{blank}\n{line}\n{end}".encode()


def test_a_genuine_document_of_another_kind_is_not_called_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Signed as a certificate, and of the shape of a consent record.
    signed = sign_document(CERTIFICATE, {"@context": {}}, signer())
    odd = put(tmp_path / "odd", json.dumps(signed))
    policy = put(tmp_path / "p", f"log {signer().verifier.vkey}\nquorum none\n")
    ran = allod("verify", odd, "--policy", policy, "--json")
    assert (ran.code, ran.document["code"]) == (ExitCode.NO, "other-kind")
    assert "of another kind" in ran.document["why"]
    code, said = _theirs(odd, policy, capsys)
    assert (code, said["code"]) == (1, "other-kind")
    assert "of another kind" in said["detail"]


def test_a_signed_document_of_no_known_shape_is_not_recognised(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = put(tmp_path / "odd", json.dumps(sign_document(CONSENT, {"n": 1}, signer())))
    policy = put(tmp_path / "p", f"log {signer().verifier.vkey}\nquorum none\n")
    ran = allod("verify", odd, "--policy", policy)
    assert ran.code == ExitCode.USAGE
    assert "of no kind" in ran.err
    assert "of no kind" in _theirs(odd, policy, capsys)[1]["detail"]


def test_the_auditors_program_names_the_policy_that_is_missing(
    made: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for verb, file in (("verify", made["receipt"]), ("audit", tmp_path)):
        code = main([verb, str(file), "--policy", str(tmp_path / "none"), "--json"])
        said = json.loads(capsys.readouterr().out)["error"]["detail"]
        assert (code, said.startswith("the trust policy, ")) == (2, True)
        assert said.endswith("is missing")


@pytest.mark.parametrize(
    ("option", "what"),
    [
        ("--policy", "the trust policy, {}, is missing"),
        ("--proof", "the cosigned proof, {}, is missing"),
        ("--tsa", "time-stamping authority's certificates, {}, is missing"),
    ],
)
def test_the_file_that_is_missing_is_named(
    option: str, what: str, made: dict[str, Path], tmp_path: Path
) -> None:
    file = made["receipt"]
    if option == "--tsa":
        with zipfile.ZipFile(tmp_path / "evidence.zip", "w") as archive:
            archive.writestr("EVIDENCE.txt", "")
        file = tmp_path / "evidence.zip"
    named = {"--policy": made["policy"], option: tmp_path / "nowhere"}
    ran = allod("verify", file, *(part for pair in named.items() for part in pair))
    assert ran.code == ExitCode.USAGE
    assert what.format(tmp_path / "nowhere") in ran.err
