"""Sequencing: what is too much waits outside, and what waits too long is known."""

from datetime import timedelta

import pytest
from ledgers import AT, LedgerHouse, entries

from kit.clock import unix
from kit.errors import Unavailable
from ledger import stores
from ledger.ports import BACKLOG, Pace, Waiting


def test_too_many_unpublished_entries_refuse_the_next(house: LedgerHouse) -> None:
    house.log = house.again(pace=Pace(backlog=5))
    house.append(5)
    with pytest.raises(Unavailable) as refused:
        house.append(1)
    assert refused.value.reason_code == BACKLOG
    assert refused.value.fix
    assert house.size == 5
    house.log.publish()
    house.append(1)
    assert house.size == 6


def test_a_refusal_takes_the_callers_rows_with_it(house: LedgerHouse) -> None:
    house.log = house.again(pace=Pace(backlog=1))
    house.append(1)
    with pytest.raises(Unavailable), house.database.write() as session:
        session.connection().exec_driver_sql("CREATE TABLE record (x)")
        house.log.append(session, entries(1, 1))
    found = house.database.reader().execute(
        "SELECT count(*) FROM sqlite_schema WHERE name = 'record'"
    )
    assert found.fetchone() == (0,)


def test_a_batch_is_taken_whole_however_large(house: LedgerHouse) -> None:
    house.log = house.again(pace=Pace(backlog=2))
    house.append(300)
    with pytest.raises(Unavailable):
        house.append(1)


def test_what_waits_is_counted_from_the_newest_checkpoint(house: LedgerHouse) -> None:
    sequencer = stores.sequencer(house.database, backlog=9)
    assert sequencer.waiting() is None
    house.published(4)
    assert sequencer.waiting() is None
    house.append(3)
    assert sequencer.waiting() == Waiting(3, AT)


def test_an_entry_is_overdue_once_it_surely_waited_longer(house: LedgerHouse) -> None:
    pace = Pace(timedelta(seconds=60), patience=timedelta(seconds=10))
    house.log = house.again(pace=pace)
    house.append(1)
    house.clock.advance(seconds=AT + 70 - unix(house.clock.now()))
    assert house.log.overdue() is None
    house.clock.advance(seconds=1)
    assert house.log.overdue() == timedelta(seconds=11)
    house.log.publish()
    assert house.log.overdue() is None
