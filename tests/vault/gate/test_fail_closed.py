"""The fail-closed list of the gate, on a whole house with an engine that misbehaves.

Whatever the engine does, and however one asks: nothing is disclosed, no customer's
key is touched, the denial is in the access log, and an alarm is raised once. The same
list on the real engine is in test_fail_closed_regorus.py.
"""

import math
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from asking import WAYS, Outcome, alarms, ask, disclosed, outcomes, watched_keys
from bundles import shipped
from clocks import ManualClock
from engines import allowing, refusing
from houses import CASE, Scenario, lived_in

from kit.errors import Invalid, NotFound, Refused, Unavailable
from pdp.decision.decision import Undecided
from pdp.decision.port import EngineAnswer
from vault import Question, WriteResult

ALLOWED = allowing(identity="clear", contact="clear")


class Panic(BaseException):
    """What an engine of another language raises: no Exception."""


Behaviour = Callable[[Sequence[Mapping[str, Any]]], Any]


class Scripted:
    """An engine at the port that behaves as it is told for each question."""

    name = "scripted/1"
    confirmed_for = math.inf

    def __init__(self) -> None:
        self.revised = shipped().digest
        self.behaviour: Behaviour = _obliging

    def decide(
        self, common: Mapping[str, Any], items: Sequence[Mapping[str, Any]]
    ) -> EngineAnswer:
        answer = self.behaviour(items)
        return (
            answer
            if isinstance(answer, EngineAnswer)
            else EngineAnswer(self.revised, answer)
        )

    def revision(self) -> str:
        return self.revised

    def close(self) -> None:
        pass


def _obliging(items: Sequence[Mapping[str, Any]]) -> Any:
    return [allowing(**dict.fromkeys(item["classes"], "clear")) for item in items]


def _each(result: Any) -> Behaviour:
    return lambda items: [result for _ in items]


def _raising(error: BaseException) -> Behaviour:
    def behave(_: Sequence[Mapping[str, Any]]) -> Any:
        raise error

    return behave


def _changed(**members: Any) -> Behaviour:
    return _each({**ALLOWED, **members})


def _without(member: str) -> Behaviour:
    return _each({name: value for name, value in ALLOWED.items() if name != member})


FAILURES: dict[str, tuple[Behaviour, str]] = {
    "undefined": (lambda _: None, "gate.undefined"),
    "undefined for an item": (_each(None), "gate.undefined"),
    "missing result": (lambda _: {}, "gate.undefined"),
    "a decision without a member": (_without("reasons"), "gate.undefined"),
    "a batch that is shorter": (lambda items: items[1:], "gate.batch_length"),
    "a batch that is longer": (
        lambda items: [ALLOWED, *(ALLOWED for _ in items)],
        "gate.batch_length",
    ),
    "an allow that is text": (_changed(allow="true"), "gate.not_boolean"),
    "an allow that is one": (_changed(allow=1), "gate.not_boolean"),
    "an allow that is nothing": (_changed(allow=None), "gate.not_boolean"),
    "an unknown mask": (_changed(masks={"contact": "sparkle"}), "gate.unknown_mask"),
    "a mask for what was not asked": (
        _changed(masks={"special": "clear"}),
        "gate.inconsistent",
    ),
    "an unknown obligation": (
        _changed(obligations=[{"type": "four_eyes", "min": 2}]),
        "gate.unknown_obligation",
    ),
    "an unknown version": (_changed(v=2), "gate.unknown_version"),
    "a version that is true": (_changed(v=True), "gate.unknown_version"),
    "yes and no at once": (
        _changed(reasons=refusing()["reasons"]),
        "gate.inconsistent",
    ),
    "yes without a permit": (_changed(permits=[]), "gate.inconsistent"),
    "an error": (_raising(RuntimeError("boom")), "gate.engine_error"),
    "what is no Exception": (_raising(Panic()), "gate.engine_error"),
    "a late answer": (
        _raising(Undecided("late", code="gate.timeout")),
        "gate.timeout",
    ),
    "a child that died": (
        _raising(Undecided("died", code="gate.child_died")),
        "gate.child_died",
    ),
    "another revision": (
        lambda items: EngineAnswer("0" * 64, [ALLOWED for _ in items]),
        "gate.revision_mismatch",
    ),
}


@dataclass(frozen=True)
class Place:
    """A house with one customer, and an engine that can be told to misbehave."""

    scenario: Scenario
    engine: Scripted
    profile: WriteResult


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    engine = Scripted()
    home = tmp_path_factory.mktemp("house") / "home"
    with lived_in(home, ManualClock(), engine) as scenario:
        scenario.customer()
        yield Place(scenario, engine, scenario.profile())


@pytest.fixture
def place(shared: Place) -> Iterator[Place]:
    """The shared house, whose verdicts are forgotten before each test."""
    shared.scenario.house.gate._verdicts._contexts.clear()
    shared.scenario.house.pdp._memo.clear()
    shared.engine.behaviour = _each(ALLOWED)
    yield shared
    shared.engine.behaviour = _each(ALLOWED)


