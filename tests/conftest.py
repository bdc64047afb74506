"""Fixtures that every part shares: fresh databases, and a clock that stands still.

`--slow` also runs the longer loops; on CI (`CI=true`) they always run.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from callers import Callers, calling
from clocks import ManualClock
from houses import Scenario, lived_in
from hypothesis import HealthCheck, settings
from sqlalchemy import MetaData

from kit.db import Database
from kit.schema import AUDIT, IDENTITY, VAULT
from server.house import tables as _every_table  # noqa: F401 - declares them

# A test says what is right, and a benchmark how fast it is: no example is timed.
settings.register_profile(
    "untimed",
    settings(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the longer loops too")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    if config.getoption("--slow") or os.environ.get("CI") == "true":
        return
    skip = pytest.mark.skip(reason="a longer loop: run with --slow, or CI=true")
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(skip)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def _made(path: Path, metadata: MetaData) -> Iterator[Database]:
    database = Database(path)
    with database.write() as session:
        metadata.create_all(session.connection())
    yield database
    database.close()


@pytest.fixture
def vault_db(tmp_path: Path) -> Iterator[Database]:
    yield from _made(tmp_path / "vault.db", VAULT)


@pytest.fixture
def identity_db(tmp_path: Path) -> Iterator[Database]:
    yield from _made(tmp_path / "identity.db", IDENTITY)


@pytest.fixture
def audit_db(tmp_path: Path) -> Iterator[Database]:
    yield from _made(tmp_path / "audit.db", AUDIT)


@pytest.fixture
def scenario(tmp_path: Path, clock: ManualClock) -> Iterator[Scenario]:
    with lived_in(tmp_path / "home", clock) as scenario:
        yield scenario


@pytest.fixture
async def callers(scenario: Scenario) -> AsyncIterator[Callers]:
    async with calling(scenario) as callers:
        yield callers
