"""Whether answering grows with what is kept: by the steps of SQLite, not by a clock."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from houses import Scenario

from ledger.formats.entries import operator_entry


@dataclass
class Work:
    """How many steps of its virtual machine a database took."""

    steps: int = 0

    def step(self) -> int:
        """Count one, and let the statement go on."""
        self.steps += 1
        return 0


@contextmanager
def counted(connection: sqlite3.Connection) -> Iterator[Work]:
    """Count the steps that a connection takes in a block."""
    work = Work()
    connection.set_progress_handler(work.step, 1)
    try:
        yield work
    finally:
        connection.set_progress_handler(None, 1)


def beats(scenario: Scenario, number: int) -> None:
    """Have the ledger say what so many beats of the heart make it say."""
    log, facts = scenario.house.log, {"lane": "00" * 16, "seq": 1, "hash": "00" * 32}
    made = [operator_entry("lane.head", facts, at=60, granularity=60)] * number
    with scenario.house.vault_db.write() as session:
        indexes = log.append(session, [entry for entry, _ in made])
        session.connection().exec_driver_sql(
            "INSERT INTO ledger_operator (idx, salt, payload) VALUES (?, ?, ?)",
            [
                (index, opening.salt, opening.payload)
                for index, (_, opening) in zip(indexes, made, strict=True)
            ],
        )