def _ask(place: Place, way: str, question: Question = CASE) -> Outcome:
    return ask(way, place.scenario, question, place.profile)


@pytest.mark.parametrize("way", WAYS)
def test_an_engine_that_behaves_opens_the_gate(place: Place, way: str) -> None:
    with watched_keys(place.scenario) as touched, alarms() as raised:
        assert disclosed(_ask(place, way))
    assert raised == []
    assert {"open", "load_many"} <= set(touched)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("failure", FAILURES)
def test_nothing_is_disclosed_and_no_key_is_touched_on(
    place: Place, way: str, failure: str
) -> None:
    place.engine.behaviour, code = FAILURES[failure]
    before = len(outcomes(place.scenario))
    with watched_keys(place.scenario) as touched, alarms() as raised:
        outcome = _ask(place, way)
    assert not disclosed(outcome)
    assert touched == []
    assert raised == [code]
    assert outcomes(place.scenario)[before:] == [("refused", code)]
    _is_the_operators(way, outcome, code)


def _is_the_operators(way: str, outcome: Outcome, code: str) -> None:
    if way == "find":
        assert isinstance(outcome, NotFound)  # or a match could be told from none
    else:
        assert isinstance(outcome, Unavailable)
        assert (outcome.status, outcome.reason_code) == (503, code)


@pytest.mark.parametrize("way", WAYS)
def test_a_denial_by_law_is_no_failure_and_raises_no_alarm(
    place: Place, way: str
) -> None:
    place.engine.behaviour = _each(refusing())
    with watched_keys(place.scenario) as touched, alarms() as raised:
        outcome = _ask(place, way)
    assert not disclosed(outcome)
    assert (touched, raised) == ([], [])
    assert outcomes(place.scenario)[-1] == ("refused", "consent.missing")
    if way not in {"scan", "find"}:
        assert isinstance(outcome, Refused)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("failure", ["an error", "a late answer", "undefined"])
def test_a_failure_is_forgotten_as_soon_as_the_engine_is_well(
    place: Place, way: str, failure: str
) -> None:
    place.engine.behaviour, _ = FAILURES[failure]
    assert not disclosed(_ask(place, way))
    place.engine.behaviour = _each(ALLOWED)
    assert disclosed(_ask(place, way))


@pytest.mark.parametrize("way", WAYS)
def test_more_classes_than_can_be_decided_are_refused(
    place: Place, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vault.gate.verdict_plans.MAX_CLASSES", 0)
    with watched_keys(place.scenario) as touched, alarms() as raised:
        outcome = _ask(place, way)
    assert not disclosed(outcome)
    assert (touched, raised) == ([], ["gate.too_many_classes"])
    assert outcomes(place.scenario)[-1] == ("refused", "gate.too_many_classes")


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_disclosed_that_the_access_log_did_not_take(
    place: Place, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = place.scenario.house.access_log._store

    def full(_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as broken, watched_keys(place.scenario) as touched:
        broken.setattr(store, "insert", full)
        outcome = _ask(place, way)
    assert isinstance(outcome, Unavailable)
    assert touched == []
    assert disclosed(_ask(place, way))


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_disclosed_when_the_access_log_has_no_table(
    place: Place, way: str
) -> None:
    path = place.scenario.house.audit_db.path
    with _renamed(path, "audit_event"), watched_keys(place.scenario) as touched:
        outcome = _ask(place, way)
    assert isinstance(outcome, Unavailable)
    assert touched == []
    assert disclosed(_ask(place, way))


@pytest.mark.parametrize("table", ["consent_fact", "vault_subject", "vault_record"])
@pytest.mark.parametrize("way", ["read", "read_async", "read_many", "list", "scan"])
def test_nothing_is_disclosed_when_a_table_of_facts_is_absent(
    place: Place, way: str, table: str
) -> None:
    path = place.scenario.house.vault_db.path
    with _renamed(path, table), watched_keys(place.scenario) as touched:
        outcome = _ask(place, way)
    assert isinstance(outcome, Exception)
    assert touched == []


@pytest.mark.parametrize("way", WAYS)
def test_a_purpose_that_no_table_names_is_the_callers_fault(
    place: Place, way: str
) -> None:
    with watched_keys(place.scenario) as touched:
        outcome = _ask(place, way, Question(CASE.principal, "world.domination"))
    assert isinstance(outcome, Invalid)
    assert outcome.reason_code == "purpose.unknown"
    assert touched == []


@contextmanager
def _renamed(path: Path, table: str) -> Iterator[None]:
    """Let a table be absent for the length of a block."""

    def rename(old: str, new: str) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA legacy_alter_table=ON")
            connection.execute(f"ALTER TABLE {old} RENAME TO {new}")

    rename(table, "gone")
    try:
        yield
    finally:
        rename("gone", table)
