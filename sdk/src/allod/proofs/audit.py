"""Audit a log from outside: that it says what it signed, and has only grown.

The newest checkpoint has to satisfy the trust policy; the tree that the auditor saw
last has to be the beginning of the new one; every entry since then is hashed again, up
to the signed root, and every tile on the way is compared. Only when all of that holds
is there a new `State`, so whoever saves what `audit` returns never saves too early.

No name of a customer and no content is in a log: an auditor learns neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ._replay_tree import Fault, Progress, Walk
from ._strict import canonical, json_object, member, only, text_of, unbase64
from .checkpoint import Checkpoint
from .errors import VerificationError
from .merkle import HASH_BYTES
from .policy import TrustPolicy, VerifiedCheckpoint
from .split_view import SplitView, b64, relate, signed_by_log
from .tiles import Fetch, fold

CHECKPOINT = "checkpoint"

REFUSED = "refused"
OTHER_LOG = "other-log"
ROLLED_BACK = "rolled-back"
FORKED = "forked"
SPLIT_VIEW = "split-view"
REWRITTEN = "rewritten"
MISSING = "missing"

_MEMBERS = frozenset({"v", "note", "peaks"})


class AuditError(VerificationError):
    """The log is not what it was signed to be, or not what it was before.

    `code` tells the kinds apart; `index` is the first entry that is concerned, where
    one can be named; `evidence` proves a split view to anybody else.
    """

    def __init__(
        self,
        code: str,
        words: str,
        *,
        index: int | None = None,
        evidence: SplitView | None = None,
    ) -> None:
        super().__init__(words)
        self.code, self.index, self.evidence = code, index, evidence


@dataclass(frozen=True, slots=True)
class State:
    """What an auditor keeps of a log: the last checkpoint, and its tree's peaks."""

    note: str
    peaks: tuple[bytes, ...]

    @classmethod
    def parse(cls, data: bytes) -> "State":
        """Read a saved state.

        Raises:
            VerificationError: it is none.

        """
        value = json_object(data)
        only(value, _MEMBERS)
        peaks = member(value, "peaks", list)
        if member(value, "v", int) != 1 or not all(type(each) is str for each in peaks):
            raise VerificationError(
                "the state is of an unsupported version: expected 1"
            )
        hashes = tuple(unbase64(each, length=HASH_BYTES) for each in peaks)
        return cls(member(value, "note", str), hashes)

    def encode(self) -> bytes:
        """Write the state as a file."""
        peaks = [b64(each) for each in self.peaks]
        return canonical({"v": 1, "note": self.note, "peaks": peaks}) + b"\n"

    def verify(self, policy: TrustPolicy) -> Checkpoint:
        """Check that the state is a tree that a trusted log has signed.

        Raises:
            VerificationError: it is not.

        """
        checkpoint = signed_by_log(self.note, policy)
        if len(self.peaks) != checkpoint.size.bit_count():
            raise VerificationError("the state has another number of subtrees")
        if fold(self.peaks) != checkpoint.root:
            raise VerificationError("the state's subtrees do not give its root")
        return checkpoint


@dataclass(frozen=True, slots=True)
class Audited:
    """A log that was found in order: its tree, what to save, how much was hashed."""

    checkpoint: Checkpoint
    accepted: VerifiedCheckpoint
    state: State
    entries: int


def audit(
    fetch: Fetch,
    policy: TrustPolicy,
    state: State | None = None,
    *,
    full: bool = False,
    progress: Progress | None = None,
) -> Audited:
    """Audit a log since `state`; with `full`, from its first entry on.

    Raises:
        AuditError: the log was damaged, truncated, reordered, rewritten, rolled back
            or forked; or its checkpoint is not one that the policy accepts.
        VerificationError: the state is not one that a log of the policy has signed.

    """
    known = _seen(state, policy) if state else None
    note, accepted = newest(fetch, policy)
    tree = accepted.checkpoint
    if known and state:
        _compare(state.note, known, note, tree)
    start = known.size if known and not full else 0
    mark = known.size if known else 0
    peaks = state.peaks if state else ()
    walk = _walked(fetch, tree.size, mark, start, progress)
    if start and not _stands(walk, peaks, tree):
        # What was left out is hashed too: only so can the fault be placed.
        walk = _walked(fetch, tree.size, mark, 0, progress)
    if not _stands(walk, peaks, tree):
        _condemn(walk, peaks, tree, mark)
        raise AuditError(
            FORKED,
            "the log has another history than the one that was seen before",
            index=_parting(mark, peaks, walk.before),
            evidence=relate(state.note, note, fetch, policy) if state else None,
        )
    entries = tree.size - start
    return Audited(tree, accepted, State(note, tuple(walk.peaks)), entries)


def _seen(state: State, policy: TrustPolicy) -> Checkpoint:
    """Verify what was saved, and say that it is that which does not verify."""
    try:
        return state.verify(policy)
    except VerificationError as error:
        raise error.at("the saved state") from None


def newest(fetch: Fetch, policy: TrustPolicy) -> tuple[str, VerifiedCheckpoint]:
    """Fetch a log's newest checkpoint, and check it.

    Raises:
        AuditError: there is none, or the policy does not accept it.

    """
    data = fetch(CHECKPOINT)
    if data is None:
        raise AuditError(MISSING, "there is no checkpoint")
    try:
        return text_of(data), policy.verify_checkpoint(data)
    except VerificationError as error:
        raise AuditError(REFUSED, f"the checkpoint is refused: {error}") from None


def _compare(old_note: str, old: Checkpoint, note: str, new: Checkpoint) -> None:
    """Hold the new checkpoint against the old one, without a look at the tree."""
    if new.origin != old.origin:
        raise AuditError(OTHER_LOG, "this is another log than the one in the state")
    if new.size < old.size:
        raise AuditError(
            ROLLED_BACK,
            f"the log was rolled back: it had {old.size} entries, now {new.size}",
            index=new.size,
        )
    if new.size == old.size and new.root != old.root:
        raise AuditError(
            SPLIT_VIEW,
            f"the log has signed two trees of {new.size} entries",
            evidence=SplitView(old_note, note, new.root, ()),
        )


def _walked(
    fetch: Fetch, size: int, mark: int, start: int, progress: Progress | None
) -> Walk:
    walk = Walk(fetch, size, mark=mark)
    if start:
        walk.resume()
    walk.run(progress)
    return walk


def _stands(walk: Walk, peaks: Sequence[bytes], tree: Checkpoint) -> bool:
    grown = walk.before == list(peaks)
    return walk.whole and grown and fold(walk.peaks) == tree.root


def _condemn(walk: Walk, peaks: Sequence[bytes], tree: Checkpoint, mark: int) -> None:
    """Raise for what is wrong with the log by itself; a fork is not."""
    fault = walk.fault(tree.root)
    if fault is None and fold(walk.peaks) != tree.root:
        fault = Fault(
            REWRITTEN,
            _parting(mark, peaks, walk.before),
            "entries and tiles agree, but they are not what was signed",
        )
    if fault is not None:
        raise AuditError(fault.code, fault.words, index=fault.index)


def _parting(size: int, seen: Sequence[bytes], found: Sequence[bytes]) -> int:
    """Tell from which entry on two trees of one size may differ, by their peaks."""
    start = 0
    for bit, old, new in zip(
        (each for each in reversed(range(size.bit_length())) if size >> each & 1),
        seen,
        found,
        strict=True,
    ):
        if old != new:
            return start
        start += 1 << bit
    return start
