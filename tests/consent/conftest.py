"""A house of consent for every test."""

import pytest
from clocks import ManualClock
from consents import ConsentHouse, shipped_purposes

from consent import Purposes
from kit.db import Database


@pytest.fixture(scope="session")
def purposes() -> Purposes:
    return shipped_purposes()


@pytest.fixture
def house(vault_db: Database, clock: ManualClock) -> ConsentHouse:
    return ConsentHouse(vault_db, clock)
