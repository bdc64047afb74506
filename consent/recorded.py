"""What saying something led to: the event on record, and its place in the ledger."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Event = TypeVar("Event")


@dataclass(frozen=True, slots=True)
class Said(Generic[Event]):
    """An event, and the index of its ledger entry.

    `index` is None when it was so already: nothing was added, and `event` is the
    earlier one that says so.
    """

    event: Event
    index: int | None
