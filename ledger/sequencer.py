"""The port behind which entries get their places, and its adapter for SQLite.

SQLite integrates in the caller's own transaction: entry, tiles and head commit or
fall with what they stamp, and the index is known at once. Where many writers must not
wait for one head row (PostgreSQL), a second adapter queues the entry in the caller's
transaction and one elected process integrates; of what is above it, only what wants
the index at once then has to ask later.

An adapter refuses entries while too many wait to be published, before it has written
anything: an unsigned entry proves nothing, and nobody may be told otherwise for long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from kit.db import Database, WriteSession
from kit.errors import Unavailable
from ledger.formats.commitment import Entry
from ledger.formats.tiles import Growth
from ledger.store import LedgerStore

BACKLOG: Final = "ledger.backlog"


@dataclass(frozen=True, slots=True)
class Pace:
    """How finely entries tell the time, and how many may wait for how long."""

    granularity: timedelta = timedelta(seconds=60)
    backlog: int = 50_000
    patience: timedelta = timedelta(minutes=2)

    @property
    def step(self) -> int:
        """The granularity in seconds, one at least."""
        return max(1, int(self.granularity.total_seconds()))


@dataclass(frozen=True, slots=True)
class Waiting:
    """The entries that are committed and not published: how many, the oldest's time."""

    count: int
    oldest: int  # unix seconds, as the entry has it: rounded down


class Sequencer(Protocol):
    """Gives entries their places in the log."""

    def append(self, session: WriteSession, entries: Sequence[Entry]) -> list[int]:
        """Append entries inside the caller's unit of work; gives their indexes.

        Raises:
            Unavailable: too many entries wait to be published; nothing was written.

        """

    def waiting(self) -> Waiting | None:
        """Tell what waits to be published, or None."""


class SqliteSequencer:
    """Integrates in the caller's transaction; SQLite has one writer anyway."""

    def __init__(self, database: Database, *, backlog: int) -> None:
        self._database = database
        self._backlog = backlog

    def append(self, session: WriteSession, entries: Sequence[Entry]) -> list[int]:
        """Append entries inside the caller's unit of work; gives their indexes."""
        if not entries:
            return []
        store = LedgerStore.writing(session)
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
        """Tell what waits to be published, or None."""
        store = LedgerStore.reading(self._database)
        # The record is read first: the head only grows, so it covers it.
        published, size = store.published(), store.head().size
        if published >= size:
            return None
        (body,) = store.entries(published, published + 1)
        return Waiting(size - published, Entry.parse(body).at)
