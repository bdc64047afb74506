"""A customer's chain: all of their entries, each naming the one before it.

Three things can be wrong with it, and are told apart: an entry is missing, entries
stand in another order, an entry is somebody else's. A fourth is an entry that is not
what it commits to. The first entry at fault is named by its position, from 1.
"""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from ledger.formats.commitment import CommitmentError
from ledger.formats.entries import SubjectOpening


class ChainFault(StrEnum):
    """What is wrong with a chain."""

    GAP = "gap"
    ORDER = "order"
    FOREIGN = "foreign"
    ALTERED = "altered"


_SAID = {
    ChainFault.GAP: "the chain has a gap before entry {}",
    ChainFault.ORDER: "entry {} is out of the chain's order",
    ChainFault.FOREIGN: "entry {} is of another chain",
    ChainFault.ALTERED: "entry {} is not what it commits to",
}


class ChainBroken(CommitmentError):
    """The entries are not one customer's chain."""

    code, title = "chain_broken", "The chain of entries is broken"

    def __init__(self, fault: ChainFault, position: int) -> None:
        super().__init__(_SAID[fault].format(position))
        self.fault = fault
        self.position = position


def verify_chain(openings: Iterable[SubjectOpening]) -> None:
    """Check that one customer's openings are all there, in order, from the first on.

    Whether some are missing at the end is for the log to show.

    Raises:
        ChainBroken: one is missing, misplaced, foreign or altered.

    """
    chain = list(openings)
    owners = Counter(opening.link.subject for opening in chain).most_common(1)
    last = {opening.link.seq: at for at, opening in enumerate(chain, start=1)}
    prev: bytes | None = None
    for position, opening in enumerate(chain, start=1):
        _require_whole(opening, position)
        link = opening.link
        if link.subject != owners[0][0]:
            raise ChainBroken(ChainFault.FOREIGN, position)
        if link.seq != position:
            there = link.seq < position or last.get(position, 0) > position
            raise ChainBroken(ChainFault.ORDER if there else ChainFault.GAP, position)
        if link.prev != prev:
            raise ChainBroken(ChainFault.FOREIGN, position)
        prev = opening.commitment


def _require_whole(opening: SubjectOpening, position: int) -> None:
    try:
        opening.check()
    except CommitmentError:
        raise ChainBroken(ChainFault.ALTERED, position) from None
