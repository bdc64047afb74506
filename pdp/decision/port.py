"""What a decision asks of others: an engine to decide, records that are counted.

An adapter of an engine answers or raises `Undecided` with a `gate.*` code. It does not
interpret, repair or remember what the engine says: `pdp.decision.decider` reads every
answer strictly. One adapter is here: the engine of a process that may not decide.

Policies know no record; but what a change of theirs comes to is a number of records.
Whoever keeps the records counts them by class, for one purpose at a time, and no more
than that crosses this port: words that a policy may know anyway, and a number.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pdp.decision.decision import Undecided
from pdp.decision.question import ResourceClass


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

    @property
    def confirmed_for(self) -> float:
        """Seconds for which an answer shows that the engine still decides by a bundle.

        What it decided is repeated no longer than that without asking it. Without end
        for an engine that is ours, and cannot come to hold another bundle.
        """

    def decide(
        self, common: Mapping[str, Any], items: Sequence[Mapping[str, Any]]
    ) -> EngineAnswer:
        """Ask about a batch; `results` is whatever the rule gave, unread.

        Raises:
            Undecided: no answer within the deadline, or none at all.

        """

    def revision(self) -> str:
        """Tell which bundle is actually loaded, by its digest.

        Raises:
            Undecided: the engine does not answer.

        """

    def close(self) -> None:
        """Let go of everything that the engine holds."""


class Closed:
    """Denies whatever it is asked, by not deciding it.

    It stands where the bundle that was activated could not be loaded. What decided
    before is no longer the law, and nothing that is the law can be asked.
    """

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


@dataclass(frozen=True, slots=True)
class ClassCount:
    """One class, as the asked purpose sees it, and the number of its records.

    The class's reach is `none`: how somebody has to do with a record is not the
    record's own. It is filled in for each that might ask.
    """

    resource: ResourceClass
    records: int


class ObservedClasses(Protocol):
    """Counts the records of the vault by class."""

    def cells(self, purpose: str) -> Iterable[ClassCount]:
        """Give the classes that there are now, each once."""
