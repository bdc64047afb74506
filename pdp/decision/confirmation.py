"""For how long what an engine decided may be repeated without asking it.

A decision is a pure function of the bundle and the question, so it does not go stale
by itself. But an OPA server may be gone, or have another bundle by now, and what the
operator stopped must not go on answering out of memory. So its answers count for a
moment; after that, or after any failure, it is asked again before anything that it
decided is repeated. Where it does not confirm its bundle, nothing is.
"""

import math
import threading
import time
from collections.abc import Callable

from pdp.decision.decision import Undecided


class Confirmation:
    """Whether an engine stands by what it decided; for any number of threads.

    `ask` asks it, and raises `Undecided` unless it answers, and by the right bundle;
    `tried` tells it that the engine was away, or was never asked before.
    """

    def __init__(self, lasts: float, ask: Callable[[bool], None]) -> None:
        self._lasts = lasts
        self._ask = ask
        self._lock = threading.Lock()
        self._until = math.inf if lasts == math.inf else -math.inf
        self._away = True
        self._asked_at = -math.inf
        self._failed: Undecided | None = None

    @property
    def stands(self) -> bool:
        """Whether what was decided may be repeated now; never waits."""
        return time.monotonic() < self._until

    def renew(self) -> None:
        """Note that the engine has just answered, by the right bundle."""
        if not self._away:
            self._until = time.monotonic() + self._lasts

    def end(self) -> None:
        """Note that the engine failed: it has to answer before anything is repeated."""
        if self._lasts != math.inf:
            self._until, self._away = -math.inf, True

    def require(self) -> None:
        """Ask the engine, unless it answered a moment ago.

        Threads that wait for the same answer share it, and so does a failure: an
        engine that hangs costs one deadline, not one for each of them.

        Raises:
            Undecided: it does not answer, or not by the right bundle.

        """
        if self.stands:
            return
        came = time.monotonic()
        with self._lock:
            if self._asked_at < came:
                self._renewed()
            if self._failed is not None:
                raise Undecided(self._failed.detail, code=self._failed.reason_code)

    def _renewed(self) -> None:
        self._failed = None
        try:
            self._ask(self._away)
        except Undecided as error:
            self._failed = error
            self.end()
        else:
            self._away = False
            self._until = time.monotonic() + self._lasts
        self._asked_at = time.monotonic()
