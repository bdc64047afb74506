"""The Merkle tree of RFC 6962, section 2.1 (the same in RFC 9162), over SHA-256.

Pure functions. A leaf is hashed with the prefix 0x00 and a node with 0x01, so that no
inner node passes for a leaf. The node at (level, index) covers the leaves from
index * 2**level on, 2**level of them; it never changes once they are all there.
Builders of proofs ask for such complete nodes through `read(level, index)`; they
keep no tree. Verifiers return nothing or raise: a false answer cannot be taken for
a true one.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Self

from kit.errors import Malformed

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

ReadNode = Callable[[int, int], bytes]
Visit = Callable[[int, int, bytes], None]

_sha256 = hashlib.sha256


class ProofError(Malformed):
    """A proof does not show what it is said to show."""

    code, title = "proof_invalid", "The proof does not hold"


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry as a leaf."""
    return _sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbours into their parent."""
    return _sha256(b"\x01" + left + right).digest()


class CompactRange:
    """The tree's complete subtrees from left to right: all that appending needs.

    One hash for each one-bit of the size. Appending costs one node hash per leaf on
    average.
    """

    __slots__ = ("_peaks", "size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        # The binary digits of the size are the tree's shape: a one at bit n is a
        # complete subtree of 2**n leaves, the largest on the left.
        if size < 0 or len(peaks) != size.bit_count():
            raise ProofError("the compact range has another number of subtrees")
        if any(len(peak) != HASH_BYTES for peak in peaks):
            raise ProofError("a hash is not 32 bytes long")
        self.size = size
        self._peaks = list(peaks)

    @classmethod
    def read(cls, size: int, read: ReadNode) -> Self:
        """Gather the range of a tree of `size` leaves from its nodes."""
        return cls(size, [read(*node) for node in _cover(0, size)])

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The roots of the complete subtrees, from left to right."""
        return tuple(self._peaks)

    def append(self, leaf: bytes, visit: Visit | None = None) -> None:
        """Add one leaf hash; `visit` is told of each node that this completes."""
        # As adding one to a binary number: each trailing one of the size is a peak of
        # that height, which the carry closes into its parent.
        level, index, node = 0, self.size, leaf
        if visit:
            visit(level, index, node)
        # An odd index is a right child, whose left sibling is the last peak.
        while index & 1:
            node = node_hash(self._peaks.pop(), node)
            level, index = level + 1, index >> 1
            if visit:
                visit(level, index, node)
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Give the root of the tree as it is now."""
        return _fold(self._peaks)


def root(size: int, read: ReadNode) -> bytes:
    """Give the root of the first `size` leaves."""
    return _range_hash(0, size, read)


def inclusion_path(size: int, index: int, read: ReadNode) -> list[bytes]:
    """Build the path that shows leaf `index` in the tree of `size` leaves.

    RFC 6962, section 2.1.1, unrolled: the same splits, walked from the root down.

    Raises:
        ProofError: there is no such leaf.

    """
    if not 0 <= index < size:
        raise ProofError("the index is not in the tree")
    path, start, end = [], 0, size
    while end - start > 1:
        # The left side is always complete, so what lies there never changes again.
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_hash(middle, end, read))
            end = middle
        else:
            path.append(_range_hash(start, middle, read))
            start = middle
    # Walked from the root down; verifiers walk from the leaf up.
    return path[::-1]


def consistency_path(size1: int, size2: int, read: ReadNode) -> list[bytes]:
    """Build the path that shows the first `size1` leaves unchanged in `size2`.

    RFC 6962, section 2.1.2: SUBPROOF, unrolled.

    Raises:
        ProofError: the sizes are not 0 < size1 <= size2.

    """
    if not 0 < size1 <= size2:
        raise ProofError("a consistency proof needs 0 < size1 <= size2")
    path, start, end = [], 0, size2
    # Until the range ends where the old tree did: from there on it is one subtree of
    # both.
    while size1 != end:
        middle = start + _split(end - start)
        # What lies right of the old tree's end belongs to the new root alone.
        if size1 <= middle:
            path.append(_range_hash(middle, end, read))
            end = middle
        else:
            path.append(_range_hash(start, middle, read))
            start = middle
    # At start 0 the subtree is the old tree itself, whose root the verifier has.
    if start:
        path.append(_range_hash(start, end, read))
    return path[::-1]


def verify_consistency(
    size1: int, size2: int, path: Sequence[bytes], root1: bytes, root2: bytes
) -> None:
    """Check that the tree of `size2` leaves begins with the tree of `size1`.

    RFC 9162, section 2.1.4.2. Every tree extends the empty one, which therefore
    proves nothing: size1 = 0 is refused.

    Raises:
        ProofError: it does not, or nothing can be said.

    """
    if not 0 < size1 <= size2:
        raise ProofError("a consistency proof needs 0 < size1 <= size2")
    if size1 == size2:
        # Step 1: nothing is hashed, the two roots are merely the same or not.
        if path or root1 != root2:
            raise ProofError("two roots, or a path, for one size")
        return
    _require_hashes(root1, root2, *path)
    old, new = _replay(size1, size2, path, root1)
    if old != root1:
        raise ProofError("the path does not lead to the old root")
    if new != root2:
        raise ProofError("the path does not lead to the new root")


def _replay(
    size1: int, size2: int, path: Sequence[bytes], root1: bytes
) -> tuple[bytes, bytes]:
    """Walk a consistency path; gives the two roots that it leads to."""
    hashes = list(path)
    if not hashes:
        raise ProofError("the path is empty")
    # Step 2: a complete old tree is its own first node.
    # No bit but one: a power of two. Its root is not in the path, for the verifier has
    # it.
    if size1 & (size1 - 1) == 0:
        hashes.insert(0, root1)
    # The old tree's last leaf, and the new one's: the two right edges are climbed
    # together.
    position, last = size1 - 1, size2 - 1
    # Right children are inside a complete subtree of the old tree, which both have.
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = hashes[0]
    for sibling, on_left in _climb(position, last, hashes[1:]):
        if on_left:
            # What is left of the old edge is in both trees, what is right of it in the
            # new alone.
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
        else:
            new = node_hash(new, sibling)
    return old, new


def _climb(
    position: int, last: int, path: Sequence[bytes]
) -> Iterator[tuple[bytes, bool]]:
    """Go up from `position` of `last`; says of each sibling whether it is on the left.

    RFC 9162, sections 2.1.3.2 and 2.1.4.2, step 4 each, without the hashing.
    """
    for sibling in path:
        if not last:
            raise ProofError("the path is longer than the tree is high")
        # `position == last`: the node on the right edge has nothing to its right, so
        # whatever comes next stands on its left, on some level above.
        on_left = bool(position & 1) or position == last
        yield sibling, on_left
        # A node on the right edge rises without being hashed until it is a right child.
        # The right edge has no sibling on the levels it skips.
        while on_left and position and not position & 1:
            position, last = position >> 1, last >> 1
        position, last = position >> 1, last >> 1
    # Not at the root yet: a path that ends early would give an inner node for the root.
    if last:
        raise ProofError("the path ends below the root")


def _require_hashes(*hashes: bytes) -> None:
    if any(len(value) != HASH_BYTES for value in hashes):
        raise ProofError("a hash is not 32 bytes long")


def _split(width: int) -> int:
    """Give the largest power of two below `width` (k in RFC 6962, section 2.1)."""
    # `-` binds tighter than `<<`. `width - 1`, so that a power of two is halved.
    return 1 << (width - 1).bit_length() - 1


def _cover(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Name the complete nodes that make up [start, end), from left to right.

    `start` is a multiple of a power of two that is not below the width.
    """
    width, position = end - start, start
    for level in reversed(range(width.bit_length())):
        if width >> level & 1:
            yield level, position >> level
            position += 1 << level


def _range_hash(start: int, end: int, read: ReadNode) -> bytes:
    return _fold([read(*node) for node in _cover(start, end)])


def _fold(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    # From the right: the smallest subtrees lie deepest (RFC 6962, section 2.1).
    node = peaks[-1]
    for peak in reversed(peaks[:-1]):
        node = node_hash(peak, node)
    return node
