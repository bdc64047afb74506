"""A show of a vault to talk to, and both clients of it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from allod import Allod, AsyncAllod, Retry
from fake_vault import FakeVault, fake_vault
from hypothesis import HealthCheck, settings

TOKEN = "al_service_" + "x" * 43
EAGER = Retry(first_wait=0.0)

# As in tests/conftest.py: no example is timed.
settings.register_profile(
    "untimed",
    settings(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("untimed")


@pytest.fixture
def vault() -> Iterator[FakeVault]:
    with fake_vault() as show:
        yield show


@pytest.fixture
def allod(vault: FakeVault) -> Iterator[Allod]:
    with Allod(vault.url, token=TOKEN, retry=EAGER, timeout=5) as client:
        yield client


@pytest.fixture
async def async_allod(vault: FakeVault) -> AsyncIterator[AsyncAllod]:
    async with AsyncAllod(vault.url, token=TOKEN, retry=EAGER, timeout=5) as client:
        yield client
