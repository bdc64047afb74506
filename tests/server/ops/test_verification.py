"""What somebody hands in: told apart, verified, or refused in one way."""

import codecs
import json
from pathlib import Path

import pytest
from allod.proofs import TrustPolicy, VerificationError
from allod.proofs._files import MAX_FILE_BYTES
from allod.proofs.verifying import shown
from commands import allod
from houses import Scenario
from import_files import put
from paper_log import a_log as paper_log
from paper_log import plain_json

from ledger.formats.note import CONSENT, sign_document
from server.cli.console import ExitCode
from server.ops.verification import NotRecognised, verify


@pytest.fixture
def policy(scenario: Scenario, tmp_path: Path) -> Path:
    return put(tmp_path / "policy.txt", scenario.house.log.policy.encode())


@pytest.fixture
def receipt(scenario: Scenario, tmp_path: Path) -> Path:
    subject = scenario.customer()
    written = scenario.idea()
    made = scenario.house.receipts.of_record(subject, written.record)
    return put(tmp_path / "receipt.tlog-proof", made.encode())


@pytest.fixture
def certificate(scenario: Scenario, tmp_path: Path) -> Path:
    ordered = scenario.house.erasure.erase(scenario.customer("bo"))
    state = scenario.house.erasure.state(ordered.order_id, ordered.secret)
    return put(tmp_path / "certificate.json", json.dumps(state.certificate))


def test_a_receipt_is_verified(receipt: Path, policy: Path) -> None:
    found = verify(receipt, policy)
    assert (found.kind, found.facts["kind"]) == ("receipt", "contribution")


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (253_402_300_799, "9999-12-31T23:59:59Z"),
        (253_402_300_800, "253402300800"),
        (2**53 - 1, "9007199254740991"),
    ],
)
def test_a_receipt_of_a_time_beyond_the_calendar_is_verified(
    tmp_path: Path, at: int, shown: str
) -> None:
    log = paper_log(0)
    payload = plain_json({"v": 1, "kind": "x", "at": at, "facts": None})
    log.openings.append(("operator", at, bytes(32), payload))
    policy = put(tmp_path / "policy.txt", f"log {log.key.vkey}\nquorum none\n")
    path = put(tmp_path / "receipt.tlog-proof", log.receipt(0))
    ran = allod("verify", path, "--policy", policy, "--json")
    assert (ran.code, ran.document["facts"]["at"]) == (0, shown)


def test_a_cose_receipt_is_verified_and_no_bit_of_what_it_shows_is_another(
    scenario: Scenario, policy: Path, tmp_path: Path
) -> None:
    subject = scenario.customer()
    written = scenario.idea()
    made = scenario.house.receipts.cose_of_record(subject, written.record).encode()
    (tmp_path / "idea.cose").write_bytes(made)
    ran = allod("verify", tmp_path / "idea.cose", "--policy", policy, "--json")
    assert (ran.code, ran.document["kind"]) == (0, "COSE receipt")
    assert ran.document["facts"]["kind"] == "contribution"
    (tmp_path / "idea.cose").write_bytes(made[:-1] + bytes([made[-1] ^ 1]))
    ran = allod("verify", tmp_path / "idea.cose", "--policy", policy, "--json")
    assert (ran.code, ran.document["verified"]) == (ExitCode.NO, False)


def test_a_certificate_is_verified(certificate: Path, policy: Path) -> None:
    found = verify(certificate, policy)
    assert found.kind == "erasure certificate"
    assert found.facts["finality"] == "not_scheduled"


def test_a_consent_receipt_is_verified(
    scenario: Scenario, policy: Path, tmp_path: Path
) -> None:
    signed = sign_document(CONSENT, {"@context": {}}, scenario.house.vault.signer)
    path = put(tmp_path / "consent.json", json.dumps(signed))
    assert verify(path, policy).kind == "consent receipt"


def test_an_export_is_verified(
    scenario: Scenario, policy: Path, tmp_path: Path
) -> None:
    subject = scenario.customer()
    scenario.profile()
    archive = b"".join(scenario.house.exports.write(subject))
    found = verify(put(tmp_path / "export.zip", archive), policy)
    assert found.kind == "export"
    assert found.facts["entries"] == found.facts["proven"] == 1


def test_what_was_altered_does_not_verify_and_ends_with_1(
    certificate: Path, receipt: Path, policy: Path
) -> None:
    signed = json.loads(certificate.read_text())
    signed["document"]["finality"] = "final"
    certificate.write_text(json.dumps(signed))
    lines = receipt.read_text().splitlines(keepends=True)
    receipt.write_text("".join(lines).replace("index ", "index 1"))
    for path in (certificate, receipt):
        ran = allod("verify", path, "--policy", policy, "--json")
        assert ran.code == ExitCode.NO
        assert ran.document["verified"] is False
        assert ran.document["why"]


def test_another_logs_receipt_is_not_trusted(receipt: Path, policy: Path) -> None:
    text = policy.read_text().replace("log ", "log other")
    policy.write_text(text)
    assert allod("verify", receipt).code != ExitCode.OK


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"{}", b'{"document": 1, "note": ""}', b"[1]", b"\xff\xfe"],
)
def test_what_is_nothing_of_ours_is_not_recognised(
    policy: Path, tmp_path: Path, data: bytes
) -> None:
    with pytest.raises(NotRecognised):
        verify(put(tmp_path / "thing", data), policy)


def test_a_file_that_is_too_long_is_not_read_whole(
    policy: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotRecognised, match="too long"):
        verify(put(tmp_path / "thing", b" " * (MAX_FILE_BYTES + 1)), policy)


def test_a_missing_file_or_policy_is_said_so(policy: Path, tmp_path: Path) -> None:
    with pytest.raises(NotRecognised, match="missing"):
        verify(tmp_path / "nowhere", policy)
    with pytest.raises(NotRecognised, match="missing"):
        verify(policy, tmp_path / "nowhere")


def test_every_cut_of_a_receipt_is_refused(receipt: Path, policy: Path) -> None:
    whole, trusted = receipt.read_bytes(), TrustPolicy.parse(policy.read_bytes())
    for length in range(0, len(whole), 7):
        with pytest.raises(VerificationError):
            shown(whole[:length], trusted)


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8], ids=["no mark", "a mark"])
def test_a_trust_policy_that_was_saved_on_windows_is_read(
    receipt: Path, policy: Path, mark: bytes
) -> None:
    policy.write_bytes(mark + policy.read_bytes().replace(b"\n", b"\r\n"))
    assert allod("verify", receipt, "--policy", policy).code == ExitCode.OK


@pytest.mark.parametrize("own", ["--policy", "--proof", "--tsa"])
def test_a_file_of_ones_own_that_is_none_ends_with_2_and_says_which(
    receipt: Path, policy: Path, tmp_path: Path, own: str
) -> None:
    """An auditor's script must not take their own slip for a forgery."""
    bad = put(tmp_path / "bad.txt", b"trust everybody\n")
    if own == "--tsa":
        start = b"PK\3\4".ljust(30, b"\0") + b"EVIDENCE.txt"
        receipt = put(tmp_path / "evidence.zip", start)
    named = ("--policy", policy) if own != "--policy" else ()
    ran = allod("verify", receipt, *named, own, bad, "--json")
    assert ran.code == ExitCode.USAGE
    assert ran.document["error"]["code"] == "not_recognised"
    assert "bad.txt cannot be understood" in ran.document["error"]["detail"]
