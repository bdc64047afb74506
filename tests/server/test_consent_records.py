"""Consent records: given to the customer, in the export, and checked by anybody."""

import json
import zipfile
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from allod.proofs import Context, TrustPolicy, VerificationError, verify_document
from callers import Callers, calling
from clocks import ManualClock
from commands import allod
from houses import Scenario, lived_in, settle
from linked_data import faults

from kit.errors import CannotStart
from kit.settings import Settings
from server.cli.console import ExitCode
from server.house.controller import controller_of
from server.house.wiring import open_house

PATH = "/v1/me/consents/marketing.email/record"
NAMED = {"controller": "Acme GmbH", "controller_url": "https://acme.example/me"}
GRANT = {"notice_version": 1, "language": "en"}


@pytest.fixture
def scenario(tmp_path: Path, clock: ManualClock) -> Iterator[Scenario]:
    home = tmp_path / "home"
    settle(home, clock)
    with open_house(Settings(home=home, **NAMED), clock=clock) as house:
        scenario = Scenario(house, clock, home)
        scenario.customer()
        yield scenario


@pytest.fixture
async def callers(scenario: Scenario) -> AsyncIterator[Callers]:
    async with calling(scenario) as callers:
        yield callers


@pytest.fixture
def ada(callers: Callers) -> dict[str, str]:
    return callers.customer("ada")


def policy_of(scenario: Scenario) -> TrustPolicy:
    return TrustPolicy.parse(scenario.house.log.policy.encode().encode())


async def _said(callers: Callers, ada: dict[str, str]) -> dict[str, Any]:
    consent = "/v1/me/consents/marketing.email"
    assert (await callers.send("PUT", consent, ada, GRANT)).is_success
    assert (await callers.send("DELETE", consent, ada)).is_success
    answer = await callers.get(PATH, ada)
    assert answer.status_code == 200, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


async def test_a_customer_gets_a_record_that_anybody_verifies(
    callers: Callers, ada: dict[str, str]
) -> None:
    receipt = await _said(callers, ada)
    shown = verify_document(
        Context.CONSENT, receipt, policy_of(callers.scenario)
    ).document
    assert shown["dct:conformsTo"] == "https://w3id.org/dpv/schema/dpv-27560#record"
    assert faults(shown) == []
    process = shown["dpv:hasProcess"]
    assert process["dpv:hasDataController"]["dpv:hasName"] == NAMED["controller"]
    control = process["dpv:hasConsentControl"]
    assert control["dpv:isExercisedAt"] == NAMED["controller_url"]
    given, withdrawn = shown["dpv:hasConsentStatus"]
    assert given["@type"][0] == "dpv:ConsentGiven"
    assert withdrawn["@type"] == ["dpv:ConsentWithdrawn"]
    data = process["dpv:hasPersonalData"]
    assert [each["dct:title"] for each in data] == ["contact", "identity", "preference"]
    assert "ada" not in json.dumps(receipt["document"])
    receipt["document"]["dpv:hasConsentStatus"].pop()
    with pytest.raises(VerificationError):
        verify_document(Context.CONSENT, receipt, policy_of(callers.scenario))


async def test_there_is_no_record_of_what_was_never_said_about_consent(
    callers: Callers, ada: dict[str, str]
) -> None:
    objections = {"purpose": "analytics.aggregate"}
    await callers.send("POST", "/v1/me/objections", ada, objections)
    for purpose in ("marketing.sms", "analytics.aggregate", "no.such"):
        answer = await callers.get(f"/v1/me/consents/{purpose}/record", ada)
        assert answer.status_code == 422
        assert answer.json()["code"] == "consent.other_basis"


async def test_the_export_holds_it_and_the_program_verifies_it(
    callers: Callers, ada: dict[str, str], tmp_path: Path
) -> None:
    await _said(callers, ada)
    scenario = callers.scenario
    data = b"".join(scenario.house.exports.write(scenario.subject("ada")))
    with zipfile.ZipFile(BytesIO(data)) as archive:
        (name,) = [e for e in archive.namelist() if e.startswith("consents/")]
        (tmp_path / "consent.json").write_bytes(archive.read(name))
        (tmp_path / "policy.txt").write_bytes(archive.read("policy.txt"))
    (tmp_path / "all.zip").write_bytes(data)
    assert name == "consents/marketing.email.json"
    found = allod("verify", tmp_path / "consent.json", "--json")
    assert (found.code, found.document["kind"]) == (ExitCode.OK, "consent receipt")
    assert allod("verify", tmp_path / "all.zip").code == ExitCode.OK


async def test_until_the_controller_is_named_there_is_none_and_the_answer_says_so(
    tmp_path: Path, clock: ManualClock
) -> None:
    with lived_in(tmp_path / "unnamed", clock) as scenario:
        scenario.customer()
        scenario.withdraw("ada")
        async with calling(scenario) as callers:
            answer = await callers.get(PATH, callers.customer("ada"))
        assert (answer.status_code, answer.json()["code"]) == (
            *(409, "controller.unnamed"),
        )
        data = b"".join(scenario.house.exports.write(scenario.subject("ada")))
        with zipfile.ZipFile(BytesIO(data)) as archive:
            assert not [e for e in archive.namelist() if e.startswith("consents/")]


@pytest.mark.parametrize(
    "change",
    [
        {"controller": ""},
        {"controller": " Acme"},
        {"controller": "A\ncme"},
        {"controller_url": ""},
        {"controller_url": "http://acme.example"},
        {"controller_url": "https://ann:pw@acme.example"},
        {"controller_url": "https://"},
        {"controller_url": "https://a cme.example"},
        {"controller_url": "https://[::1"},
    ],
)
def test_a_controller_that_is_named_in_part_is_no_controller(
    change: dict[str, str], tmp_path: Path
) -> None:
    named = {**NAMED, **change}
    with pytest.raises(CannotStart) as refused:
        controller_of(Settings(home=tmp_path, **named))
    assert "ALLOD_CONTROLLER_URL" in refused.value.fix


def test_the_settings_name_the_controller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOD_CONTROLLER", "Acme")
    monkeypatch.setenv("ALLOD_CONTROLLER_URL", "https://a.example")
    found = controller_of(Settings.read(home=tmp_path))
    assert found is not None
    assert (found.name, found.rights_at) == ("Acme", "https://a.example")
