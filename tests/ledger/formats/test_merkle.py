"""The tree against its definition, against public vectors, and against forgery."""

import base64
import json

import pytest
from allod.proofs import VerificationError, verify_inclusion
from hypothesis import given
from hypothesis import strategies as st
from ledgers import leaves, naive_root, public_vectors

from ledger.formats.merkle import (
    EMPTY_ROOT,
    CompactRange,
    ProofError,
    ReadNode,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
)

LEAVES = leaves(300)
sizes = st.integers(min_value=1, max_value=300)


def read_from(size: int) -> ReadNode:
    """Read nodes of the first `size` leaves; an incomplete node is not there."""

    def read(level: int, index: int) -> bytes:
        start, end = index << level, (index + 1) << level
        assert end <= size, "asked for a node that is not complete"
        return naive_root(LEAVES[start:end])

    return read


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert naive_root([]) == EMPTY_ROOT == CompactRange().root()
    assert root(0, read_from(0)) == EMPTY_ROOT


def test_leaves_and_nodes_are_hashed_apart() -> None:
    inner = node_hash(LEAVES[0], LEAVES[1])
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != inner


@given(size=sizes)
def test_the_compact_range_gives_the_root_of_the_definition(size: int) -> None:
    tree = CompactRange()
    for leaf in LEAVES[:size]:
        tree.append(leaf)
    assert tree.root() == naive_root(LEAVES[:size]) == root(size, read_from(size))
    assert CompactRange.read(size, read_from(size)).peaks == tree.peaks


def test_appending_tells_of_every_complete_node_once() -> None:
    seen: dict[tuple[int, int], bytes] = {}
    tree = CompactRange()
    for leaf in LEAVES:
        tree.append(
            leaf, lambda level, index, node: seen.update({(level, index): node})
        )
    complete = [(lv, i) for lv in range(9) for i in range(len(LEAVES) >> lv)]
    assert sorted(seen) == complete
    assert all(node == read_from(300)(*place) for place, node in seen.items())


@pytest.mark.parametrize(("size", "peaks"), [(1, []), (2, [b"x" * 32] * 2), (-1, [])])
def test_a_compact_range_has_a_subtree_for_each_bit(
    size: int, peaks: list[bytes]
) -> None:
    with pytest.raises(ProofError):
        CompactRange(size, peaks)
    with pytest.raises(ProofError):
        CompactRange(1, [b"short"])


@given(data=st.data(), size=sizes)
def test_an_inclusion_path_leads_to_the_root(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    path = inclusion_path(size, index, read_from(size))
    assert len(path) <= (size - 1).bit_length()
    verify_inclusion(LEAVES[index], index, size, path, naive_root(LEAVES[:size]))


@given(data=st.data(), size=sizes)
def test_a_consistency_path_leads_to_both_roots(data: st.DataObject, size: int) -> None:
    before = data.draw(st.integers(min_value=1, max_value=size))
    path = consistency_path(before, size, read_from(size))
    old, new = naive_root(LEAVES[:before]), naive_root(LEAVES[:size])
    verify_consistency(before, size, path, old, new)


@given(data=st.data(), size=st.integers(min_value=2, max_value=120))
def test_a_changed_inclusion_proof_does_not_hold(
    data: st.DataObject, size: int
) -> None:
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    path = inclusion_path(size, index, read_from(size))
    head = naive_root(LEAVES[:size])
    flipped = data.draw(st.integers(min_value=0, max_value=len(path) * 256 - 1))
    wrong = list(path)
    wrong[flipped // 256] = _flip(path[flipped // 256], flipped % 256)
    other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index))
    for attempt in (
        (LEAVES[index], index, size, wrong, head),
        (LEAVES[index], other, size, path, head),
        (LEAVES[other], index, size, path, head),
        (LEAVES[index], index, size, path[:-1], head),
        (LEAVES[index], index, size, [*path, path[-1]], head),
        (LEAVES[index], index, size, path, _flip(head, flipped % 256)),
        (LEAVES[index], size, size, path, head),
        (LEAVES[index], -1, size, path, head),
        (LEAVES[index][:-1], index, size, path, head),
    ):
        with pytest.raises(VerificationError):
            verify_inclusion(*attempt)


