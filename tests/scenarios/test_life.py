"""A whole house against a simple oracle, through lives that Hypothesis makes up.

Two customers, two purposes, one licence: registered, written about, asked, changed,
erased and registered again, while time passes and the house is closed and opened.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bundles import shipped
from clocks import ManualClock
from houses import CAMPAIGN, HISTORY, MARKETING, PROFILE, Scenario, opened, settle
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from one_verifier import verify_certificate

from kit.errors import Conflict, NotFound, Refused
from ledger.checks.audit import fsck
from pdp.engines.regorus import RegorusEngine
from vault import Item, Question, WriteResult

NAMES = st.sampled_from(["ada", "bob"])
WHICH = st.integers(0, 5)
DISPLAY = Question(MARKETING, "ugc.display")


class Shared(RegorusEngine):
    """The real engine, kept open from one life to the next."""

    def close(self) -> None:
        """Stay open: `end` closes it."""

    def end(self) -> None:
        super().close()


@dataclass
class Kept:
    """A record as the oracle knows it."""

    record: bytes
    collection: str
    text: str
    version: int = 1
    licensed_until: datetime | None = None


@dataclass
class Person:
    """A customer as the oracle knows them."""

    consent: bool | None = None
    kept: list[Kept] = field(default_factory=list)


@dataclass(frozen=True)
class Ground:
    """What lives are built on: a home that was made once, and the engine."""

    template: Path
    engine: Shared


class Life(RuleBasedStateMachine):
    """One house from its first opening to its last check."""

    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.home = Path(shutil.copytree(self.ground.template, self.folder / "home"))
        self.clock, self.stack = ManualClock(), ExitStack()
        self.people: dict[str, Person] = {}
        self.erased: set[str] = set()
        self.orders: list[bytes] = []
        self.written, self.size = 0, 0

    @initialize()
    def begin(self) -> None:
        self._open()
        for name in ("ada", "bob"):
            self.register(name, again=False)
            self.put(name, "profile")
            self.put(name, "idea")

    def _open(self) -> None:
        house = opened(self.home, self.clock, self.ground.engine)
        self.scenario: Scenario = self.stack.enter_context(house)

    @rule()
    def reopen(self) -> None:
        self.stack.close()
        self._open()

    @rule(days=st.integers(1, 40))
    def time_passes(self, days: int) -> None:
        self.clock.advance(days=days)

    @rule(name=NAMES, again=st.booleans())
    def register(self, name: str, again: bool) -> None:  # noqa: FBT001
        if name in self.erased and not again:
            with pytest.raises(Conflict) as refusal:
                self.scenario.register(name)
            assert refusal.value.reason_code == "customer.unavailable"
            return
        created = self.scenario.register(name, readmit="they asked" if again else None)
        assert created == (name not in self.people)
        self.people.setdefault(name, Person())
        self.erased.discard(name)

    @rule(name=NAMES, collection=st.sampled_from(["profile", "idea"]))
    def put(self, name: str, collection: str) -> None:
        self.written += 1
        text = f"text {self.written}"
        item = Item(collection, _values(collection, text), f"write-{self.written}")
        if name not in self.people:
            with pytest.raises(NotFound):
                self.scenario.house.intake.put(HISTORY, name, item)
            return
        first = self.scenario.house.intake.put(HISTORY, name, item)
        again = self.scenario.house.intake.put(HISTORY, name, item)
        assert (first.record, again.created) == (again.record, False)
        self.people[name].kept.append(Kept(first.record, collection, text))

    @rule(name=NAMES, which=WHICH, stale=st.booleans())
    def update(self, name: str, which: int, stale: bool) -> None:  # noqa: FBT001
        kept = self._one(name, which)
        if kept is None:
            return
        self.written += 1
        text = f"text {self.written}"
        values, version = _values(kept.collection, text), kept.version
        update, own = self.scenario.house.intake.update_own, self.scenario.own(name)
        if stale:
            with pytest.raises(Conflict):
                update(own, kept.record, values, version=version + 1)
            return
        written = update(own, kept.record, values, version=version)
        kept.version, kept.text = written.version, text

    @rule(name=NAMES)
    def grant(self, name: str) -> None:
        if name in self.people:
            self.scenario.grant(name)
            self.people[name].consent = True

    @rule(name=NAMES)
    def withdraw(self, name: str) -> None:
        if name in self.people:
            self.scenario.withdraw(name)
            self.people[name].consent = False

    @rule(name=NAMES, which=WHICH, days=st.integers(1, 60))
    def license(self, name: str, which: int, days: int) -> None:
        kept = self._one(name, which)
        if kept is None or kept.collection != "idea" or self._licensed(kept):
            return
        written = WriteResult(kept.record, kept.version, "there_already")
        self.scenario.license(name, written, "ugc.display", days=days)
        kept.licensed_until = self.clock.now() + timedelta(days=days)

    @precondition(lambda self: self.people)
    @rule(name=NAMES)
    def erase(self, name: str) -> None:
        if name not in self.people:
            return
        subject = self.scenario.subject(name)
        order = self.scenario.house.erasure.erase(subject)
        self.orders.append(order.order_id)
        gone = self.people.pop(name)
        self.erased.add(name)
        for kept in gone.kept:
            with pytest.raises(NotFound):
                self.scenario.house.gate.read(CAMPAIGN, name, kept.record)

    @rule(name=NAMES, which=WHICH)
    def read(self, name: str, which: int) -> None:
        kept = self._one(name, which)
        if kept is None:
            with pytest.raises(NotFound):
                self.scenario.house.gate.read(CAMPAIGN, name, bytes(16))
            return
        own = self.scenario.house.gate.read(self.scenario.own(name), None, kept.record)
        assert _text(own.values) == kept.text
        assert own.version == kept.version
        question = CAMPAIGN if kept.collection == "profile" else DISPLAY
        if self._allowed(name, kept):
            shown = self.scenario.house.gate.read(question, name, kept.record)
            assert _text(shown.values) == kept.text
        else:
            with pytest.raises(Refused):
                self.scenario.house.gate.read(question, name, kept.record)

    @invariant()
    def a_scan_shows_what_may_be_shown(self) -> None:
        if not hasattr(self, "scenario"):
            return
        for question, collection in ((CAMPAIGN, "profile"), (DISPLAY, "idea")):
            shown = {
                each.record: (each.customer_id, _text(each.values))
                for page in self.scenario.house.gate.scan(question, collection)
                for each in page.items
            }
            assert shown == dict(self._shown(collection))

    @rule(name=NAMES, collection=st.sampled_from(["profile", "idea"]))
    def list(self, name: str, collection: str) -> None:
        if name not in self.people:
            return
        page = self.scenario.house.gate.list_records(
            self.scenario.own(name), None, collection
        )
        kept = [k for k in self.people[name].kept if k.collection == collection]
        assert {each.record: _text(each.values) for each in page.items} == {
            each.record: each.text for each in kept
        }

    @rule()
    def publish(self) -> None:
        size = self.scenario.house.log.publish().size
        assert size >= self.size
        self.size = size

    def teardown(self) -> None:
        try:
            if hasattr(self, "scenario"):
                self._check()
        finally:
            self.stack.close()
            shutil.rmtree(self.folder)

    def _check(self) -> None:
        assert fsck(self.scenario.house.log).clean
        assert list(self.scenario.house.access_log.faults()) == []
        for order in self.orders:
            signed = self.scenario.house.erasure.certificate(order)
            verify_certificate(signed, self.scenario.house.log.policy)
        for name in ("ada", "bob"):
            there = self.scenario.house.vault.customers.subject_of(name) is not None
            assert there == (name in self.people)

    def _one(self, name: str, which: int) -> Kept | None:
        person = self.people.get(name)
        if person is None or not person.kept:
            return None
        return person.kept[which % len(person.kept)]

    def _licensed(self, kept: Kept) -> bool:
        until = kept.licensed_until
        return until is not None and self.clock.now() < until

    def _allowed(self, name: str, kept: Kept) -> bool:
        if kept.collection == "profile":
            return self.people[name].consent is True
        return self._licensed(kept)

    def _shown(self, collection: str) -> Iterator[tuple[bytes, tuple[str, str]]]:
        for name, person in self.people.items():
            for kept in person.kept:
                if kept.collection == collection and self._allowed(name, kept):
                    yield kept.record, (name, kept.text)


def _values(collection: str, text: str) -> dict[str, Any]:
    if collection == "profile":
        return {"name": PROFILE["name"], "newsletter_topics": text}
    return {"title": text, "text": "It says so above."}


def _text(values: Any) -> str:
    return str(values.get("newsletter_topics") or values.get("title"))


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    home = tmp_path_factory.mktemp("ground") / "home"
    settle(home, ManualClock())
    engine = Shared(shipped())
    yield Ground(home, engine)
    engine.end()


def _live(ground: Ground, lives: int, steps: int) -> None:
    class Here(Life):
        pass

    Here.ground = ground
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_house_does_what_the_oracle_says(ground: Ground) -> None:
    _live(ground, lives=25, steps=14)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_house_does_what_the_oracle_says_for_longer(ground: Ground) -> None:
    _live(ground, lives=40, steps=30)
