"""Obligations: what must be done to an answer before it may leave.

A decision may bind its answer to conditions. One that nobody here can carry out is a
refusal: permission with a condition that is ignored is no permission. The policy
engine is told the names below, and refuses any other before the gate sees it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from pdp.decision.decision import Obligation

# Tells whether an answer over so many persons meets the obligation.
Executor: TypeAlias = Callable[[Obligation, int], bool]


def _cohort(obligation: Obligation, persons: int) -> bool:
    return persons >= obligation.min


EXECUTORS: Final[Mapping[str, Executor]] = {"cohort": _cohort}


def unmet(obligations: Sequence[Obligation], *, persons: int) -> str | None:
    """Name the first obligation that an answer over `persons` does not meet."""
    for obligation in obligations:
        executor = EXECUTORS.get(obligation.type)
        if executor is None or not executor(obligation, persons):
            return obligation.type
    return None
