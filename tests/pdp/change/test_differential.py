"""Both engines on the same inputs; every difference that is planted is found."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bundles import changed, shipped
from engines import REVISION, FakeEngine, allowing, refusing
from opa_servers import serving
from questions import DRAWN

from pdp.bundle.bundle import Bundle
from pdp.change.differential import Comparison, Input, compare
from pdp.decision.decision import Undecided
from pdp.decision.port import EngineAnswer
from pdp.engines.opa import OpaAddress, OpaEngine
from pdp.engines.regorus import RegorusEngine

FEW, MANY, PARTS = 3_000, 100_000, 10
PATIENCE = timedelta(seconds=20)
ASKED = Input({"purpose": "support.case", "v": 1}, {"classes": ["identity"], "v": 1})


class Peer(FakeEngine):
    """A second engine that allows what a rule of the test says."""

    name = "peer/1"

    def __init__(self, allows: Any, **options: Any) -> None:
        super().__init__(**options)
        self.allows = allows

    def decide(self, common: Any, items: Any) -> EngineAnswer:
        chosen = [allowing() if self.allows(it) else refusing() for it in items]
        return EngineAnswer(self.loaded, chosen)


def on_both(bundle: Bundle, folder: Path, inputs: Iterator[Input]) -> Comparison:
    # What they say is compared, not how fast: a busy machine is no difference.
    regorus = RegorusEngine(bundle, deadline=PATIENCE)
    with serving(bundle, folder) as url:
        opa = OpaEngine(OpaAddress.parse(url))
        opa._deadline = PATIENCE
        try:
            return compare([regorus, opa], bundle.digest, inputs)
        finally:
            regorus.close()
            opa.close()


def test_the_engines_agree_on_generated_inputs(tmp_path: Path) -> None:
    found = on_both(shipped(), tmp_path, DRAWN.inputs(FEW, seed=11))

    assert found.smallest is None
    assert found.agreed
    assert found.compared == FEW
    assert found.allowed >= 0.2 * FEW


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(PARTS))
def test_the_engines_agree_on_a_tenth_of_a_hundred_thousand_inputs(
    seed: int, tmp_path: Path
) -> None:
    found = on_both(shipped(), tmp_path, DRAWN.inputs(MANY // PARTS, seed=seed))

    assert found.smallest is None
    assert found.agreed
    assert found.compared == MANY // PARTS
    assert found.allowed >= 0.2 * found.compared


def test_a_rule_that_means_two_things_is_found_and_cut_down(tmp_path: Path) -> None:
    # On OPA a negation around an absent key is undefined, and the denial is lost.
    bundle = changed(
        "legal/hold.rego",
        "installed := true",
        "installed := true\n\ndeny contains "
        '{"code": "hold.twofold", "article": "GDPR 17", "fix": "none"} if {\n'
        '\tnot "x" in data.tables.residency[input.resource.nowhere]\n}',
    )
    found = on_both(bundle, tmp_path, DRAWN.inputs(300, seed=5))

    assert not found.agreed
    assert found.smallest is not None
    allowed = {name: it.allow for name, it in found.smallest.decisions.items()}
    assert allowed == {"regorus/0.13.0": False, "opa": True}


def test_the_smallest_differing_input_is_what_makes_the_difference() -> None:
    peer = Peer(lambda item: "identity" not in item.get("classes", ()))
    found = compare([FakeEngine(), peer], REVISION, [ASKED, ASKED])

    assert found.differing == 2
    assert found.smallest is not None
    assert found.smallest.input == Input({}, {"classes": ["identity"]})


def test_masks_and_obligations_are_part_of_the_effect() -> None:
    other = FakeEngine(allowing(identity="last4"))
    assert compare([FakeEngine(), other], REVISION, [ASKED]).differing == 1
    cohort = {**allowing(), "obligations": [{"type": "cohort", "min": 5}]}
    assert compare([FakeEngine(), FakeEngine(cohort)], REVISION, [ASKED]).differing == 1


def test_reasons_are_counted_and_are_no_difference_in_effect() -> None:
    engines = [FakeEngine(refusing()), FakeEngine(refusing("purpose.closed"))]
    found = compare(engines, REVISION, [ASKED])

    assert found.agreed
    assert found.other_reasons == 1


def test_an_input_that_one_engine_cannot_evaluate_is_its_denial_alone() -> None:
    class Fragile(FakeEngine):
        def decide(self, common: Any, items: Any) -> EngineAnswer:
            if 7 in items:
                raise Undecided("a rule failed", code="gate.engine_error")
            return super().decide(common, items)

    inputs = [Input({}, item) for item in [{}, {}, 7, {}, {}]]
    found = compare([Fragile(), FakeEngine()], REVISION, inputs)

    assert (found.compared, found.differing, found.allowed) == (5, 1, 4)
    assert compare([Fragile(), FakeEngine(refusing())], REVISION, inputs[2:3]).agreed


@pytest.mark.parametrize("code", ["gate.timeout", "gate.unreachable"])
def test_an_engine_that_does_not_answer_cannot_be_compared(code: str) -> None:
    silent = FakeEngine(error=Undecided("silence", code=code))
    with pytest.raises(Undecided):
        compare([FakeEngine(), silent], REVISION, [ASKED])


def test_an_engine_with_another_bundle_cannot_be_compared() -> None:
    with pytest.raises(Undecided, match="another bundle"):
        compare([FakeEngine(), FakeEngine(revision="x")], REVISION, [ASKED, ASKED])


def test_nothing_compared_is_no_agreement() -> None:
    assert not compare([FakeEngine(), FakeEngine()], REVISION, []).agreed
