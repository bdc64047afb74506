"""A telephone number is one number, with its country and as it is dialled at home."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from callers import calling
from clocks import ManualClock
from houses import CAMPAIGN, CASE, IDEA, Scenario, lived_in
from reaching import refusal
from recatalogued import recatalogued

from kit.errors import NotFound
from vault.gate.verifying import Claim

AT_HOME = (
    "phone: {type: phone, class: contact, shared: true",
    "phone: {type: phone, phone_region: DE, class: contact",
)
FULL_WIDTH = {ord("0") + n: 0xFF10 + n for n in range(10)}
NUMBER = "+49 30 5550170"
WRITINGS = [
    NUMBER,
    "+49 (0)30 555-0170",
    "0049305550170",
    "(030) 555-0170",
    "030/5550170",
    "030 5550170".translate(FULL_WIDTH),
    "\u202a+49305550170\u202c",
]


def _holding(scenario: Scenario, phone: str) -> None:
    scenario.customer("ada")
    scenario.put("ada", "profile", {"name": "Ada", "phone": phone})
    scenario.grant("ada")


@pytest.fixture
def german(tmp_path: Path, clock: ManualClock) -> Iterator[Scenario]:
    home = tmp_path / "home"
    with lived_in(home, clock):
        pass
    with recatalogued(home, clock, AT_HOME) as scenario:
        yield scenario


@pytest.mark.parametrize("text", WRITINGS)
def test_it_is_found_verified_and_kept_for_its_holder_in_any_writing(
    german: Scenario, text: str
) -> None:
    _holding(german, text)
    for other in WRITINGS:
        page = german.house.gate.find(CAMPAIGN, "profile", "phone", other)
        assert [each.customer_id for each in page.items] == ["ada"]
        # What they wrote stays as they wrote it.
        assert page.items[0].values["phone"] == text
    told = german.house.gate.verify(CASE, "ada", Claim("profile", "phone", NUMBER))
    assert told.matches
    german.customer("bob")
    with refusal("identifier.taken"):
        german.put("bob", "profile", {"name": "Bob", "phone": WRITINGS[3]})
    german.house.erasure.erase(german.subject("ada"))
    for other in WRITINGS:
        with refusal("customer.unavailable"):
            german.put("bob", "profile", {"name": "Bob", "phone": other})


def test_what_was_written_before_the_field_had_a_region_is_found_once_it_has(
    tmp_path: Path, clock: ManualClock
) -> None:
    home = tmp_path / "home"
    with lived_in(home, clock) as scenario:
        _holding(scenario, "030 5550170")
        with pytest.raises(NotFound):
            scenario.house.gate.find(CAMPAIGN, "profile", "phone", NUMBER)
    with recatalogued(home, clock, AT_HOME) as scenario:
        for text in (NUMBER, "(030) 555-0170"):
            page = scenario.house.gate.find(CAMPAIGN, "profile", "phone", text)
            assert [each.customer_id for each in page.items] == ["ada"]
        scenario.house.erasure.erase(scenario.subject("ada"))
        scenario.customer("bob")
        with refusal("customer.unavailable"):
            scenario.put("bob", "profile", {"name": "Bob", "phone": NUMBER})


def test_a_number_that_no_network_has_is_kept_and_the_answer_says_so(
    scenario: Scenario,
) -> None:
    scenario.customer("ada")
    values = {"name": "Ada", "email": "a..b@docomo.ne.jp", "phone": "+49 1"}
    written = scenario.put("ada", "profile", values)
    assert written.doubtful == ("email", "phone")
    scenario.grant("ada")
    page = scenario.house.gate.find(CAMPAIGN, "profile", "phone", "+491")
    assert [each.customer_id for each in page.items] == ["ada"]
    assert scenario.profile("ada").doubtful == ()


def test_the_author_of_a_contribution_is_told_what_nobody_can_have(
    tmp_path: Path, clock: ManualClock
) -> None:
    home = tmp_path / "home"
    with lived_in(home, clock):
        pass
    review = "\n  review:\n"
    contact = "      contact: {type: email, class: contact}\n"
    named = "  idea:\n", "  idea:\n    identifiers: {contact: email}\n"
    with recatalogued(home, clock, named, (review, contact + review)) as scenario:
        scenario.customer("ada")

        async def ask() -> list[list[str]]:
            async with calling(scenario) as callers:
                ada, path = callers.customer("ada"), "/v1/me/contributions"
                values = {**IDEA, "contact": "a..b@docomo.ne.jp"}
                body = {"collection": "idea", "values": values}
                made = (await callers.send("POST", path, ada, body, "one")).json()
                said = [made["doubtful"]]
                path += f"/{made['record_id']}"
                for version, each in enumerate((values, IDEA), 1):
                    body = {"values": each, "version": version}
                    answer = await callers.send("PUT", path, ada, body)
                    said.append(answer.json()["doubtful"])
                return said

        assert asyncio.run(ask()) == [["contact"], ["contact"], []]
