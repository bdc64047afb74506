"""The policies in force: one bundle, its purposes and what decides by it.

They are switched whole, between two readings. A reading keeps what it began with, so
no answer mixes two revisions; what was in force before stays open until the next
switch, for the readings that still go on under it. One that outlasts two switches
finds its engine closed, and is denied.
"""

import threading
from dataclasses import dataclass

from consent.purposes import Purposes
from pdp.bundle import Bundle
from pdp.decider import Pdp


@dataclass(frozen=True, slots=True)
class InForce:
    """One revision of the policies, ready to decide."""

    bundle: Bundle
    purposes: Purposes
    pdp: Pdp


class Policies:
    """What is in force in this process, for any number of threads."""

    def __init__(self, first: InForce) -> None:
        self._lock = threading.Lock()
        self._before: InForce | None = None
        self._current = first

    @property
    def current(self) -> InForce:
        """What decides now. Whoever needs two things of it asks once."""
        return self._current

    def purposes(self) -> Purposes:
        """Give the purposes that are known now."""
        return self._current.purposes

    def pdp(self) -> Pdp:
        """Give what decides now."""
        return self._current.pdp

    def switch(self, to: InForce) -> None:
        """Put another revision in force."""
        with self._lock:
            retired, self._before, self._current = self._before, self._current, to
        if retired is not None:
            retired.pdp.close()

    def close(self) -> None:
        """Close the engines."""
        with self._lock:
            for each in (self._before, self._current):
                if each is not None:
                    each.pdp.close()
            self._before = None
