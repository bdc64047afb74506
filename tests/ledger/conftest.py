"""A ledger on a fresh database with a mirror beside it, new or with a past."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from ledgers import LedgerHouse


@pytest.fixture
def house(tmp_path: Path) -> Iterator[LedgerHouse]:
    house = LedgerHouse(tmp_path)
    yield house
    house.close()


@pytest.fixture
def whole(house: LedgerHouse) -> LedgerHouse:
    """One of 610 entries under four checkpoints; entry 605 is the operator's."""
    for count in (5, 300, 300):
        house.published(count)
    with house.database.write() as session:
        house.log.stamp_operator(session, "key.created", {})
    house.published(4)
    return house
