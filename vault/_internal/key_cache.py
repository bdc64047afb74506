"""The keys that lie in memory for seconds: derived, each under the row it came from.

A key lies here for at most 60 seconds, by the clock and not by the next look; where
there are too many, the oldest goes first. One thread of the process forgets what is
over, in every cache that there is, whether or not anybody asks again: a process that
waits for a slow reader holds no old key.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final
from weakref import WeakSet

from vault._internal.envelope import CustomerKeys
from vault._internal.ports.identity import KeyRow

LIFE_SECONDS: Final = 60.0
LONGEST_PAUSE: Final = 1.0
SHORTEST_PAUSE: Final = 0.02


class KeyCache:
    """Derived keys under the very row they came from."""

    def __init__(self, monotonic: Callable[[], float], *, most: int) -> None:
        self._monotonic = monotonic
        self._most = most
        # For those who put and sweep. `get` goes without: one look-up is atomic, and
        # what it may find too late it refuses by the clock. Order: the sweeper's lock
        # first, then a cache's; `put` lets go of its own before it asks for the
        # sweeper's.
        self._lock = threading.Lock()
        # Not a dict: finding a dict's oldest entry walks over all that was deleted.
        self._held: OrderedDict[KeyRow, tuple[float, CustomerKeys]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, row: KeyRow) -> CustomerKeys | None:
        """Give the keys of a row that was read just now, while they are kept."""
        ends, keys = self._held.get(row, (0.0, None))
        return keys if self._monotonic() < ends else None

    def put(self, row: KeyRow, keys: CustomerKeys) -> None:
        """Keep keys under their row, and forget what is over."""
        with self._lock:
            # Taken out first, so that it goes to the end: the order is that of the
            # ends.
            self._held.pop(row, None)
            self._held[row] = (self._monotonic() + LIFE_SECONDS, keys)
            self._forget()
        _SWEEPER.watch(self)

    def sweep(self) -> float | None:
        """Forget what is over; gives the seconds until the next is, if any is held."""
        with self._lock:
            self._forget()
            if not self._held:
                return None
            ends, _ = next(iter(self._held.values()))
        return ends - self._monotonic()

    def _forget(self) -> None:
        now = self._monotonic()
        while self._held and self._oldest_is_over(now):
            self._held.popitem(last=False)

    def _oldest_is_over(self, now: float) -> bool:
        ends, _ = next(iter(self._held.values()))
        return ends <= now or len(self._held) > self._most


class _Sweeper:
    """The thread that sweeps the caches; it is there while one of them holds a key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._caches: WeakSet[KeyCache] = WeakSet()
        self._running = False

    def watch(self, cache: KeyCache) -> None:
        # Without the lock first: this is asked for each key that is put.
        if self._running and cache in self._caches:
            return
        with self._lock:
            self._caches.add(cache)
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="keys", daemon=True).start()

    def _run(self) -> None:
        pause: float | None = SHORTEST_PAUSE
        while pause is not None:
            time.sleep(pause)
            with self._lock:
                pause = self._swept()
                if pause is None:
                    self._running = False
                    # Whoever put a key and took this thread for running is seen here.
                    pause = self._swept()
                    self._running = pause is not None

    def _swept(self) -> float | None:
        waits = [each.sweep() for each in self._caches]
        return _pause([wait for wait in waits if wait is not None])


def _pause(waits: Sequence[float]) -> float | None:
    if not waits:
        return None
    return min(LONGEST_PAUSE, max(SHORTEST_PAUSE, min(waits)))


_SWEEPER: Final = _Sweeper()
