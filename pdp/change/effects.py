"""What a change of the policies does to one question: what more is shown, and less.

Two decisions on the same question are taken apart into their differences, and each is
a gain or a loss for whoever asks. Reasons do not count: nobody sees more by another
reason.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from pdp.decision.decision import MASK_ORDER, Decision

RECORDS: Final = "records"
GROUPS: Final = "groups"
REFUSED: Final = "refused"
ALLOWED: Final = "allowed"
HIDDEN: Final = "drop"


class Delta(NamedTuple):
    """One difference: of `records`, of a data class's mask, or of `groups`' least size.

    `gain` is so when more is shown: allowed, a mask nearer to clear, a smaller group.
    """

    what: str
    before: str
    after: str
    gain: bool


def deltas(old: Decision, new: Decision) -> Iterator[Delta]:
    """Give the differences."""
    if old.allow != new.allow:
        words = (ALLOWED, REFUSED) if old.allow else (REFUSED, ALLOWED)
        yield Delta(RECORDS, *words, gain=new.allow)
    for name in sorted(old.masks.keys() | new.masks.keys()):
        before, after = old.masks.get(name, HIDDEN), new.masks.get(name, HIDDEN)
        if before != after:
            yield Delta(name, before, after, gain=_nearer(before, after))
    if old.allow and new.allow:
        yield from _groups(_least(old), _least(new))


def widens(old: Decision, new: Decision) -> bool:
    """Tell whether anything more is shown."""
    return any(delta.gain for delta in deltas(old, new))


def _nearer(before: str, after: str) -> bool:
    return MASK_ORDER.index(after) < MASK_ORDER.index(before)


def _least(decision: Decision) -> int:
    return max((each.min for each in decision.obligations), default=1)


def _groups(before: int, after: int) -> Iterator[Delta]:
    if before != after:
        yield Delta(GROUPS, str(before), str(after), gain=after < before)
