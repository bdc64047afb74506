"""What every bundle has to answer, whatever its own cases say."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from bundles import GATE, changed, shipped
from engines import FakeEngine, allowing, refusing
from few_policies import few

from pdp.bundle.bundle import TABLES, Bundle
from pdp.change.canary import CanaryDied, brief_canary, canary
from pdp.decision.port import EngineAnswer
from pdp.engines.regorus import RegorusEngine


def asked(bundle: Bundle) -> None:
    engine = RegorusEngine(bundle)
    try:
        canary(engine, bundle)
    finally:
        engine.close()


def test_the_shipped_policies_pass(engine: RegorusEngine) -> None:
    canary(engine, shipped())
    brief_canary(engine, shipped())


@pytest.mark.parametrize(
    ("bundle", "says"),
    [
        (
            changed("legal/reach.rego", "deny contains", "never contains"),
            "reach none",
        ),
        (
            changed("legal/restriction.rego", '"erased"', '"gone"'),
            "state erased",
        ),
        (
            changed(
                "legal/consent.rego",
                'input.resource.consent == "withdrawn"',
                'input.resource.consent == "never"',
            ),
            "consent withdrawn",
        ),
        (
            changed(
                *(GATE, "denials contains reason if some reason in faults", ""),
                bundle=changed(GATE, "valid if count(faults) == 0", "valid := true"),
            ),
            "was allowed",
        ),
        (
            changed(
                "legal/self_access.rego", "\tcustomer\n\tnot own\n", "\tcustomer\n"
            ),
            "GDPR 15",
        ),
    ],
    ids=["out of reach", "erased", "withdrawn", "any word", "their own"],
)
def test_a_bundle_is_not_put_in_force_that_opens_what_no_law_opens(
    bundle: Bundle, says: str
) -> None:
    with pytest.raises(CanaryDied, match=says):
        asked(bundle)


def test_without_a_purpose_for_their_own_customers_are_refused() -> None:
    with pytest.raises(CanaryDied, match="GDPR 15"):
        asked(few())


def test_tables_with_a_fault_are_not_asked_about() -> None:
    bundle = changed(TABLES, '"cn": ["cn"]', '"cn": ["mars"]')
    with pytest.raises(CanaryDied, match=r"tables/data\.json:\d+:\d+: "):
        asked(bundle)


@pytest.mark.parametrize(
    "engine",
    [
        FakeEngine(allowing(), revision=shipped().digest),
        FakeEngine(refusing(), revision=shipped().digest),
        FakeEngine(results=[], revision=shipped().digest),
        FakeEngine(allowing()),
    ],
    ids=["allows all", "refuses all", "answers nothing", "has another bundle"],
)
def test_an_engine_that_does_not_tell_them_apart_does_not_pass(
    engine: FakeEngine,
) -> None:
    with pytest.raises(CanaryDied):
        brief_canary(engine, shipped())


class ByItsCases(FakeEngine):
    """Answers the bundle's own first cases rightly, and allows all else."""

    def decide(
        self, common: Mapping[str, Any], items: Sequence[Mapping[str, Any]]
    ) -> EngineAnswer:
        return EngineAnswer(shipped().digest, [self._one(each) for each in items])

    def _one(self, item: Mapping[str, Any]) -> object:
        return allowing() if item.get("reach") == "self" else refusing()


def test_the_questions_are_not_out_of_the_bundles_cases() -> None:
    with pytest.raises(CanaryDied, match="was allowed"):
        brief_canary(ByItsCases(), shipped())
