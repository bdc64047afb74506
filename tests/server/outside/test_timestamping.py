"""Trusted time from end to end: an authority over HTTP, evidence over the API."""

import io
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from allod.proofs import TrustPolicy, verify_time_evidence
from authorities import Authority, Served, serving
from callers import calling
from clocks import ManualClock
from commands import allod
from houses import Scenario
from one_verifier import verify_archive
from stamping import stamped_house

from kit.errors import CannotStart, NotFound, Unavailable
from kit.settings import Settings
from ledger.formats.timestamp import MAX_TOKEN_BYTES
from server.cli.console import ExitCode
from server.outside.timestamping import HttpTsa, authority_of


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made(tmp_path_factory.mktemp("tsa") / "a")


@pytest.fixture
def stamped(
    tmp_path: Path, authority: Authority, clock: ManualClock
) -> Iterator[tuple[Scenario, Served]]:
    with stamped_house(tmp_path / "home", authority, clock) as pair:
        yield pair


@pytest.fixture
def scenario(stamped: tuple[Scenario, Served]) -> Scenario:
    return stamped[0]


def trusted(scenario: Scenario) -> TrustPolicy:
    return TrustPolicy.parse(scenario.house.log.policy.encode())


async def test_a_contribution_has_evidence_once_the_heart_has_beaten(
    scenario: Scenario, authority: Authority
) -> None:
    scenario.customer("ada")
    written = scenario.idea()
    path = f"/v1/me/contributions/{written.record.hex()}/evidence"
    async with calling(scenario) as callers:
        early = await callers.get(path, callers.customer("ada"))
        assert (early.status_code, early.json()["code"]) == (409, "time.none")
        scenario.house.vault.heartbeat.run_once()
        answer = await callers.get(path, callers.customer("ada"))
    assert answer.headers["content-type"] == "application/zip"
    shown = verify_time_evidence(answer.content, trusted(scenario), authority.chain)
    assert (shown.receipt.kind, shown.receipt.index) == ("contribution", written.index)


async def test_evidence_of_a_contribution_is_not_of_what_was_allowed_with_it(
    scenario: Scenario, authority: Authority
) -> None:
    subject = scenario.customer("ada")
    written = scenario.idea()
    with scenario.house.vault_db.write() as session:
        scenario.house.authorizations.withdraw(session, subject, written.record)
    scenario.house.vault.heartbeat.run_once()
    made = scenario.house.evidence.of_record(subject, written.record).encode()
    shown = verify_time_evidence(made, trusted(scenario), authority.chain)
    assert shown.receipt.kind == "contribution"


def test_what_nobody_contributed_has_no_evidence(scenario: Scenario) -> None:
    subject = scenario.customer("ada")
    profile = scenario.profile()
    for record in (profile.record, bytes(16)):
        with pytest.raises(NotFound):
            scenario.house.evidence.of_record(subject, record)


async def test_an_erasure_has_evidence_after_the_key_is_gone(
    scenario: Scenario, authority: Authority
) -> None:
    ordered = scenario.house.erasure.erase(scenario.customer("bo"))
    scenario.house.vault.heartbeat.run_once()
    path = f"/v1/erasures/{ordered.order_id.hex()}/evidence"
    async with calling(scenario) as callers:
        wrong = await callers.get(path, {"Erasure-Secret": "another"})
        answer = await callers.get(path, {"Erasure-Secret": ordered.secret})
    assert wrong.status_code == 404
    shown = verify_time_evidence(answer.content, trusted(scenario), authority.chain)
    assert shown.certificate is not None
    assert shown.certificate.erasure_id == ordered.order_id.hex()


def test_evidence_is_verified_at_the_command_line_with_what_the_verifier_brings(
    scenario: Scenario, authority: Authority, tmp_path: Path
) -> None:
    subject = scenario.customer("ada")
    written = scenario.idea()
    scenario.house.vault.heartbeat.run_once()
    file, policy = tmp_path / "idea.zip", tmp_path / "policy.txt"
    made = scenario.house.evidence.of_record(subject, written.record).encode()
    file.write_bytes(made)
    policy.write_text(scenario.house.log.policy.encode())
    root = authority.folder / "root.pem"
    ran = allod("verify", file, "--tsa", root, "--json")
    assert (ran.code, ran.document["kind"]) == (0, "evidence")
    assert ran.document["facts"]["kind"] == "contribution"
    assert allod("verify", file, "--json").code == ExitCode.USAGE
    file.write_bytes(made[:900] + bytes([made[900] ^ 1]) + made[901:])
    ran = allod("verify", file, "--tsa", root, "--json")
    assert (ran.code, ran.document["verified"]) == (ExitCode.NO, False)


