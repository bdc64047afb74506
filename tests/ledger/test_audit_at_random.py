"""fsck in random places: whatever is tampered with, the entry is named."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import LedgerHouse, first_bad

from kit.db import raw
from ledger.checks.audit import fsck

TAMPERINGS = (
    "UPDATE ledger_entry SET body = randomblob(84) WHERE idx = {at}",
    "UPDATE ledger_entry SET body = body || x'0a' WHERE idx = {at}",
    "UPDATE ledger_entry SET body = substr(body, 2) WHERE idx = {at}",
    "DELETE FROM ledger_entry WHERE idx = {at}",
    "DELETE FROM ledger_entry WHERE idx >= {at}",
    "UPDATE ledger_entry SET body = CAST(body AS TEXT) WHERE idx = {at}",
    (
        "UPDATE ledger_entry AS e SET body = (SELECT body FROM ledger_entry AS o"
        " WHERE o.idx = e.idx + 1) WHERE idx = {at}"
    ),
)


def tampered_places(house: LedgerHouse, count: int, seed: int) -> list[tuple[int, int]]:
    """Tamper in random places, each time with a whole ledger; gives place and find."""
    chance, bodies = Random(seed), house.bodies()  # noqa: S311 - repeatable
    places = []
    for _ in range(count):
        at = chance.randrange(604)
        house.tamper(chance.choice(TAMPERINGS).format(at=at))
        places.append((at, first_bad(fsck(house.log))))
        house.tamper("DELETE FROM ledger_entry")
        sql = "INSERT INTO ledger_entry (idx, body) VALUES (?, ?)"
        with house.database.write() as session:
            raw(session).executemany(sql, list(enumerate(bodies)))
    assert fsck(house.log).clean
    return [(at, -1 if found is None else found) for at, found in places]


def test_entries_that_were_tampered_with_are_named(whole: LedgerHouse) -> None:
    places = tampered_places(whole, 20, seed=5)
    assert [found for _, found in places] == [at for at, _ in places]


@pytest.mark.slow
def test_500_entries_that_were_tampered_with_are_named(whole: LedgerHouse) -> None:
    places = tampered_places(whole, 500, seed=6)
    assert [found for _, found in places] == [at for at, _ in places]


@settings(max_examples=25, deadline=None)
@given(
    size=st.integers(min_value=1, max_value=40),
    at=st.integers(min_value=0, max_value=39),
    bit=st.integers(min_value=0, max_value=83 * 8),
)
def test_any_flipped_bit_of_any_entry_is_named(
    tmp_path_factory: pytest.TempPathFactory, size: int, at: int, bit: int
) -> None:
    house = LedgerHouse(tmp_path_factory.mktemp("ledger"))
    house.published(size)
    bodies, at = house.bodies(), at % size
    body = bytearray(bodies[at])
    body[bit // 8 % len(body)] ^= 1 << bit % 8
    house.tamper("UPDATE ledger_entry SET body = ? WHERE idx = ?", bytes(body), at)
    assert first_bad(fsck(house.log)) == at
    house.close()
