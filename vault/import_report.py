"""What came of an import: told by line, code and field, never by value."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from kit.errors import AllodError, Conflict, Invalid
from vault._internal.blind_index import Taken
from vault.storing import Written

MAX_SHOWN: Final = 1_000


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """A line, or a part of it, that was not imported. Never a value."""

    line: int
    code: str
    field: str = ""


Progress = Callable[[int, int], None]
"""Told how many lines are done, of how many."""


@dataclass(slots=True)
class ImportReport:
    """What came of an import; `customers` are those who are new.

    `codes` counts all refusals of this run, `refusals` holds its first thousand. After
    an interruption `written` and `refused` include what was done before it.
    """

    lines: int
    resumed_at: int = 0
    customers: int = 0
    written: int = 0
    already: int = 0
    refused: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    tell: Callable[[Refusal], None] | None = field(default=None, repr=False)

    def refuse(self, refusal: Refusal) -> None:
        """Count a refusal, and tell of it."""
        if self.tell is not None:
            self.tell(refusal)
        self.refused += 1
        self.codes[refusal.code] += 1
        if len(self.refusals) < MAX_SHOWN:
            self.refusals.append(refusal)

    def count(self, line: int, outcome: Written | AllodError) -> None:
        """Count what became of a record of a line."""
        if isinstance(outcome, Written):
            self.written += outcome.created
            self.already += not outcome.created
        else:
            self.refuse(_refusal(line, outcome))


def _refusal(line: int, error: AllodError) -> Refusal:
    if isinstance(error, Taken):
        return Refusal(line, error.reason_code, error.field)
    if isinstance(error, Conflict):
        return Refusal(line, "record.differs")
    faults = error.faults if isinstance(error, Invalid) else ()
    place = faults[0].pointer.removeprefix("/") if faults else ""
    return Refusal(line, error.reason_code, place)
