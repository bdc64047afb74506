"""The heartbeat: what was begun is finished, and what is committed is signed.

At each beat the head of this process's access-log lane goes into the ledger as an
operator entry, if the lane has grown, and a checkpoint is published, if the log has. So
an access log that is cut or rewritten later contradicts a signed root. The entry speaks
of the orders in the mirror, too, whether or not there was a new one; an order that
could not be written there is tried again first. An erasure or a removal that had to
wait for a reader goes on, and keys that another process rotated are used. Once a day
birth dates are looked at: a child may have come of age. Changes that nobody can follow
any more are dropped. What was published is then
shown to the time-stamping authority, if there is one. If entries still wait after a
beat, and for too long, that is an alarm of its own. A store whose file does not lie at
its path any more is closed to everything.

Each step stands alone: an erasure that waits for a reader holds no checkpoint, and an
authority that does not answer holds no lane's head. The step that has been stuck for
longest is an alarm with its name and its age.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from datetime import timedelta
from typing import Final

from kit import telemetry
from kit.db import Database
from kit.errors import Unavailable
from kit.ticker import Step, attempt, side_by_side
from ledger.formats.encoding import encode64
from ledger.log import Log
from ledger.outside.trusted_time import TrustedTime
from vault.audit.access_log import AccessLog
from vault.customers.ageing import Ageing
from vault.erasure.erasure import WAITS, Erasure
from vault.feed_keeping import FeedKeeping
from vault.intake.removal import Removals
from vault.keys.keys import Keys
from vault.orders.order_book import OrderBook

INTERVAL: Final = timedelta(seconds=30)
STUCK_AFTER: Final = 4
"""A step is stuck when it has not come to its end for so many intervals."""

_COMPLAINT: Final = "a step of the heartbeat failed"


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
        orders: OrderBook,
        erasure: Erasure,
        removals: Removals,
        ageing: Ageing,
        feed: FeedKeeping,
        time: TrustedTime,
    ) -> None:
        self._database = database
        self._stores = tuple(stores)
        self._access_log = access_log
        self._keys = keys
        self._log = log
        self._orders = orders
        self._erasure = erasure
        self._removals = removals
        self._ageing = ageing
        self._feed = feed
        self._time = time
        self._told = 0

    @property
    def steps(self) -> dict[str, Step]:
        """What is done at each beat, by name, in the order in which it helps most."""
        return {
            "keys": self._keys.reconcile,
            "orders": self._orders.send,
            "erasures": self._resume,
            "removals": self._removals.finish,
            "ageing": self._ageing.run_once,
            "feed": self._feed.run_once,
            "lane": self._commit_lane,
            "publish": self._publish,
            "time": self._time.run_once,
        }

    def run_once(self) -> None:
        """Finish erasures, commit the lane's head, publish, have it stamped.

        Each is done whatever became of the others; a failure is raised after that.
        """
        with ExitStack() as rounds:
            # A stack runs what was pushed last first.
            for step in reversed(self.steps.values()):
                rounds.callback(step)

    def running(self, interval: timedelta = INTERVAL) -> AbstractContextManager[None]:
        """Beat for the length of a block, each step in a thread of its own."""
        return side_by_side(
            {"stores": self._look, **self.steps, "overdue": self._watch},
            every=interval,
            patience=STUCK_AFTER * interval,
            complaint=_COMPLAINT,
        )

    def last(self) -> None:
        """Commit the lane's head and publish: what an end waits for, and no more."""
        for name in ("lane", "publish"):
            attempt(self.steps[name], complaint=_COMPLAINT, name=name)

    def resume(self) -> None:
        """Go on with what was to go, at a start; one that has to wait is an alarm."""
        try:
            self._erasure.resume()
        except Unavailable as error:
            telemetry.alarm(WAITS, code=error.reason_code)
        self._removals.try_finish()

    def _resume(self) -> None:
        self._erasure.resume()

    def _publish(self) -> None:
        self._log.publish()

    def _commit_lane(self) -> None:
        head = self._access_log.head()
        if head is not None and head.seq > self._told:
            facts = {"lane": head.lane.hex(), "seq": head.seq, "hash": head.hash.hex()}
            with self._database.write() as session:
                orders = self._orders.head(session, lane=head.lane, seq=head.seq)
                said = {**facts, "orders": encode64(orders)}
                self._log.stamp_operator(session, "lane.head", said)
            self._told = head.seq

    def _look(self) -> None:
        for each in self._stores:
            with suppress(Unavailable):  # it raised its own alarm
                each.require_in_place()

    def _watch(self) -> None:
        overdue = self._log.overdue()
        if overdue is not None:
            milliseconds = int(overdue.total_seconds() * 1000)
            telemetry.alarm("an entry waits to be published", milliseconds=milliseconds)
