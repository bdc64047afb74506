"""What a comparison of policies showed, as values."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PurposeTotal:
    """Of one purpose's records, those that anybody would gain or lose."""

    purpose: str
    records: int
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class Shift:
    """One difference for one role; `by` says for which callers, in plain JSON.

    `what` is `records`, `groups` or a data class; its masks are `before` and `after`.
    """

    purpose: str
    role: str
    what: str
    before: str
    after: str
    effect: str
    records: int
    by: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """What other policies would change; `lines` says it in words.

    `cells` are the tables' cells that open something on the face of it, `opened` some
    of the generated `questions` to which more would be shown, with both answers, in
    plain JSON. None is asked of an empty vault.
    """

    old: str
    new: str
    classes: int
    widens: bool
    totals: tuple[PurposeTotal, ...]
    shifts: tuple[Shift, ...]
    opened: tuple[dict[str, Any], ...]
    questions: int
    cells: tuple[str, ...]
    lines: tuple[str, ...]
