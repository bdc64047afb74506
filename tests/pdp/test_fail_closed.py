"""The fail-closed list again, on the real engine with policies that are broken."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bundles import (
    BROKEN_DECISIONS,
    ENDLESS,
    changed,
    replaced,
    shipped,
    unlisted,
    without,
)

from pdp.bundle.bundle import Bundle, BundleError, from_texts
from pdp.decision.decider import Pdp
from pdp.decision.decision import Decision
from pdp.decision.question import Basis, Caller, Kind, Minor, Reach, ResourceClass
from pdp.engines.regorus import RegorusEngine

CALLER = Caller(Kind.SERVICE, ("support",), "us")
CLASS = ResourceClass(
    *("profile", ("identity",), Reach.IN_SCOPE, "us"),
    minor=Minor.NO,
    basis=Basis.CONTRACT,
)
GATE = "gate/gate.rego"


@contextmanager
def deciding(bundle: Bundle, **options: Any) -> Iterator[tuple[Pdp, RegorusEngine]]:
    engine = RegorusEngine(bundle, **options)
    try:
        yield Pdp(engine, bundle.digest), engine
    finally:
        engine.close()


def ask(pdp: Pdp, *classes: ResourceClass) -> list[Decision]:
    return pdp.decide(CALLER, "support.case", "read", classes or (CLASS,))


def code_of(bundle: Bundle, **options: Any) -> str:
    with deciding(bundle, **options) as (pdp, _):
        (decision,) = ask(pdp)
    assert not decision.allow
    assert not decision.masks
    return decision.reasons[0].code


def test_the_policies_as_shipped_allow_this_question() -> None:
    with deciding(shipped()) as (pdp, _):
        (decision,) = ask(pdp)

    assert decision.allow
    assert decision.revision == shipped().digest


def test_an_undefined_rule_is_a_denial() -> None:
    bundle = changed(GATE, "decisions := [", "verdicts := [")

    assert code_of(bundle) == "gate.engine_error"


def test_a_decision_that_is_undefined_for_an_item_is_a_denial() -> None:
    bundle = changed(GATE, "} if allow\n", "} if input.nothing\n")

    assert code_of(bundle) == "gate.batch_length"


def test_a_rule_that_answers_nothing_at_all_is_a_denial() -> None:
    bundle = changed(GATE, "some item in input.items\n", "some item in input.none\n")

    assert code_of(bundle) == "gate.batch_length"


def test_a_whole_answer_that_is_undefined_is_a_denial() -> None:
    bundle = changed(GATE, "decisions := [", "decisions := input.never\n\nrest := [")

    assert code_of(bundle) == "gate.undefined"


def test_an_allow_that_is_not_boolean_is_a_denial() -> None:
    bundle = changed(GATE, '"allow": true,', '"allow": "true",')

    assert code_of(bundle) == "gate.not_boolean"


def test_an_unknown_mask_is_a_denial() -> None:
    bundle, code = BROKEN_DECISIONS["an unknown mask"]

    assert code_of(bundle) == code == "gate.unknown_mask"


def test_an_unknown_obligation_is_a_denial() -> None:
    bundle = changed(
        GATE,
        "[obligation | some obligation in obligations]",
        '[{"type": "four_eyes", "min": 2}]',
    )

    assert code_of(bundle) == "gate.unknown_obligation"


def test_an_unknown_version_is_a_denial() -> None:
    bundle = changed(GATE, '"v": 1,\n\t"allow": true', '"v": 2,\n\t"allow": true')

    assert code_of(bundle) == "gate.unknown_version"


def test_two_values_for_one_rule_are_a_denial() -> None:
    bundle = changed(
        "legal/hold.rego",
        "installed := true",
        "installed := true\n\ninstalled := 7 if input.v",
    )

    assert code_of(bundle) == "gate.engine_error"


def test_a_rule_that_cannot_be_evaluated_is_a_denial() -> None:
    bundle = changed(
        GATE, "default allow := false", "default allow := false\n\nallow := 1"
    )

    assert code_of(bundle) == "gate.engine_error"


def test_rego_that_does_not_parse_is_a_denial() -> None:
    bundle = changed("legal/ugc.rego", "installed := true", "installed := ")

    assert code_of(bundle) == "gate.engine_error"


def test_a_name_that_nobody_defined_is_a_denial() -> None:
    bundle = changed("legal/ugc.rego", "installed := true", "installed := nowhere")

    assert code_of(bundle) == "gate.engine_error"


def test_a_rule_that_takes_too_long_is_a_denial_and_the_child_is_ended() -> None:
    bundle = replaced("legal/hold.rego", ENDLESS)
    with deciding(bundle, deadline=timedelta(milliseconds=100)) as (pdp, engine):
        (decision,) = ask(pdp)

        assert decision.reasons[0].code == "gate.timeout"
        assert engine.pid is not None
        assert not _is_running(engine.pid)


def test_a_child_that_dies_over_a_question_is_a_denial() -> None:
    bundle = replaced("legal/hold.rego", ENDLESS)
    with deciding(bundle, deadline=timedelta(seconds=20)) as (pdp, engine):
        engine.revision()
        assert engine.pid is not None
        killer = threading.Timer(0.2, os.kill, (engine.pid, signal.SIGKILL))
        killer.start()
        (decision,) = ask(pdp)
        killer.join()

    assert decision.reasons[0].code == "gate.child_died"


def test_after_its_child_has_died_the_engine_answers_the_next_question() -> None:
    with deciding(shipped()) as (pdp, engine):
        ask(pdp)
        first = engine.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        ask(pdp, replace(CLASS, collection="purchase"))
        (decision,) = ask(pdp, replace(CLASS, collection="idea"))

        assert decision.allow
        assert engine.pid != first


def test_a_child_that_hangs_is_a_denial_within_the_deadline() -> None:
    with deciding(shipped()) as (pdp, engine):
        ask(pdp)
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGSTOP)
        (decision,) = ask(pdp, replace(CLASS, collection="purchase"))

    assert decision.reasons[0].code == "gate.timeout"


def test_what_was_remembered_is_answered_while_the_engine_is_dead() -> None:
    with deciding(shipped()) as (pdp, engine):
        ask(pdp)
        engine.close()

        assert ask(pdp)[0].cached


def test_an_engine_with_another_bundle_is_a_denial() -> None:
    other = changed("README.md", "#", "##")
    engine = RegorusEngine(other)
    try:
        pdp = Pdp(engine, shipped().digest)
        (decision,) = ask(pdp)

        assert decision.reasons[0].code == "gate.revision_mismatch"
        assert not pdp.healthy()
    finally:
        engine.close()


def test_an_empty_bundle_is_refused() -> None:
    with pytest.raises(BundleError, match="no policy bundle"):
        from_texts({})


def test_a_bundle_that_is_not_the_pinned_digest_is_refused() -> None:
    with pytest.raises(BundleError, match="pinned"):
        from_texts(shipped().texts, digest="0" * 64)


def test_a_bundle_without_tables_is_refused() -> None:
    with pytest.raises(BundleError, match=r"tables/data\.json is missing"):
        from_texts(without("tables/data.json"))


@pytest.mark.parametrize("path", sorted(shipped().modules))
def test_a_bundle_without_one_of_its_rule_files_is_refused(path: str) -> None:
    with pytest.raises(BundleError, match="is missing"):
        from_texts(without(path))


@pytest.mark.parametrize("path", sorted(shipped().modules))
def test_a_rule_file_taken_out_of_the_manifest_too_denies_everything(path: str) -> None:
    bundle = unlisted(without(path), path)

    assert code_of(bundle) in {"gate.not_intact", "gate.engine_error"}


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
