"""One engine with the shipped policies, for the tests that do not break it."""

from collections.abc import Iterator

import pytest
from bundles import shipped

from pdp.decision.decider import Pdp
from pdp.engines.regorus import RegorusEngine


@pytest.fixture(scope="session")
def engine() -> Iterator[RegorusEngine]:
    made = RegorusEngine(shipped())
    yield made
    made.close()


@pytest.fixture
def pdp(engine: RegorusEngine) -> Pdp:
    return Pdp(engine, shipped().digest)
