"""A removal, and something else that is done to the same item at the same moment.

One of the two is decided, then the other is done, then the first goes on: whichever
comes second sees what the other did, and nothing of a removed item is left or refilled.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from by_hand import named
from callers import calling
from houses import IDEA, Scenario, caring
from ordering import kinds_in
from reaching import WHY, care

from kit.db import WriteSession
from kit.errors import AllodError, NotFound, Refused
from vault import WriteResult

TABLES = (
    *("vault_record", "vault_part"),
    *("consent_ugc", "consent_ugc_event", "consent_licence"),
)
TERMS = {
    "purpose": "ugc.display",
    "product": "catalogue",
    "territory": "EU",
    "since": "2026-11-22T12:00:00Z",
    "until": "2027-11-22T12:00:00Z",
}
Deed = Callable[[Scenario, bytes], object]


def remove(scenario: Scenario, record: bytes) -> None:
    scenario.house.vault.righting.removals.remove_own(scenario.own("ada"), record)


def said(name: str, *given: Any) -> Deed:
    """Say something about an item as the interface does: look, then write."""

    def deed(scenario: Scenario, record: bytes) -> None:
        scenario.house.gate.read(scenario.own("ada"), None, record)
        with scenario.house.vault_db.write() as session:
            act = getattr(scenario.house.authorizations, name)
            act(session, scenario.subject("ada"), record, *given)

    return deed


def correct(scenario: Scenario, record: bytes) -> None:
    rectification = scenario.house.vault.righting.rectification
    rectification.correct_own(scenario.own("ada"), record, {"title": "Pen"})


def revise(scenario: Scenario, record: bytes) -> None:
    values = {**IDEA, "title": "Pen"}
    scenario.house.intake.update_own(scenario.own("ada"), record, values, version=1)


def hold(scenario: Scenario, record: bytes) -> None:
    care(scenario).holds.set(caring("ann"), "ada", record=record, reason=WHY)


DEEDS: dict[str, Deed] = {
    "license": said("license", TERMS),
    "restrict": said("restrict"),
    "withdraw": said("withdraw"),
    "correct": correct,
    "revise": revise,
    "hold": hold,
}


@contextmanager
def between(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, deed: Callable[[], object]
) -> Iterator[None]:
    """Do something right before the next unit of work over the data begins."""
    write = scenario.house.vault_db.write

    def later() -> AbstractContextManager[WriteSession]:
        patched.undo()
        deed()
        return write()

    with monkeypatch.context() as patched:
        patched.setattr(scenario.house.vault_db, "write", later)
        yield


def left_of(scenario: Scenario, record: bytes) -> dict[str, int]:
    reader = scenario.house.vault_db.reader()
    count = "SELECT count(*) FROM {} WHERE record = ?"
    found = {
        each: reader.execute(count.format(each), (record,)).fetchone()[0]
        for each in TABLES
    }
    return {name: rows for name, rows in found.items() if rows}


@pytest.fixture
def item(scenario: Scenario) -> WriteResult:
    scenario.customer()
    written = scenario.idea()
    scenario.license("ada", written, "ugc.advertise")
    return written


@pytest.mark.parametrize("name", DEEDS)
def test_what_comes_after_the_removal_is_refused_and_leaves_nothing(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, item: WriteResult, name: str
) -> None:
    before = kinds_in(scenario.home)
    with (
        between(scenario, monkeypatch, lambda: remove(scenario, item.record)),
        pytest.raises(AllodError) as error,
    ):
        DEEDS[name](scenario, item.record)
    assert isinstance(error.value, NotFound)
    assert left_of(scenario, item.record) == {}
    assert care(scenario).holds.of("ada") == ()
    assert kinds_in(scenario.home)[len(before) :] == ["contribution.removed"]
    assert named(scenario) == []


async def test_over_the_api_there_is_nothing_then_to_be_licensed(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, item: WriteResult
) -> None:
    path = f"/v1/me/contributions/{item.record.hex()}/authorization"
    async with calling(scenario) as callers:
        ada = callers.customer("ada")
        with between(scenario, monkeypatch, lambda: remove(scenario, item.record)):
            answer = await callers.send("PUT", path, ada, TERMS)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert left_of(scenario, item.record) == {}


def test_nor_is_a_restriction_lifted_then(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, item: WriteResult
) -> None:
    said("restrict")(scenario, item.record)
    with (
        between(scenario, monkeypatch, lambda: remove(scenario, item.record)),
        pytest.raises(NotFound),
    ):
        said("lift")(scenario, item.record)
    assert left_of(scenario, item.record) == {}


@pytest.mark.parametrize("name", [name for name in DEEDS if name != "hold"])
def test_what_comes_before_it_is_removed_too(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, item: WriteResult, name: str
) -> None:
    with between(scenario, monkeypatch, lambda: DEEDS[name](scenario, item.record)):
        remove(scenario, item.record)
    assert left_of(scenario, item.record) == {}
    assert named(scenario) == []


def test_a_hold_that_comes_before_it_keeps_the_item(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, item: WriteResult
) -> None:
    with (
        between(scenario, monkeypatch, lambda: hold(scenario, item.record)),
        pytest.raises(Refused) as refusal,
    ):
        remove(scenario, item.record)
    assert [each.code for each in refusal.value.reasons] == ["hold.frozen"]
    assert left_of(scenario, item.record)["consent_licence"] == 1