def test_an_export_holds_the_evidence_of_what_was_contributed(
    scenario: Scenario, authority: Authority
) -> None:
    subject = scenario.customer("ada")
    written = scenario.idea()
    scenario.house.vault.heartbeat.run_once()
    scenario.idea()
    data = b"".join(scenario.house.exports.write(subject))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        (name,) = [each for each in archive.namelist() if each.startswith("evidence/")]
        evidence = archive.read(name)
    assert name == f"evidence/{written.record.hex()}-1.zip"
    assert verify_archive(data, scenario.house.log.policy).proven
    shown = verify_time_evidence(evidence, trusted(scenario), authority.chain)
    assert shown.receipt.index == written.index


def test_an_authority_that_is_down_stops_neither_publishing_nor_the_heart(
    stamped: tuple[Scenario, Served],
) -> None:
    scenario, served = stamped
    scenario.customer("ada")
    scenario.idea()
    served.status = 503
    scenario.house.vault.heartbeat.run_once()
    latest = scenario.house.log.latest()
    assert latest is not None
    assert served.asked
    (count,) = (
        scenario.house.vault_db.reader()
        .execute("SELECT count(*) FROM ledger_time")
        .fetchone()
    )
    assert count == 0


@pytest.mark.parametrize(
    ("status", "media", "body"),
    [
        (200, "text/html", b"<p>"),
        (302, "application/timestamp-reply", b""),
        (404, "application/timestamp-reply", b""),
        (200, "application/timestamp-reply", bytes(MAX_TOKEN_BYTES + 1)),
    ],
)
def test_what_is_no_answer_of_the_protocol_is_none(
    status: int, media: str, body: bytes
) -> None:
    with serving(lambda _: body) as served:
        served.status, served.media = status, media
        with pytest.raises(Unavailable):
            HttpTsa.at(served.url).ask(b"0\0")


def test_an_authority_that_takes_too_long_is_hung_up_on() -> None:
    def slow(_: bytes) -> bytes:
        time.sleep(0.6)
        return b""

    with serving(slow) as served:
        tsa = replace(HttpTsa.at(served.url), patience=timedelta(milliseconds=100))
        began = time.monotonic()
        with pytest.raises(Unavailable):
            tsa.ask(b"0\0")
        assert time.monotonic() - began < 0.5


def test_an_answer_that_comes_in_drops_is_hung_up_on() -> None:
    with serving(lambda _: bytes(100)) as served:
        served.drop, served.pause = 1, 0.05
        tsa = replace(HttpTsa.at(served.url), patience=timedelta(milliseconds=200))
        began = time.monotonic()
        with pytest.raises(Unavailable):
            tsa.ask(b"0\0")
        assert time.monotonic() - began < 2


def test_nobody_at_the_address_is_no_answer() -> None:
    with serving(bytes) as served:
        url = served.url
    with pytest.raises(Unavailable):
        HttpTsa.at(url).ask(b"0\0")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://tsa.example/",
        "tsa.example",
        "http://",
        "http://a:b@tsa.example/",
        "http://[",
        "http://a:x/",
    ],
)
def test_a_url_that_names_no_authority_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(CannotStart, match="URL"):
        HttpTsa.at(url)


def test_a_url_is_taken_apart() -> None:
    to = HttpTsa.at("https://tsa.example:8443/stamp?as=1").endpoint
    assert (to.tls, to.host, to.port) == (True, "tsa.example", 8443)
    assert (to.path, to.query) == ("/stamp", "as=1")


def test_an_authority_without_certificates_is_refused_at_the_start(
    tmp_path: Path,
) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    settings = Settings(home=tmp_path, tsa_url="http://tsa.example/")
    for chain in (None, tmp_path / "missing.pem", wrong):
        with pytest.raises(CannotStart, match="certificates"):
            authority_of(settings.model_copy(update={"tsa_chain": chain}))
    assert authority_of(Settings(home=tmp_path)) is None


def test_the_settings_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOD_TSA_URL", "http://tsa.example/")
    monkeypatch.setenv("ALLOD_TSA_CHAIN", str(tmp_path / "chain.pem"))
    monkeypatch.setenv("ALLOD_TSA_INTERVAL", "600")
    read = Settings.read()
    assert read.tsa_url == "http://tsa.example/"
    assert read.tsa_chain == tmp_path / "chain.pem"
    assert read.tsa_interval == timedelta(minutes=10)
    for wrong in ("0", "-1", "x", "99999999999"):
        monkeypatch.setenv("ALLOD_TSA_INTERVAL", wrong)
        with pytest.raises(CannotStart, match="ALLOD_TSA_INTERVAL"):
            Settings.read()
