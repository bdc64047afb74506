"""Sequencing on SQLite, in the caller's own transaction.

Entry, tiles and head commit or fall with what they stamp, and the index is known at
once: SQLite has one writer anyway.
"""

from collections.abc import Sequence

from kit.db import Database, WriteSession, raw
from kit.errors import Unavailable
from ledger.formats.commitment import Entry
from ledger.formats.tiles import Growth
from ledger.ports import BACKLOG, Waiting
from ledger.sqlite.store import SqliteLedger


class SqliteSequencer:
    """Integrates in the caller's transaction; SQLite has one writer anyway."""

    def __init__(self, database: Database, *, backlog: int) -> None:
        self._database = database
        self._backlog = backlog

    def append(self, session: WriteSession, entries: Sequence[Entry]) -> list[int]:
        if not entries:
            return []
        store = SqliteLedger(raw(session))
        growth = Growth(store.head(), store.tile)
        first, bodies = growth.range.size, [entry.encode() for entry in entries]
        if first - store.published() >= self._backlog:
            raise Unavailable(
                "too many entries of the ledger wait to be published",
                code=BACKLOG,
                fix="look at the last alarm: the mirror cannot be written, or the"
                " server's heartbeat does not run; what waits is not lost",
            )
        growth.add(bodies)
        store.add_entries(first, bodies)
        store.put_tiles(growth.drain())
        store.put_head(growth.range)
        return list(range(first, growth.range.size))

    def waiting(self) -> Waiting | None:
        store = SqliteLedger(self._database.reader())
        # The record is read first: the head only grows, so it covers it.
        published, size = store.published(), store.head().size
        if published >= size:
            return None
        (body,) = store.entries(published, published + 1)
        return Waiting(size - published, Entry.parse(body).at)
