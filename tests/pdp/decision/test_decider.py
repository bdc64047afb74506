"""The fail-closed list of the gate, as far as it is the decision point's, on a fake
engine; test_fail_closed.py goes through it again on the real one."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from engines import REVISION, FakeEngine, allowing, refusing

from pdp.decision.decider import BATCH, MAX_CLASSES, Pdp
from pdp.decision.decision import Decision, Undecided
from pdp.decision.decision_cache import DecisionCache
from pdp.decision.question import Caller, Kind, Reach, ResourceClass

CALLER = Caller(Kind.SERVICE, ("support",), "us")
CLASS = ResourceClass("profile", ("identity",), Reach.IN_SCOPE, "us")


class Panic(BaseException):
    """What an engine in another language raises: no Exception."""


def classes(count: int) -> list[ResourceClass]:
    return [replace(CLASS, collection=f"c{number}") for number in range(count)]


def decide(pdp: Pdp, *asked: ResourceClass) -> list[Decision]:
    return pdp.decide(CALLER, "support.case", "read", asked or (CLASS,))


def code_of(engine: FakeEngine) -> str:
    pdp = Pdp(engine, REVISION)
    (decision,) = decide(pdp)
    assert not decision.allow
    assert not decision.masks
    assert pdp.known(CALLER, "support.case", "read", [CLASS]) == [None]
    return decision.reasons[0].code


def test_a_whole_decision_passes_with_revision_engine_and_class() -> None:
    (decision,) = decide(Pdp(FakeEngine(), REVISION))

    assert decision.allow
    assert (decision.revision, decision.engine) == (REVISION, "fake/1")
    assert len(decision.klass) == 16
    assert not decision.cached


def test_an_undefined_answer_is_a_denial() -> None:
    assert code_of(FakeEngine(results={})) == "gate.undefined"


def test_an_answer_that_is_text_is_a_denial() -> None:
    assert code_of(FakeEngine(results="true")) == "gate.undefined"


def test_an_undefined_decision_within_the_batch_is_a_denial() -> None:
    assert code_of(FakeEngine(results=[None])) == "gate.undefined"


def test_a_batch_that_comes_back_short_is_a_denial_of_all() -> None:
    engine = FakeEngine(results=[allowing()])

    decisions = decide(Pdp(engine, REVISION), *classes(2))

    assert [it.reasons[0].code for it in decisions] == ["gate.batch_length"] * 2


def test_a_batch_that_comes_back_long_is_a_denial_of_all() -> None:
    assert code_of(FakeEngine(results=[allowing(), allowing()])) == "gate.batch_length"


def test_an_allow_that_is_not_boolean_is_a_denial() -> None:
    assert code_of(FakeEngine({**allowing(), "allow": "true"})) == "gate.not_boolean"


def test_an_unknown_mask_is_a_denial() -> None:
    assert code_of(FakeEngine(allowing(identity="blur"))) == "gate.unknown_mask"


def test_an_unknown_obligation_is_a_denial() -> None:
    result = {**allowing(), "obligations": [{"type": "four_eyes", "min": 2}]}

    assert code_of(FakeEngine(result)) == "gate.unknown_obligation"


def test_an_obligation_without_an_executor_here_is_a_denial() -> None:
    result = {**allowing(), "obligations": [{"type": "cohort", "min": 20}]}
    pdp = Pdp(FakeEngine(result), REVISION, obligations=frozenset())

    (decision,) = decide(pdp)

    assert decision.reasons[0].code == "gate.unknown_obligation"


def test_an_unknown_version_is_a_denial() -> None:
    assert code_of(FakeEngine({**allowing(), "v": 2})) == "gate.unknown_version"


def test_a_permission_that_carries_a_denial_is_a_denial() -> None:
    result = {**allowing(), "reasons": refusing()["reasons"]}

    assert code_of(FakeEngine(result)) == "gate.inconsistent"


def test_a_mask_for_a_data_class_that_was_not_asked_is_a_denial() -> None:
    assert code_of(FakeEngine(allowing(contact="clear"))) == "gate.inconsistent"


def test_an_engine_error_is_a_denial() -> None:
    assert code_of(FakeEngine(error=RuntimeError("boom"))) == "gate.engine_error"


def test_a_panic_that_is_no_exception_is_a_denial() -> None:
    assert code_of(FakeEngine(error=Panic())) == "gate.engine_error"


def test_a_timeout_is_a_denial() -> None:
    error = Undecided("late", code="gate.timeout")

    assert code_of(FakeEngine(error=error)) == "gate.timeout"


def test_the_death_of_the_engine_is_a_denial() -> None:
    error = Undecided("dead", code="gate.child_died")

    assert code_of(FakeEngine(error=error)) == "gate.child_died"


def test_an_engine_on_another_revision_is_a_denial() -> None:
    assert code_of(FakeEngine(revision="another")) == "gate.revision_mismatch"


def test_an_operator_who_interrupts_is_not_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        decide(Pdp(FakeEngine(error=KeyboardInterrupt()), REVISION))


def test_too_many_classes_are_denied_without_asking() -> None:
    engine = FakeEngine()

    decisions = decide(Pdp(engine, REVISION), *classes(MAX_CLASSES + 1))

    assert len(decisions) == MAX_CLASSES + 1
    assert {it.reasons[0].code for it in decisions} == {"gate.too_many_classes"}
    assert engine.asked == []


def test_one_bad_decision_does_not_spoil_its_neighbours() -> None:
    results: list[Any] = [allowing(), {"allow": True}, refusing()]

    decisions = decide(Pdp(FakeEngine(results=results), REVISION), *classes(3))

    assert [it.allow for it in decisions] == [True, False, False]
    assert [it.reasons[0].code for it in decisions[1:]] == [
        "gate.undefined",
        "consent.missing",
    ]


def test_after_a_failure_the_rest_is_denied_without_waiting_again() -> None:
    engine = FakeEngine(error=Undecided("late", code="gate.timeout"))

    decisions = decide(Pdp(engine, REVISION), *classes(5 * BATCH))

    assert len(engine.asked) == 1
    assert {it.reasons[0].code for it in decisions} == {"gate.timeout"}


def test_decisions_come_in_the_order_of_the_classes_each_asked_once() -> None:
    engine = FakeEngine()
    first, second = classes(2)

    decisions = decide(Pdp(engine, REVISION), first, second, first, first)

    assert engine.asked == [2]
    assert decisions[0] == decisions[2] == decisions[3]
    assert decisions[0].klass != decisions[1].klass


def test_many_classes_are_asked_in_batches() -> None:
    engine = FakeEngine()

    decide(Pdp(engine, REVISION), *classes(2 * BATCH + 1))

    assert engine.asked == [BATCH, BATCH, 1]


def test_a_denial_by_law_is_remembered_as_well_as_a_permission() -> None:
    engine = FakeEngine(results=[allowing(), refusing()])
    pdp = Pdp(engine, REVISION)
    asked = classes(2)

    decide(pdp, *asked)
    again = decide(pdp, *asked)

    assert engine.asked == [2]
    assert [it.allow for it in again] == [True, False]
    assert all(it.cached for it in again)


@pytest.mark.parametrize(
    "change",
    [
        {"caller": replace(CALLER, roles=("marketing",))},
        {"caller": replace(CALLER, region="eu")},
        {"purpose": "billing.invoice"},
        {"action": "export"},
    ],
)
def test_what_is_remembered_answers_only_the_very_same_question(
    change: dict[str, Any],
) -> None:
    pdp = Pdp(FakeEngine(), REVISION)
    decide(pdp)
    asked = {"caller": CALLER, "purpose": "support.case", "action": "read", **change}

    assert pdp.known(**asked, classes=[CLASS]) == [None]


def test_another_revision_remembers_nothing_of_this_one() -> None:
    memo = DecisionCache()
    decide(Pdp(FakeEngine(), REVISION, memo))
    other = Pdp(FakeEngine(revision="other"), "other", memo)

    assert other.known(CALLER, "support.case", "read", [CLASS]) == [None]


def test_what_is_known_is_told_without_asking_the_engine() -> None:
    engine = FakeEngine()
    pdp = Pdp(engine, REVISION)
    known, unknown = classes(2)
    decide(pdp, known)

    found = pdp.known(CALLER, "support.case", "read", [unknown, known])

    assert found[0] is None
    assert found[1] is not None
    assert engine.asked == [1]


def test_health_says_whether_the_right_bundle_answers() -> None:
    assert Pdp(FakeEngine(), REVISION).healthy()
    assert not Pdp(FakeEngine(revision="other"), REVISION).healthy()
    assert not Pdp(FakeEngine(error=Undecided("late")), REVISION).healthy()


def test_closing_the_decision_point_closes_its_engine() -> None:
    engine = FakeEngine()

    Pdp(engine, REVISION).close()

    assert engine.closed


def test_several_threads_may_ask_at_once() -> None:
    pdp = Pdp(FakeEngine(), REVISION)
    results: list[bool] = []

    def ask() -> None:
        results.extend(it.allow for it in decide(pdp, *classes(50)))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == [True] * 200
