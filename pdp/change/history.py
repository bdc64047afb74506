"""Every bundle of policies that was in force, as its table lists them.

On a connection alone, so that whoever only looks at the list opens no home for it.
"""

import sqlite3
from dataclasses import dataclass
from typing import Final

TABLE: Final = "pdp_activation"

_NEWEST_FIRST: Final = (
    "SELECT number, digest, at, entry FROM pdp_activation ORDER BY number DESC"
)


@dataclass(frozen=True, slots=True)
class Activation:
    """A bundle that was put in force: which, when (unix seconds), by which entry."""

    number: int
    digest: str
    at: int
    entry: int


def activations(reader: sqlite3.Connection) -> list[Activation]:
    """List every bundle that was in force, newest first."""
    return [Activation(*row) for row in reader.execute(_NEWEST_FIRST)]
