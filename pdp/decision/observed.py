"""What there is to decide about: the classes in the vault, and how many of each.

Policies know no record; but what a change of theirs comes to is a number of records.
Whoever keeps the records counts them by class, for one purpose at a time, and no more
than that crosses this port: words that a policy may know anyway, and a number.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from pdp.decision.question import ResourceClass


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
        ...
