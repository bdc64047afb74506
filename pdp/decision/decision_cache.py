"""Decisions once made: what is kept of them, and for how long it may be repeated.

They are kept by revision, engine, question and class. A decision is a pure function of
these four, so it never goes stale: what changes in time changes the class. Only
complete, valid decisions come in here; errors never do.

Two generations stand for a least-recently-used order: new decisions go to the young
one, a hit in the old one moves up, and when the young one is full it becomes the
old one. So at most `limit` are held, and a hit costs two lookups and no lock.

But an OPA server may be gone, or have another bundle by now, and what the operator
stopped must not go on answering out of memory. So its answers count for a moment; after
that, or after any failure, it is asked again before anything that it decided is
repeated. Where it does not confirm its bundle, nothing is.
"""

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from pdp.decision.decision import Decision, Undecided
from pdp.decision.question import Caller, ResourceClass

LIMIT = 100_000

Asked = tuple[str, str, Caller, str, str]
Generation = dict[Asked, dict[ResourceClass, Decision]]


class DecisionCache:
    """A bounded store of decisions; safe to use from several threads."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._half = max(1, limit // 2)
        self._lock = threading.Lock()
        self._count = 0
        self._young: Generation = {}
        self._old: Generation = {}

    def get(
        self, asked: Asked, classes: Sequence[ResourceClass]
    ) -> list[Decision | None]:
        """Give what is remembered, in the order of the classes; never waits."""
        # Without the lock: a generation only grows, and is swapped as a whole. What a
        # swap hides from here is a miss, and a miss only asks again.
        young = self._young.get(asked, {})
        found: list[Decision | None] = [young.get(klass) for klass in classes]
        old = self._old.get(asked)
        if old is not None and None in found:
            return self._promoted(asked, classes, found, old)
        return found

    def put(self, asked: Asked, klass: ResourceClass, decision: Decision) -> None:
        """Remember a complete, valid decision."""
        self._insert(asked, klass, replace(decision, cached=True))

    def clear(self) -> None:
        """Forget everything, as on activation of another bundle."""
        with self._lock:
            self._young, self._old, self._count = {}, {}, 0

    def __len__(self) -> int:
        with self._lock:
            generations = (self._young, self._old)
            return sum(len(part) for made in generations for part in made.values())

    def _promoted(
        self,
        asked: Asked,
        classes: Sequence[ResourceClass],
        found: list[Decision | None],
        old: dict[ResourceClass, Decision],
    ) -> list[Decision | None]:
        for place, klass in enumerate(classes):
            if found[place] is None and klass in old:
                found[place] = old[klass]
                self._insert(asked, klass, old[klass])
        return found

    def _insert(self, asked: Asked, klass: ResourceClass, decision: Decision) -> None:
        with self._lock:
            if self._count >= self._half:
                self._old, self._young, self._count = self._young, {}, 0
            part = self._young.setdefault(asked, {})
            self._count += klass not in part
            part[klass] = decision


class Confirmation:
    """Whether an engine stands by what it decided; for any number of threads.

    `lasts` says for how many seconds after an answer. `ask` asks it, and raises
    `Undecided` unless it answers, and by the right bundle; it is told whether the
    engine was away, or was never asked before.
    """

    def __init__(self, lasts: float, ask: Callable[[bool], None]) -> None:
        self._lasts = lasts
        self._ask = ask
        # One thread asks; the others wait for its answer. `stands` goes without: it
        # reads one number, which ends at once where the engine fails.
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
            # What was asked after this thread came is an answer to it, too.
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
