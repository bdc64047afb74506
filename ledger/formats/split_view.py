"""Evidence of a split view: two checkpoints of one log that cannot both be true.

A canonical JSON file with both signed checkpoints, the smaller one first, the root
that the first one's entries have in the second one's tree, and the path that shows it.
The path binds that root to the second signature; if it is not the first signature's
root, the log has signed two histories. Auditors' tools write it; whoever has the log's
key checks it, whoever else has or has not witnessed the checkpoints.
"""

from dataclasses import dataclass, replace
from typing import Any

from kit.canonical import canonical, parse
from kit.errors import Malformed
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.encoding import decode64
from ledger.formats.merkle import HASH_BYTES, verify_consistency
from ledger.formats.signing import cause_of
from ledger.formats.trust_policy import NO_QUORUM, TrustPolicy

START = b'{"first":'
MAX_PATH = 63
MAX_SPLIT_VIEW_BYTES = 1 << 20

_MEMBERS = 6


class SplitViewError(Malformed):
    """What should prove a split view does not."""

    code, title = "split_view_invalid", "Not evidence of a split view"


@dataclass(frozen=True, slots=True)
class SplitView:
    """Two trees that one log has signed and that exclude each other."""

    first: Checkpoint
    second: Checkpoint


def verify_split_view(data: bytes, policy: TrustPolicy) -> SplitView:
    """Check evidence of a split view with nothing but the log's key.

    Raises:
        SplitViewError: malformed, or the two checkpoints do not exclude each other.

    """
    try:
        return _verify(_members(data), policy)
    except SplitViewError:
        raise
    except Malformed as error:
        raise SplitViewError(error.detail, code=cause_of(error)) from None


def _members(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_SPLIT_VIEW_BYTES:
        raise SplitViewError("the evidence is too long")
    value = parse(data, exact=True)
    if not isinstance(value, dict) or canonical(value) != data.removesuffix(b"\n"):
        raise SplitViewError("the evidence is not canonical JSON")
    return value


def _verify(value: dict[str, Any], policy: TrustPolicy) -> SplitView:
    match value:
        case {
            "v": int(version),
            "kind": "split-view",
            "first": str(older),
            "second": str(newer),
            "root": str(root),
            "path": list(path),
        } if version is not True and version == 1 and len(path) <= MAX_PATH:
            pass
        case _:
            raise SplitViewError("the evidence is of an unknown sort")
    if len(value) != _MEMBERS:
        raise SplitViewError("the evidence holds more than it should")
    log = replace(policy, quorum=NO_QUORUM)
    first, second = log.accept(older).checkpoint, log.accept(newer).checkpoint
    if first.origin != second.origin:
        raise SplitViewError("the checkpoints are of two logs")
    found, hashes = _hash(root), [_hash(each) for each in path]
    verify_consistency(first.size, second.size, hashes, found, second.root)
    if found == first.root:
        raise SplitViewError("the checkpoints do not contradict each other")
    return SplitView(first, second)


def _hash(text: object) -> bytes:
    try:
        data = decode64(text) if isinstance(text, str) else b""
    except ValueError:
        raise SplitViewError("a hash is not base64") from None
    if len(data) != HASH_BYTES:
        raise SplitViewError("a hash is not 32 bytes long")
    return data
