"""The heartbeat: what was begun is finished, and what is committed is signed.

At each beat the head of this process's access-log lane goes into the ledger as an
operator entry, if the lane has grown, and a checkpoint is published, if the log has.
So an access log that is cut or rewritten later contradicts a signed root. An erasure
that had to wait for a reader goes on, and keys that another process rotated are used.
What was published is then shown to the time-stamping authority, if there is one. If
entries still wait after a beat, and for too long, that is an alarm of its own. A store
whose file does not lie at its path any more is closed to everything.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from typing import Final

from kit import telemetry
from kit.db import Database
from kit.errors import Unavailable
from kit.ticker import attempt, ticking
from ledger.log import Log
from ledger.trusted_time import TrustedTime
from vault.access_log import AccessLog
from vault.erasure import Erasure
from vault.keys import Keys

INTERVAL: Final = timedelta(seconds=30)

_COMPLAINT: Final = "the ledger could not be published"


class Heartbeat:
    """Commits lane heads and publishes checkpoints, now and then."""

    def __init__(
        self,
        *,
        database: Database,
        stores: Sequence[Database],
        access_log: AccessLog,
        keys: Keys,
        log: Log,
        erasure: Erasure,
        time: TrustedTime,
    ) -> None:
        self._database = database
        self._stores = tuple(stores)
        self._access_log = access_log
        self._keys = keys
        self._log = log
        self._erasure = erasure
        self._time = time
        self._told = 0

    def beat(self) -> None:
        """Finish erasures, commit the lane's head, publish, have it stamped."""
        self._keys.settle()
        self._erasure.resume()
        head = self._access_log.head()
        if head is not None and head.seq > self._told:
            facts = {"lane": head.lane.hex(), "seq": head.seq, "hash": head.hash.hex()}
            with self._database.write() as session:
                self._log.stamp_operator(session, "lane.head", facts)
            self._told = head.seq
        self._log.publish()
        self._time.beat()

    def running(self, interval: timedelta = INTERVAL) -> AbstractContextManager[None]:
        """Beat in a thread of its own for the length of a block."""
        return ticking(
            self.try_beat, every=interval, name="heartbeat", complaint=_COMPLAINT
        )

    def try_beat(self) -> None:
        """Beat; a failure is an alarm, and the next beat tries again."""
        attempt(self._look, self.beat, self._watch, complaint=_COMPLAINT)

    def _look(self) -> None:
        for each in self._stores:
            with suppress(Unavailable):  # it raised its own alarm
                each.require_in_place()

    def _watch(self) -> None:
        overdue = self._log.overdue()
        if overdue is not None:
            milliseconds = int(overdue.total_seconds() * 1000)
            telemetry.alarm("an entry waits to be published", milliseconds=milliseconds)
