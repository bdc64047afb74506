"""Birth dates over HTTP: a child is kept out of advertising, and comes of age."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from callers import Callers
from clocks import ManualClock
from commands import allod
from houses import lived_in, opened

from kit.clock import iso
from server.cli.console import ExitCode

REGISTERS = "service.registration"
BORN = "2010-11-29"  # the clock stands at 2026-11-22: sixteen in a week


def registration(name: str, **more: str) -> dict[str, str]:
    return {"customer_id": name, "region": "eu", "birth_date": BORN, **more}


async def register(callers: Callers, name: str = "kid", **more: str) -> None:
    body = registration(name, purpose=REGISTERS, **more)
    answer = await callers.send("POST", "/v1/customers", callers.service(), body)
    assert answer.status_code == 201, answer.text


async def advertised_to(callers: Callers, name: str = "kid") -> tuple[int, list[str]]:
    answer = await callers.get(
        f"/v1/customers/{name}/records",
        callers.service("marketing", name="shop"),
        purpose="marketing.email",
        collection="profile",
    )
    reasons = answer.json().get("reasons", [])
    return answer.status_code, [each["code"] for each in reasons]


async def test_a_child_with_a_consent_is_not_written_to_until_they_come_of_age(
    callers: Callers,
) -> None:
    await register(callers)
    callers.scenario.profile("kid")
    callers.scenario.grant("kid")
    assert await advertised_to(callers) == (403, ["minor.guardian"])
    callers.scenario.clock.advance(days=7)
    callers.scenario.house.vault.heartbeat.run_once()
    assert await advertised_to(callers) == (200, [])


async def test_each_of_many_is_answered_in_its_place(callers: Callers) -> None:
    items = [
        registration("kid"),
        registration("old", birth_date="1990-05-17"),
        registration("odd", birth_date="2010-02-30"),
    ]
    body = {"purpose": REGISTERS, "items": items}
    answer = await callers.send("POST", "/v1/registrations", callers.service(), body)
    outcomes = answer.json()["items"]
    assert [each["outcome"] for each in outcomes] == ["created", "created", "refused"]
    assert outcomes[2]["error"]["code"] == "birth_date.impossible"
    house = callers.scenario.house
    found = [
        house.customers.standing(callers.scenario.subject(each)).minor
        for each in ("kid", "old")
    ]
    assert found == ["yes", "no"]


async def test_a_correction_answers_with_what_follows_from_the_date(
    callers: Callers,
) -> None:
    callers.scenario.customer("ada")
    body = {"birth_date": BORN, "reason": "she told us", "purpose": REGISTERS}
    path, who = "/v1/customers/ada", callers.service()
    answer = await callers.send("PATCH", path, who, body)
    assert answer.json() == {"customer_id": "ada", "region": "eu", "minor": "yes"}
    # Nobody is said to be of age against their date.
    said = await callers.send("PATCH", path, who, {**body, "minor": "no"})
    assert said.json()["minor"] == "yes"


@pytest.mark.parametrize("born", ["2027-01-01", "1800-01-01", "17.05.2012", ""])
async def test_a_date_that_cannot_be_is_not_repeated(
    callers: Callers, born: str
) -> None:
    callers.scenario.customer("ada")
    body = registration("kid", purpose=REGISTERS, birth_date=born)
    registered = await callers.send("POST", "/v1/customers", callers.service(), body)
    change = {"birth_date": born, "reason": "r", "purpose": REGISTERS}
    corrected = await callers.send(
        "PATCH", "/v1/customers/ada", callers.service(), change
    )
    for answer in (registered, corrected):
        assert answer.status_code == 422
        (fault,) = answer.json()["faults"]
        assert fault["pointer"] == "/birth_date"
        assert not born or born not in answer.text


async def test_the_customer_sees_their_date_and_nobody_else_does(
    callers: Callers,
) -> None:
    await register(callers)
    own = callers.customer("kid")
    assert (await callers.get("/v1/me", own)).json() == {
        "customer_id": "kid",
        "region": "eu",
        "minor": "yes",
        "birth_date": BORN,
    }
    answer = await callers.send("POST", "/v1/me/exports", own)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        document = json.loads(archive.read("registration.json"))
    assert (document["minor"], document["birth_date"]) == ("yes", BORN)
    roster = await callers.get("/v1/customers", callers.service(), purpose=REGISTERS)
    assert BORN not in roster.text


def test_the_command_corrects_a_date_and_tells_what_follows(tmp_path: Path) -> None:
    home, clock = tmp_path / "home", ManualClock()
    with lived_in(home, clock) as scenario:
        scenario.customer()
    told = "correct", "ada", "--home", home, "--reason", "she told us", "--json"
    wrong = allod(*told, "--birth-date", "1800-01-01")
    assert (wrong.code, "1800" in wrong.err) == (ExitCode.USAGE, False)
    ran = allod(*told, "--birth-date", iso(clock.now())[:10])
    assert (ran.code, ran.document["minor"]) == (ExitCode.OK, "yes")
    with opened(home, clock) as scenario:
        standing = scenario.house.customers.standing(scenario.subject("ada"))
        assert standing.minor == "yes"
