"""What a comparison of policies showed, and how it is read from the server's answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from allod import _wire as wire


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
    by: tuple[Mapping[str, Any], ...]


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
    opened: tuple[Mapping[str, Any], ...]
    questions: int
    cells: tuple[str, ...]
    lines: tuple[str, ...]


def impact(source: wire.Object) -> Impact:
    """Read a comparison."""
    return Impact(
        old=wire.text(source, "old"),
        new=wire.text(source, "new"),
        classes=wire.integer(source, "classes"),
        widens=wire.flag(source, "widens"),
        totals=wire.each(source, "totals", _total),
        shifts=wire.each(source, "shifts", _shift),
        opened=wire.each(source, "opened", wire.as_object),
        questions=wire.integer(source, "questions"),
        cells=wire.texts(source, "cells"),
        lines=wire.texts(source, "lines"),
    )


def _total(source: wire.Object) -> PurposeTotal:
    return PurposeTotal(
        purpose=wire.text(source, "purpose"),
        records=wire.integer(source, "records"),
        gained=wire.integer(source, "gained"),
        lost=wire.integer(source, "lost"),
    )


def _shift(source: wire.Object) -> Shift:
    return Shift(
        purpose=wire.text(source, "purpose"),
        role=wire.text(source, "role"),
        what=wire.text(source, "what"),
        before=wire.text(source, "before"),
        after=wire.text(source, "after"),
        effect=wire.text(source, "effect"),
        records=wire.integer(source, "records"),
        by=wire.each(source, "by", wire.as_object),
    )
