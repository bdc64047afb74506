"""The policies in force: one bundle, its purposes and what decides by it.

They are switched whole, between two readings. A reading keeps what it began with, so
no answer mixes two revisions; what was in force before stays open until the next
switch, for the readings that still go on under it. One that outlasts two switches
finds its engine closed, and is denied.
"""

import threading
from dataclasses import dataclass

from consent.purposes import Purposes
from pdp.bundle.bundle import Bundle
from pdp.bundle.language import Languages
from pdp.change.shadow import Shadow
from pdp.decision.decider import Pdp
from pdp.decision.question import Action


@dataclass(frozen=True, slots=True)
class InForce:
    """One revision of the policies, ready to decide."""

    bundle: Bundle
    purposes: Purposes
    pdp: Pdp
    languages: Languages


class Policies:
    """What is in force in this process, for any number of threads."""

    def __init__(self, first: InForce) -> None:
        # For those who switch; who asks takes one reference and goes without.
        self._lock = threading.Lock()
        # Not closed by the switch that retires it: a reading that began with it goes on
        # with it. The switch after that closes it.
        self._before: InForce | None = None
        self._current = first
        # Replaced as a whole, never changed: caches go by its identity.
        self._deciding: tuple[Pdp, Shadow | None] = (first.pdp, None)

    @property
    def current(self) -> InForce:
        """What decides now. Whoever needs two things of it asks once."""
        return self._current

    def purposes(self) -> Purposes:
        """Give the purposes that are known now."""
        return self._current.purposes

    def decides(self, action: Action) -> bool:
        """Tell whether the bundle in force decides an action at all."""
        return self._current.bundle.decides(action)

    def covers(self, purpose: str, action: Action) -> bool:
        """Tell whether it decides an action, and a purpose of it has that action.

        Raises:
            Invalid: there is no purpose of that name.

        """
        now = self._current
        actions = now.purposes.get(purpose).actions
        return now.bundle.decides(action) and action in actions

    def deciding(self) -> tuple[Pdp, Shadow | None]:
        """Give what decides now, with its shadow: one object until either changes."""
        return self._deciding

    def switch(self, to: InForce) -> None:
        """Put another revision in force; it begins without a shadow."""
        with self._lock:
            retired, self._before, self._current = self._before, self._current, to
        self.put_in_shadow(None)
        if retired is not None:
            retired.pdp.close()

    def put_in_shadow(self, shadow: Shadow | None) -> None:
        """Let another bundle decide beside, or no more."""
        before = self._deciding[1]
        self._deciding = (self._current.pdp, shadow)
        if before is not None:
            before.close()

    def close(self) -> None:
        """Close the engines."""
        self.put_in_shadow(None)
        with self._lock:
            for each in (self._before, self._current):
                if each is not None:
                    each.pdp.close()
            self._before = None
