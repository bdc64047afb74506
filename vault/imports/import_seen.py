"""What an import has met in its file so far: in bounded memory, and in no clear text.

A file is always read from its first line, so that this is the same after an
interruption as without one. Kept are keyed hashes, in a scratch database.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from kit.db import value
from kit.scratch import scratch

_TABLES: Final = (
    "CREATE TABLE first (key BLOB PRIMARY KEY, said BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE times (key BLOB PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID",
)
_COUNT: Final = (
    "INSERT INTO times (key, count) VALUES (?, 1)"
    " ON CONFLICT DO UPDATE SET count = count + 1 RETURNING count"
)


class SeenKeys:
    """What was met under a key: what its first line said, or how many times."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def first(self, key: bytes) -> bytes | None:
        """Give what the line said that took a key, if one did."""
        find = "SELECT said FROM first WHERE key = ?"
        said: bytes | None = value(self._execute(find, (key,)))
        return said

    def take(self, key: bytes, said: bytes) -> None:
        """Let a line have a key that no line before it has."""
        self._execute("INSERT INTO first (key, said) VALUES (?, ?)", (key, said))

    def count(self, key: bytes) -> int:
        """Count a line; gives its number among those of its key, from 1."""
        return int(value(self._execute(_COUNT, (key,))))


@contextmanager
def seen() -> Iterator[SeenKeys]:
    """Begin with nothing; in the end nothing is left."""
    with scratch(*_TABLES) as connection:
        yield SeenKeys(connection)
