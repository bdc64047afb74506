"""The engine of a process that may not decide: it answers no question.

It stands where the bundle that was activated could not be loaded. What decided before
is no longer the law, and nothing that is the law can be asked.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pdp.decision.decision import Undecided
from pdp.decision.port import EngineAnswer


class Closed:
    """Denies whatever it is asked, by not deciding it."""

    name = "closed"
    confirmed_for = 0.0

    def decide(
        self, _common: Mapping[str, Any], _items: Sequence[Mapping[str, Any]]
    ) -> EngineAnswer:
        """Decide nothing.

        Raises:
            Undecided: always.

        """
        raise _not_loaded()

    def revision(self) -> str:
        """Name no bundle.

        Raises:
            Undecided: always.

        """
        raise _not_loaded()

    def close(self) -> None:
        """Let go of nothing."""


def _not_loaded() -> Undecided:
    return Undecided("the active bundle could not be loaded", code="gate.not_loaded")
