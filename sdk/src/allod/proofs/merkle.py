"""Merkle proofs: that an entry is in a tree, and that a tree only grew.

Hashing and both walks are those of RFC 9162, section 2.1 (SHA-256, `0x00` before a
leaf, `0x01` before a node). Nothing here reads a file, a clock or the network.
"""

import hashlib
from collections.abc import Sequence

from .errors import VerificationError

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry's bytes as a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children as their parent."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> None:
    """Check that the leaf hash stands at `index` in the tree of `size` under `root`.

    Returns nothing when the proof holds, so that no caller can mistake a false answer
    for a true one (RFC 9162, 2.1.3.2).

    Raises:
        VerificationError: the index lies outside the tree, the path has the wrong
            length, or it ends at another root.

    """
    _check_hashes((root,))
    found = root_of_path(leaf, index, size, path)
    if found != root:
        raise VerificationError(
            f"root mismatch in the tree of {size} entries: expected {root.hex()},"
            f" computed {found.hex()}",
            code="not-included",
        )


def root_of_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Walk from a leaf hash to the root that it would be under (RFC 9162, 2.1.3.2).

    Raises:
        VerificationError: the index lies outside the tree, or the path has the wrong
            length.

    """
    _check_hashes((leaf, *path))
    if not 0 <= index < size:
        words = f"the index lies outside the tree: {index}, of {size} entries"
        raise VerificationError(words, code="not-included")
    position, last, node = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise VerificationError("the path is longer than the tree is high")
        # The node at the right edge (`position == last`) has nothing to its right: the
        # next sibling stands on its left, on whatever level there is one.
        if position % 2 or position == last:
            node = node_hash(sibling, node)
            # A right edge has no sibling on the levels that it skips.
            while position % 2 == 0 and position:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    # Not at the root: a shorter path would pass an inner node off as the root.
    if last:
        raise VerificationError("the path ends below the root")
    return node


def verify_consistency(
    size1: int, size2: int, path: Sequence[bytes], root1: bytes, root2: bytes
) -> None:
    """Check that the tree of `size2` begins with the whole tree of `size1`.

    An empty first tree proves nothing about the second and is refused
    (RFC 9162, 2.1.4.2).

    Raises:
        VerificationError: the sizes are out of order, the path has the wrong length,
            or it does not lead to both roots.

    """
    if not 0 < size1 <= size2:
        words = f"{size1} and {size2} are not sizes of an older and a newer tree"
        raise VerificationError(words, code="not-extended")
    if size1 == size2:
        # Nothing is hashed here: two roots are the same, or they are not.
        if path or root1 != root2:
            raise _not_extended("two trees of one size are not the same", root1, root2)
        return
    _check_hashes((root1, root2, *path))
    found1, found2 = _walk(size1, size2, path, root1)
    if found1 != root1:
        raise _not_extended("the path leads to another older root", root1, found1)
    if found2 != root2:
        raise _not_extended("the path leads to another newer root", root2, found2)


def _not_extended(words: str, expected: bytes, found: bytes) -> VerificationError:
    roots = f"{expected.hex()} expected, {found.hex()} found"
    return VerificationError(f"{words}: {roots}", code="not-extended")


def _walk(
    size1: int, size2: int, path: Sequence[bytes], root1: bytes
) -> tuple[bytes, bytes]:
    # Steps 1 and 2: the older tree of a power of two is a node of the newer one, and
    # the prover leaves it out.
    nodes = [root1, *path] if size1 & (size1 - 1) == 0 else list(path)
    if not path:
        raise VerificationError("the path is empty")
    # The last leaves of both trees: their right edges are climbed together.
    first, second = size1 - 1, size2 - 1
    # A right child lies in a complete subtree of the older tree, which both have: the
    # path begins at its top.
    while first % 2:
        first, second = first >> 1, second >> 1
    old = new = nodes[0]
    for sibling in nodes[1:]:
        if second == 0:
            raise VerificationError("the path is longer than the tree is high")
        # What stands on the left is in both trees; on the right, in the newer alone.
        if first % 2 or first == second:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while first % 2 == 0 and first:
                first, second = first >> 1, second >> 1
        else:
            new = node_hash(new, sibling)
        first, second = first >> 1, second >> 1
    if second:
        raise VerificationError("the path ends below the root")
    return old, new


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(each) != HASH_BYTES for each in hashes):
        raise VerificationError("a hash is not 32 bytes long")