def test_two_siblings_cannot_be_swapped() -> None:
    path = inclusion_path(100, 10, read_from(100))
    path[0], path[1] = path[1], path[0]
    with pytest.raises(VerificationError):
        verify_inclusion(LEAVES[10], 10, 100, path, naive_root(LEAVES[:100]))


def test_an_inner_node_does_not_pass_for_a_leaf() -> None:
    head = naive_root(LEAVES[:4])
    inner = node_hash(LEAVES[0], LEAVES[1])
    path = [node_hash(LEAVES[2], LEAVES[3])]
    verify_inclusion(inner, 0, 2, path, head)  # the arithmetic alone would allow it
    with pytest.raises(VerificationError):
        verify_inclusion(leaf_hash(LEAVES[0] + LEAVES[1]), 0, 2, path, head)


@given(data=st.data(), size=st.integers(min_value=2, max_value=120))
def test_a_changed_consistency_proof_does_not_hold(
    data: st.DataObject, size: int
) -> None:
    before = data.draw(st.integers(min_value=1, max_value=size - 1))
    path = consistency_path(before, size, read_from(size))
    old, new = naive_root(LEAVES[:before]), naive_root(LEAVES[:size])
    bit = data.draw(st.integers(min_value=0, max_value=255))
    at = data.draw(st.integers(min_value=0, max_value=len(path) - 1))
    wrong = [*path[:at], _flip(path[at], bit), *path[at + 1 :]]
    for attempt in (
        (before, size, wrong, old, new),
        (before, size, path[:-1], old, new),
        (before, size, [*path, old], old, new),
        (before, size, path, _flip(old, bit), new),
        (before, size, path, old, _flip(new, bit)),
        (before, size, [], old, new),
        (0, size, path, old, new),
        (size, before, path, old, new),
        (size, size, path, new, new),
        (size, size, [], old, new),
    ):
        with pytest.raises(ProofError):
            verify_consistency(*attempt)


@pytest.mark.parametrize(("size", "index"), [(0, 0), (5, 5), (5, -1)])
def test_there_is_no_path_for_a_leaf_that_is_not_there(size: int, index: int) -> None:
    with pytest.raises(ProofError):
        inclusion_path(size, index, read_from(size))


@pytest.mark.parametrize(("before", "after"), [(0, 5), (6, 5)])
def test_there_is_no_consistency_without_an_older_tree(before: int, after: int) -> None:
    with pytest.raises(ProofError):
        consistency_path(before, after, read_from(after))


def test_every_public_inclusion_vector_is_judged_right() -> None:
    count = 0
    for name, document in public_vectors("inclusion"):
        vector = json.loads(document)
        attempt = (
            _bytes(vector["leafHash"]),
            vector["leafIdx"],
            vector["treeSize"],
            [_bytes(each) for each in vector["proof"] or []],
            _bytes(vector["root"]),
        )
        assert _fails(verify_inclusion, *attempt) is vector["wantErr"], name
        count += 1
    assert count == 98


def test_every_public_consistency_vector_is_judged_right() -> None:
    count = 0
    for name, document in public_vectors("consistency"):
        vector = json.loads(document)
        attempt = (
            vector["size1"],
            vector["size2"],
            [_bytes(each) for each in vector["proof"] or []],
            _bytes(vector["root1"]),
            _bytes(vector["root2"]),
        )
        assert _fails(verify_consistency, *attempt) is vector["wantErr"], name
        count += 1
    assert count == 98


def _fails(verify: object, *attempt: object) -> bool:
    assert callable(verify)
    try:
        verify(*attempt)
    except (ProofError, VerificationError):
        return True
    return False


def _bytes(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def _flip(data: bytes, bit: int) -> bytes:
    return bytes(
        byte ^ (1 << bit % 8) if at == bit // 8 else byte
        for at, byte in enumerate(data)
    )
