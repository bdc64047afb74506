"""Evidence of a split view: two checkpoints of one log that cannot both be true.

A file holds both signed checkpoints as they were received, the root that the first
one's entries have in the second one's tree, and the path that shows it. The path binds
that root to the second signature; if it is not the root of the first signature, the
log has signed two histories, and nobody can ever show that one continues the other.
Whoever has the log's key checks this with nothing else. One size needs no path.
"""

import base64
from dataclasses import dataclass, replace

from ._strict import canonical, json_object, member, only, unbase64
from .checkpoint import Checkpoint
from .errors import VerificationError
from .merkle import HASH_BYTES, verify_consistency
from .policy import NO_QUORUM, TrustPolicy
from .receipt import MAX_PATH
from .tiles import Fetch, consistency_path, node_reader, range_root

KIND = "split-view"

_MEMBERS = frozenset({"v", "kind", "first", "second", "root", "path"})


@dataclass(frozen=True, slots=True)
class SplitView:
    """Two signed checkpoints, the smaller one first, and what parts them.

    `root` is that of the first one's size in the second one's tree.
    """

    first: str
    second: str
    root: bytes
    path: tuple[bytes, ...]

    @classmethod
    def parse(cls, data: bytes) -> "SplitView":
        """Read evidence, in the one spelling it can have; nothing is verified yet.

        Raises:
            VerificationError: it is none.

        """
        value = json_object(data)
        only(value, _MEMBERS)
        if member(value, "v", int) != 1 or member(value, "kind", str) != KIND:
            raise VerificationError("the evidence is of an unknown sort")
        path = member(value, "path", list)
        if len(path) > MAX_PATH or not all(isinstance(each, str) for each in path):
            raise VerificationError("the evidence's path is not one")
        if canonical(value) != data.removesuffix(b"\n"):
            raise VerificationError("the evidence is not canonical JSON")
        return cls(
            member(value, "first", str),
            member(value, "second", str),
            unbase64(member(value, "root", str), length=HASH_BYTES),
            tuple(unbase64(each, length=HASH_BYTES) for each in path),
        )

    def encode(self) -> bytes:
        """Write the evidence as a file."""
        value = {
            "v": 1,
            "kind": KIND,
            "first": self.first,
            "second": self.second,
            "root": b64(self.root),
            "path": [b64(each) for each in self.path],
        }
        return canonical(value) + b"\n"


@dataclass(frozen=True, slots=True)
class VerifiedSplitView:
    """The two trees that one log has signed and that exclude each other."""

    first: Checkpoint
    second: Checkpoint


def verify_split_view(data: bytes, policy: TrustPolicy) -> VerifiedSplitView:
    """Check evidence of a split view offline, with nothing but the log's key.

    Raises:
        VerificationError: malformed, not signed by one trusted log, or the two
            checkpoints do not exclude each other.

    """
    read = SplitView.parse(data)
    first, second = (
        signed_by_log(read.first, policy),
        signed_by_log(read.second, policy),
    )
    if first.origin != second.origin:
        words = f"the checkpoints are of two logs: {first.origin}, {second.origin}"
        raise VerificationError(words, code="other-log")
    verify_consistency(first.size, second.size, read.path, read.root, second.root)
    if read.root == first.root:
        words = "the checkpoints do not contradict each other"
        raise VerificationError(words, code="no-contradiction")
    return VerifiedSplitView(first, second)


def signed_by_log(note: bytes | str, policy: TrustPolicy) -> Checkpoint:
    """Open a checkpoint for what its log has signed, whoever else has seen it.

    Raises:
        VerificationError: no trusted log has signed it.

    """
    return replace(policy, quorum=NO_QUORUM).verify_checkpoint(note).checkpoint


def relate(
    first: str, second: str, fetch: Fetch, policy: TrustPolicy
) -> SplitView | None:
    """Show from the tiles of the larger tree how two checkpoints of a log relate.

    None, if the larger tree begins with the whole smaller one; else the evidence. It
    is for the caller to have checked that both are of one log, and their order.

    Raises:
        VerificationError: the tiles do not lead to the larger checkpoint's root, so
            that they show neither.

    """
    older, newer = signed_by_log(first, policy), signed_by_log(second, policy)
    root, path = newer.root, list[bytes]()
    if older.size == 0:
        return None
    if older.size < newer.size:
        read = node_reader(fetch, newer.size)
        root = range_root(0, older.size, read)
        path = consistency_path(older.size, newer.size, read)
    verify_consistency(older.size, newer.size, path, root, newer.root)
    return None if root == older.root else SplitView(first, second, root, tuple(path))


def b64(data: bytes) -> str:
    """Write bytes as base64, as every file of a log does."""
    return base64.b64encode(data).decode()
