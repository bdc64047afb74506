"""Each adapter of the ledger does what its port says, whoever stands behind it."""

from collections.abc import Callable

import pytest
from conformance_ledger import EXERCISES, Make, Opened

from kit.db import Database
from ledger.stores import reading, sequencer, writing


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
