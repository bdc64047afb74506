"""What changed since a position, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from allod._types import Authorization

What: TypeAlias = Literal["shown", "gone", "erased"]
"""What became of a record, or of a person."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as it may be shown now; its members are those of a `Disclosure`."""

    version: int
    values: Mapping[str, Any] = field(repr=False)
    masks: Mapping[str, str]
    omitted: tuple[str, ...]
    authorization: Authorization | None


@dataclass(frozen=True, slots=True)
class RecordChange:
    """What became of one record, under handles that are this consumer's own.

    `shown`: keep what it is now. `gone`: drop the record. `erased`: drop all that is
    kept of the person; there is no `record` then. `at` is to the minute.
    """

    person: str
    what: What
    at: datetime
    record: str | None = None
    shown: Shown | None = None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Some changes, and the position behind them.

    Keep the position together with what came of the items, in one transaction. With
    `more`, ask again at once.
    """

    items: tuple[RecordChange, ...]
    position: str
    more: bool
    decision_id: str
