"""The policies in force: switched whole, between two readings."""

import pytest
from engines import FakeEngine
from houses import CASE, Story

from pdp.decision.decider import Pdp
from vault._internal.sqlite import records
from vault.gate.policies import InForce, Policies

OTHER = "f" * 64


def other(story: Story, engine: FakeEngine) -> InForce:
    now = story.house.policies.current
    return InForce(now.bundle, now.purposes, Pdp(engine, engine.loaded), now.languages)


def revisions(story: Story) -> list[str]:
    return [event.revision for event in story.reads()]


def test_a_question_after_the_switch_is_decided_by_the_other_revision(
    story: Story,
) -> None:
    story.customer()
    written = story.profile()
    first = story.house.bundle.digest
    story.read(CASE, "ada", written)
    story.house.policies.switch(other(story, FakeEngine(revision=OTHER)))
    story.read(CASE, "ada", written)
    assert sorted(revisions(story)) == sorted([first, OTHER])


def test_a_scan_ends_under_the_revision_that_it_began_with(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "PAGE", 1)
    for name in ("ada", "bob"):
        story.customer(name)
        story.profile(name)
    pages = story.house.gate.scan(CASE, "profile")
    first = next(pages)
    story.house.policies.switch(other(story, FakeEngine(revision=OTHER)))
    (second,) = pages
    masks = {"phone": "last4"}
    assert first.items[0].masks == second.items[0].masks == masks


def test_going_back_to_a_revision_asks_the_engine_that_is_open(story: Story) -> None:
    story.customer()
    written = story.profile()
    engines = [FakeEngine(revision=OTHER) for _ in range(2)]
    for engine in engines:
        story.house.policies.switch(other(story, engine))
        story.read(CASE, "ada", written)
    assert [engine.asked for engine in engines] == [[1], [1]]


def test_the_engine_before_stays_open_until_the_next_switch(story: Story) -> None:
    engines = [FakeEngine(revision=str(number)) for number in range(3)]
    first, *rest = (other(story, engine) for engine in engines)
    policies = Policies(first)
    closed = []
    for each in rest:
        policies.switch(each)
        closed.append([engine.closed for engine in engines])
    policies.close()
    assert closed == [[False] * 3, [True, False, False]]
    assert all(engine.closed for engine in engines)
