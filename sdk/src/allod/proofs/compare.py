"""Compare two views of one log: what one reader was shown, and what another was.

A log that shows its readers different trees is found out by readers who compare; no
proof that it hands to one of them alone could do it. Either the larger tree begins
with the smaller one, or the two checkpoints are evidence. Only the log's signatures
count here: two that exclude each other do so whoever has witnessed them.
"""

from dataclasses import dataclass

from ._strict import text_of
from .audit import CHECKPOINT, MISSING, AuditError
from .checkpoint import Checkpoint
from .errors import VerificationError
from .policy import TrustPolicy
from .split_view import SplitView, relate, signed_by_log
from .tiles import Fetch

SAME = "same"
FIRST_AHEAD = "first-ahead"
SECOND_AHEAD = "second-ahead"
SPLIT_VIEW = "split-view"
UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class View:
    """A signed checkpoint, and where its tiles are, if they are anywhere."""

    note: str
    fetch: Fetch | None = None

    @classmethod
    def of(cls, fetch: Fetch) -> "View":
        """Take the newest view that a log shows; nothing is verified yet.

        Raises:
            AuditError: it shows none.

        """
        data = fetch(CHECKPOINT)
        if data is None:
            raise AuditError(MISSING, "there is no checkpoint")
        return cls(text_of(data), fetch)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two views relate; a split view comes with its evidence.

    `undecided` says that nobody's tiles lead to the larger tree: it may be either.
    """

    relation: str
    first: Checkpoint
    second: Checkpoint
    evidence: SplitView | None = None


def compare(first: View, second: View, policy: TrustPolicy) -> Comparison:
    """Compare two views of one log.

    Raises:
        VerificationError: one is not signed by a log of the policy, or they are views
            of two logs.

    """
    one, two = signed_by_log(first.note, policy), signed_by_log(second.note, policy)
    if one.origin != two.origin:
        words = f"these are views of two logs: {one.origin}, {two.origin}"
        raise VerificationError(words, code="other-log")
    older, newer = (first, second) if one.size <= two.size else (second, first)
    relation = {one.size: FIRST_AHEAD, two.size: SECOND_AHEAD}[max(one.size, two.size)]
    if one.size == two.size:
        relation = SAME
    try:
        evidence = _related(older, newer, policy)
    except VerificationError:
        return Comparison(UNDECIDED, one, two)
    return Comparison(SPLIT_VIEW if evidence else relation, one, two, evidence)


def _related(older: View, newer: View, policy: TrustPolicy) -> SplitView | None:
    """Ask the larger view's tiles, then the other's: it may have grown since."""
    for view in (newer, older):
        try:
            return relate(older.note, newer.note, view.fetch or _nothing, policy)
        except VerificationError as error:
            failed = error
    raise failed


def _nothing(_: str) -> bytes | None:
    return None
