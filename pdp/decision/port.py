"""What the decider asks of a policy engine; one adapter per engine.

An adapter answers or raises `Undecided` with a `gate.*` code. It does not interpret,
repair or remember what the engine says: `pdp.decision.decider` reads every answer
strictly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class EngineAnswer:
    """What came back for one batch, and which bundle the engine had loaded for it."""

    revision: str
    results: Any


class Engine(Protocol):
    """Evaluates `data.allod.gate.decisions`; safe to call from several threads."""

    @property
    def name(self) -> str:
        """The engine and its version: part of what a remembered decision hangs on."""
        ...

    @property
    def confirmed_for(self) -> float:
        """Seconds for which an answer shows that the engine still decides by a bundle.

        What it decided is repeated no longer than that without asking it. Without end
        for an engine that is ours, and cannot come to hold another bundle.
        """
        ...

    def decide(
        self, common: Mapping[str, Any], items: Sequence[Mapping[str, Any]]
    ) -> EngineAnswer:
        """Ask about a batch; `results` is whatever the rule gave, unread.

        Raises:
            Undecided: no answer within the deadline, or none at all.

        """
        ...

    def revision(self) -> str:
        """Tell which bundle is actually loaded, by its digest.

        Raises:
            Undecided: the engine does not answer.

        """
        ...

    def close(self) -> None:
        """Let go of everything that the engine holds."""
        ...
