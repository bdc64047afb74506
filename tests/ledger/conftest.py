"""A ledger on a fresh database with a mirror beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from ledgers import LedgerHouse


@pytest.fixture
def house(tmp_path: Path) -> Iterator[LedgerHouse]:
    house = LedgerHouse(tmp_path)
    yield house
    house.close()
