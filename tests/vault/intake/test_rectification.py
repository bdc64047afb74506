"""A person puts right what is held about them: what is theirs, and nothing else."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from by_hand import named
from callers import calling
from clocks import ManualClock
from commands import allod
from houses import CASE, HISTORY, Scenario, caring, lived_in, opened
from reaching import WHY, care

from kit.errors import AllodError, Conflict, Invalid, NotFound, Refused
from server.auth.principals import Bearer
from server.cli.console import ExitCode
from vault import Disclosure, Item, WriteResult
from vault.writes.in_use import MAX_TIMES

BOUGHT = {"date": "2026-01-31", "quantity": 2, "amount": 3}


def correct(
    scenario: Scenario, written: WriteResult, name: str = "ada", /, **changes: Any
) -> list[str]:
    corrected = scenario.house.vault.righting.rectification.correct_own(
        scenario.own(name), written.record, changes
    )
    return [each["name"] for each in corrected.recipients]


def own(scenario: Scenario, written: WriteResult) -> Disclosure:
    return scenario.house.gate.read(scenario.own("ada"), None, written.record)


def test_what_is_corrected_is_read_by_everybody_from_then_on(
    scenario: Scenario,
) -> None:
    scenario.customer()
    written = scenario.profile(city="Bohn", language="en")
    scenario.read(CASE, "ada", written)
    assert correct(scenario, written, city="Bonn", language=None) == ["helpdesk"]
    shown = own(scenario, written)
    assert (shown.values["city"], shown.version) == ("Bonn", 2)
    assert "language" not in shown.values
    assert shown.values["name"] == "Ada Example"
    assert "language" not in scenario.read(CASE, "ada", written).values


def test_it_stands_in_their_chain_without_a_value(scenario: Scenario) -> None:
    scenario.customer()
    written = scenario.profile()
    correct(scenario, written, city="Bonn")
    (act,) = care(scenario).acts.of(scenario.subject("ada"))
    said = act.document()
    assert (act.kind, act.record, said["by"]) == (
        *("record.corrected", written.record),
        "customer",
    )
    assert (said["fields"], said["version"]) == (["city"], 2)
    assert b"Bonn" not in act.content
    assert named(scenario) == []
    last = scenario.writes()[-1]
    assert (last.purpose, last.outcome) == ("self.access", "written")


def test_an_identifier_that_is_corrected_is_found_by_the_new_one(
    scenario: Scenario,
) -> None:
    scenario.customer()
    written = scenario.profile()
    correct(scenario, written, email="new@example.org")
    own = scenario.own("ada")
    find = scenario.house.gate.find
    (found,) = find(own, "profile", "email", "new@example.org").items
    assert found.record == written.record
    with pytest.raises(NotFound):
        find(own, "profile", "email", "ada@example.org")


def test_what_the_controller_has_to_keep_is_refused_with_the_article(
    scenario: Scenario,
) -> None:
    scenario.customer()
    written = scenario.put("ada", "purchase", BOUGHT)
    with pytest.raises(Refused) as refusal:
        correct(scenario, written, amount=0)
    (reason,) = refusal.value.reasons
    assert (reason.code, reason.article[:7]) == ("correction.kept", "GDPR 16")
    assert scenario.read(CASE, "ada", written).values["amount"] == 3


def test_what_is_held_is_not_corrected(scenario: Scenario) -> None:
    scenario.customer()
    written = scenario.profile()
    care(scenario).holds.set(caring("ann"), "ada", record=written.record, reason=WHY)
    with pytest.raises(Refused) as refusal:
        correct(scenario, written, city="Bonn")
    assert [each.code for each in refusal.value.reasons] == ["hold.frozen"]


def test_nothing_strange_values_old_versions_and_others_are_refused(
    scenario: Scenario,
) -> None:
    scenario.customer()
    scenario.customer("bob")
    written = scenario.profile()
    rectification = scenario.house.vault.righting.rectification
    for changes in ({}, {"email": "nowhere"}, {"shoe_size": 44}, {"name": None}):
        with pytest.raises(Invalid):
            correct(scenario, written, **changes)
    with pytest.raises(Conflict):
        rectification.correct_own(
            scenario.own("ada"), written.record, {"city": "Bonn"}, version=7
        )
    with pytest.raises(NotFound):
        correct(scenario, written, "bob", city="Bonn")


def test_over_the_api_and_by_command(tmp_path: Path) -> None:
    home, clock = tmp_path / "home", ManualClock()
    values = tmp_path / "values.json"
    with lived_in(home, clock) as scenario:
        scenario.customer()
        written = scenario.profile()
        bought = scenario.house.intake.put(HISTORY, "ada", Item("purchase", BOUGHT))

        async def ask() -> list[int]:
            async with calling(scenario) as callers:
                me, path = callers.customer("ada"), "/v1/me/records/"
                bodies = ({"city": "Bonn"}, {"amount": 0})
                return [
                    (
                        await callers.send(
                            "PATCH",
                            path + each.record.hex(),
                            me,
                            {"values": body, "version": 1},
                        )
                    ).status_code
                    for each, body in zip((written, bought), bodies, strict=True)
                ]

        assert asyncio.run(ask()) == [200, 403]
    command = "rectify", "ada", written.record.hex(), "--home", home, "--json"
    values.write_text(json.dumps({"city": "Köln"}), "utf-8")
    ran = allod(*command, "--values", values)
    assert (ran.code, ran.document["version"]) == (ExitCode.OK, 3)
    values.write_text("[]")
    assert allod(*command, "--values", values).code == ExitCode.USAGE
    with opened(home, clock) as scenario:
        assert own(scenario, written).values["city"] == "Köln"
        by = [
            each.document()["by"]
            for each in care(scenario).acts.of(scenario.subject("ada"))
        ]
        assert by == ["customer", "operator for the customer"]


def test_what_nobody_can_have_is_kept_and_named_to_who_corrects_it(
    tmp_path: Path,
) -> None:
    home, clock = tmp_path / "home", ManualClock()
    values = tmp_path / "values.json"
    with lived_in(home, clock) as scenario:
        scenario.customer()
        written = scenario.profile()

        async def ask(version: int, **changes: Any) -> list[str]:
            async with calling(scenario) as callers:
                path = f"/v1/me/records/{written.record.hex()}"
                body = {"values": changes, "version": version}
                ada = callers.customer("ada")
                answer = await callers.send("PATCH", path, ada, body)
                named: list[str] = answer.json()["doubtful"]
                return named

        assert asyncio.run(ask(1, city="Bonn")) == []
        assert asyncio.run(ask(2, phone="+49 1")) == ["phone"]
        assert own(scenario, written).values["phone"] == "+49 1"
    command = "rectify", "ada", written.record.hex(), "--home", home
    values.write_text(json.dumps({"email": "a..b@docomo.ne.jp"}), "utf-8")
    ran = allod(*command, "--values", values)
    assert "field email" in ran.out
    assert "field phone" in ran.out
    assert "docomo" not in ran.out
    values.write_text(json.dumps({"email": "b@docomo.ne.jp", "phone": None}), "utf-8")
    ran = allod(*command, "--values", values, "--json")
    assert ran.document["doubtful"] == []


def test_an_address_of_another_is_not_had_and_who_tries_many_keeps_nobody_else_out(
    scenario: Scenario,
) -> None:
    written = {}
    for name in ("ada", "bob", "eve"):
        scenario.customer(name)
        written[name] = scenario.profile(name)
    correct_own = scenario.house.vault.righting.rectification.correct_own

    def tried(name: str, **changes: Any) -> str:
        # As they sign in: all customers are called the same.
        bearer = Bearer.customer(scenario.subject(name), region="eu")
        question = bearer.asks("self.access", action="write", request="r")
        try:
            correct_own(question, written[name].record, changes)
        except AllodError as error:
            return error.reason_code
        return "corrected"

    told = [tried("ada", email="bob@example.org") for _ in range(MAX_TIMES)]
    assert set(told) == {"customer.unavailable"}
    assert tried("ada", email="bob@example.org") == "limit.rate"
    assert tried("eve", email="eve.new@example.org") == "corrected"
    assert tried("bob", city="Bonn") == "corrected"
