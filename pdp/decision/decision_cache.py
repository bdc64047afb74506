"""Decisions once made, kept by revision, engine, question and class.

A decision is a pure function of these four, so it never goes stale: what changes in
time changes the class. Only complete, valid decisions come in here; errors never do.

Two generations stand for a least-recently-used order: new decisions go to the young
one, a hit in the old one moves up, and when the young one is full it becomes the
old one. So at most `limit` are held, and a hit costs two lookups and no lock.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace

from pdp.decision.decision import Decision
from pdp.decision.question import Caller, ResourceClass

LIMIT = 100_000

Asked = tuple[str, str, Caller, str, str]
Generation = dict[Asked, dict[ResourceClass, Decision]]


class Memo:
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
