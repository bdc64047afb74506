"""Keeping the change feed: each start leaves its mark in it, and old rows are dropped.

A copy that was put back is opened by a start like any other. From its mark on the feed
goes another way than the one that was lost, so whoever followed that one is told to
begin anew, whatever else the restore was noticed by.
"""

from datetime import timedelta
from typing import Final

from kit.clock import Clock, unix
from kit.db import Database
from kit.ids import new_id
from vault._internal.ports.changes import ChangeStore

KEPT: Final = timedelta(days=30)
"""How long a change can be followed, and an erasure be told of."""

MOST: Final = 10_000_000
AT_ONCE: Final = 20_000


class FeedKeeping:
    """What is done about the feed by the program itself."""

    def __init__(self, database: Database, changes: ChangeStore, clock: Clock) -> None:
        self._database = database
        self._changes = changes
        self._clock = clock

    def begin(self) -> None:
        """Note a start: before anything else is written by it."""
        with self._database.write() as session:
            self._changes.start(session, new_id())

    def run_once(self) -> None:
        """Drop what is older than it is kept, or more than is kept, part by part."""
        minute = unix(self._clock.now() - KEPT) // 60
        with self._database.write() as session:
            self._changes.drop(session, minute=minute, most=MOST, limit=AT_ONCE)
