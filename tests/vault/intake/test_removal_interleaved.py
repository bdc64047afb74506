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
from houses import IDEA, Story, caring
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
Deed = Callable[[Story, bytes], object]


def remove(story: Story, record: bytes) -> None:
    story.house.vault.righting.removals.remove_own(story.own("ada"), record)


def said(name: str, *given: Any) -> Deed:
    """Say something about an item as the interface does: look, then write."""

    def deed(story: Story, record: bytes) -> None:
        story.house.gate.read(story.own("ada"), None, record)
        with story.house.vault_db.write() as session:
            act = getattr(story.house.authorizations, name)
            act(session, story.subject("ada"), record, *given)

    return deed


def correct(story: Story, record: bytes) -> None:
    rectification = story.house.vault.righting.rectification
    rectification.correct_own(story.own("ada"), record, {"title": "Pen"})


def revise(story: Story, record: bytes) -> None:
    values = {**IDEA, "title": "Pen"}
    story.house.intake.update_own(story.own("ada"), record, values, version=1)


def hold(story: Story, record: bytes) -> None:
    care(story).holds.set(caring("ann"), "ada", record=record, reason=WHY)


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
    story: Story, monkeypatch: pytest.MonkeyPatch, deed: Callable[[], object]
) -> Iterator[None]:
    """Do something right before the next unit of work over the data begins."""
    write = story.house.vault_db.write

    def later() -> AbstractContextManager[WriteSession]:
        patched.undo()
        deed()
        return write()

    with monkeypatch.context() as patched:
        patched.setattr(story.house.vault_db, "write", later)
        yield


def left_of(story: Story, record: bytes) -> dict[str, int]:
    reader = story.house.vault_db.reader()
    count = "SELECT count(*) FROM {} WHERE record = ?"
    found = {
        each: reader.execute(count.format(each), (record,)).fetchone()[0]
        for each in TABLES
    }
    return {name: rows for name, rows in found.items() if rows}


@pytest.fixture
def item(story: Story) -> WriteResult:
    story.customer()
    written = story.idea()
    story.license("ada", written, "ugc.advertise")
    return written


@pytest.mark.parametrize("name", DEEDS)
def test_what_comes_after_the_removal_is_refused_and_leaves_nothing(
    story: Story, monkeypatch: pytest.MonkeyPatch, item: WriteResult, name: str
) -> None:
    before = kinds_in(story.home)
    with (
        between(story, monkeypatch, lambda: remove(story, item.record)),
        pytest.raises(AllodError) as error,
    ):
        DEEDS[name](story, item.record)
    assert isinstance(error.value, NotFound)
    assert left_of(story, item.record) == {}
    assert care(story).holds.of("ada") == ()
    assert kinds_in(story.home)[len(before) :] == ["contribution.removed"]
    assert named(story) == []


async def test_over_the_api_there_is_nothing_then_to_be_licensed(
    story: Story, monkeypatch: pytest.MonkeyPatch, item: WriteResult
) -> None:
    path = f"/v1/me/contributions/{item.record.hex()}/authorization"
    async with calling(story) as callers:
        ada = callers.customer("ada")
        with between(story, monkeypatch, lambda: remove(story, item.record)):
            answer = await callers.send("PUT", path, ada, TERMS)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert left_of(story, item.record) == {}


def test_nor_is_a_restriction_lifted_then(
    story: Story, monkeypatch: pytest.MonkeyPatch, item: WriteResult
) -> None:
    said("restrict")(story, item.record)
    with (
        between(story, monkeypatch, lambda: remove(story, item.record)),
        pytest.raises(NotFound),
    ):
        said("lift")(story, item.record)
    assert left_of(story, item.record) == {}


@pytest.mark.parametrize("name", [name for name in DEEDS if name != "hold"])
def test_what_comes_before_it_is_removed_too(
    story: Story, monkeypatch: pytest.MonkeyPatch, item: WriteResult, name: str
) -> None:
    with between(story, monkeypatch, lambda: DEEDS[name](story, item.record)):
        remove(story, item.record)
    assert left_of(story, item.record) == {}
    assert named(story) == []


def test_a_hold_that_comes_before_it_keeps_the_item(
    story: Story, monkeypatch: pytest.MonkeyPatch, item: WriteResult
) -> None:
    with (
        between(story, monkeypatch, lambda: hold(story, item.record)),
        pytest.raises(Refused) as refusal,
    ):
        remove(story, item.record)
    assert [each.code for each in refusal.value.reasons] == ["hold.frozen"]
    assert left_of(story, item.record)["consent_licence"] == 1
