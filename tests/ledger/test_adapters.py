"""Each adapter of the ledger does what its port says, whoever stands behind it."""

from collections.abc import Callable

import pytest
from conformance_ledger import EXERCISES, Make, Opened
from conformance_times import TIME_EXERCISES, MakeTimes, Stamping

from kit.db import Database
from ledger.stores import reading, reading_times, sequencer, writing, writing_times


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda each: each.__name__)
def test_the_ledger_on_sqlite_holds(
    exercise: Callable[[Make], None], vault_db: Database
) -> None:
    def make() -> Opened:
        return Opened(
            writing=writing,
            reading=lambda: reading(vault_db),
            sequencer=lambda backlog: sequencer(vault_db, backlog=backlog),
            write=vault_db.write,
        )

    exercise(make)


@pytest.mark.parametrize("exercise", TIME_EXERCISES, ids=lambda each: each.__name__)
def test_the_time_stamps_on_sqlite_hold(
    exercise: Callable[[MakeTimes], None], vault_db: Database
) -> None:
    def make() -> Stamping:
        return Stamping(
            ledger=writing,
            writing=writing_times,
            reading=lambda: reading_times(vault_db),
            write=vault_db.write,
        )

    exercise(make)
