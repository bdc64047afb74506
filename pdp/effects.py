"""What a change of the policies does to one question: what more is shown, and less.

Two decisions on the same question are taken apart into their differences, and each is
a gain or a loss for whoever asks. Reasons do not count: nobody sees more by another
reason.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from pdp.decision import Decision

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


def deltas(old: Decision, new: Decision, order: Sequence[str]) -> Iterator[Delta]:
    """Give the differences; `order` names the masks from clear to drop.

    A mask that is not in the order is taken to hide nothing if it is new, and all if
    it is old: what cannot be compared is a gain.
    """
    if old.allow != new.allow:
        words = (ALLOWED, REFUSED) if old.allow else (REFUSED, ALLOWED)
        yield Delta(RECORDS, *words, gain=new.allow)
    for name in sorted(old.masks.keys() | new.masks.keys()):
        before, after = old.masks.get(name, HIDDEN), new.masks.get(name, HIDDEN)
        if before != after:
            yield Delta(name, before, after, gain=_nearer(before, after, order))
    if old.allow and new.allow:
        yield from _groups(_least(old), _least(new))


def widens(old: Decision, new: Decision, order: Sequence[str]) -> bool:
    """Tell whether anything more is shown."""
    return any(delta.gain for delta in deltas(old, new, order))


def _nearer(before: str, after: str, order: Sequence[str]) -> bool:
    if before in order and after in order:
        return order.index(after) < order.index(before)
    return True


def _least(decision: Decision) -> int:
    return max((each.min for each in decision.obligations), default=1)


def _groups(before: int, after: int) -> Iterator[Delta]:
    if before != after:
        yield Delta(GROUPS, str(before), str(after), gain=after < before)
