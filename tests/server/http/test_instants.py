"""An instant beyond the calendar is the caller's mistake, wherever it comes in."""

from pathlib import Path

import pytest
from callers import Callers
from commands import allod
from houses import Scenario

from server.cli.console import ExitCode

BEYOND = (
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "10000-01-01T00:00:00Z",
    "99999999999999999999-01-01T00:00:00Z",
)


@pytest.mark.parametrize("at", BEYOND)
async def test_over_http_it_is_a_422(
    callers: Callers, scenario: Scenario, at: str
) -> None:
    scenario.customer()
    ada = callers.customer("ada")
    consent = {"notice_version": 1, "language": "en", "until": at}
    answer = await callers.send("PUT", "/v1/me/consents/marketing.email", ada, consent)
    assert answer.status_code == 422
    [fault] = answer.json()["faults"]
    assert fault["pointer"] == "/until"
    assert "years 1 to 9999" in fault["message"]
    licence = {
        "purpose": "ugc.display",
        "product": "lamp",
        "territory": "eu",
        "since": "9999-12-31T23:59:59.9Z",
        "until": at,
    }
    path = f"/v1/me/contributions/{scenario.idea().record.hex()}/authorization"
    answer = await callers.send("PUT", path, ada, licence)
    assert answer.status_code == 422
    assert at not in answer.text


async def test_the_first_and_the_last_instant_are_instants(
    callers: Callers, scenario: Scenario
) -> None:
    scenario.customer()
    ada = callers.customer("ada")
    consent = {"notice_version": 1, "language": "en"}
    path = "/v1/me/consents/marketing.email"
    last = consent | {"until": "9999-12-31T23:59:59.999999Z"}
    answer = await callers.send("PUT", path, ada, last)
    assert answer.json()["until"] == "9999-12-31T23:59:59Z"
    licence = {
        "purpose": "ugc.display",
        "product": "lamp",
        "territory": "eu",
        "since": "9999-12-31T23:59:59.9Z",
        "until": "9999-12-31T23:59:59.9Z",
    }
    own = f"/v1/me/contributions/{scenario.idea().record.hex()}/authorization"
    assert (await callers.send("PUT", own, ada, licence)).status_code == 422


@pytest.mark.parametrize("at", BEYOND)
def test_a_command_ends_with_2(tmp_path: Path, at: str) -> None:
    given = ("--accept-lost-orders", "--since", at, "--token-file", tmp_path)
    ran = allod("restore", *given, "--home", tmp_path, "--json")
    assert ran.code == ExitCode.USAGE
    assert ran.document["error"]["faults"][0]["pointer"] == "/since"
