"""Following the policies: each process puts in force what was activated by any.

Several times a second the follower looks whether there is a newer activation, or an
approved proposal to shadow. A newer bundle is loaded from the installation's own copy
under its digest; the ledger has to show who approved it, and the canary has to live.
Only then is it switched to. If any of that fails this process decides nothing any
more, for the old bundle is no longer the law, and an alarm is raised; it tries again
at every look.
"""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Final

from kit.db import Database
from kit.ticker import attempt, ticking
from ledger.log import Log
from pdp.change.active import active
from pdp.change.history import Activation
from pdp.change.proposals import Proposals, standing
from pdp.change.provenance import require_approved
from pdp.change.shadow import Shadow
from pdp.decision.decider import Pdp
from pdp.decision.port import Closed
from vault.gate.policies import InForce, Policies

INTERVAL: Final = timedelta(milliseconds=500)
FLUSH: Final = 20
"""After how many looks what the shadow counted is written."""

_COMPLAINT: Final = "the policies could not be followed"


class Follower:
    """Keeps one process's policies those that are in force in the installation.

    `load` makes the bundle of a digest ready to decide and lets the canary fly;
    `load_shadow` makes one ready to decide in the shadow.
    """

    def __init__(
        self,
        policies: Policies,
        *,
        database: Database,
        log: Log,
        proposals: Proposals,
        load: Callable[[str], InForce],
        load_shadow: Callable[[str], Pdp],
    ) -> None:
        self._policies = policies
        self._database = database
        self._log = log
        self._proposals = proposals
        self._load = load
        self._load_shadow = load_shadow
        # What the tables said when it was last followed. Set last: a poll that fails is
        # made again.
        self._seen: tuple[int, ...] = ()
        self._number = 0
        self._closed = False
        self._turn = threading.Lock()

    def poll(self) -> None:
        """Put in force what was activated, and in the shadow what was approved."""
        with self._turn:
            seen = standing(self._database)
            if seen == self._seen and not self._closed:
                return
            with self._database.read() as session:
                newest = active(session)
                shaded = self._proposals.waiting(session)
            self._follow(newest)
            self._shadow(shaded)
            self._seen = seen

    def flush(self) -> None:
        """Write what the shadow has counted."""
        shadow = self._policies.deciding()[1]
        if shadow is not None and shadow.counted:
            with self._database.write() as session:
                shadow.write(session)

    @contextmanager
    def running(self, interval: timedelta = INTERVAL) -> Iterator[None]:
        """Poll in a thread of its own for the length of a block."""
        polls = itertools.count(1)

        def step() -> None:
            attempt(self.poll, complaint=_COMPLAINT)
            if next(polls) % FLUSH == 0:
                self.flush()

        try:
            with ticking(step, every=interval, name="policies", complaint=_COMPLAINT):
                yield
        finally:
            attempt(self.flush, complaint=_COMPLAINT)

    def _follow(self, newest: Activation) -> None:
        now = self._policies.current
        if newest.number == self._number and not self._closed:
            return
        try:
            require_approved(self._log, newest)
            if newest.digest != now.pdp.revision or self._closed:
                self._policies.switch(self._load(newest.digest))
        # Whatever it was: what decided so far is out of force, and does not go on.
        # Until the new policies can be loaded, nothing is allowed.
        except BaseException:
            if not self._closed:
                nothing = Pdp(Closed(), newest.digest)
                self._policies.switch(replace(now, pdp=nothing))
                self._closed = True
            raise
        self._number, self._closed = newest.number, False

    def _shadow(self, digest: str | None) -> None:
        pdp, shadow = self._policies.deciding()
        if digest == (shadow.revision if shadow else None):
            return
        self.flush()
        self._policies.put_in_shadow(
            None
            if digest is None
            else Shadow(self._load_shadow(digest), base=pdp.revision)
        )
