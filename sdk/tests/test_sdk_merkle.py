"""The verifier's Merkle proofs: public vectors, and every proof of small trees."""

import base64
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from allod.proofs import VerificationError, verify_consistency, verify_inclusion
from hypothesis import given
from hypothesis import strategies as st
from paper_log import consistency_of, path_of, root_of

REPOSITORY = Path(__file__).resolve().parents[2]
VECTORS = REPOSITORY.parent / "shared" / "vectors" / "rfc6962.tar.xz"


def public_vectors(kind: str) -> Iterator[dict[str, Any]]:
    if not VECTORS.exists() and os.environ.get("CI") != "true":
        pytest.skip("the public Merkle vectors (rfc6962.tar.xz) are not here")
    with tarfile.open(VECTORS) as archive:
        for item in archive:
            if f"/testdata/{kind}/" in item.name and item.name.endswith(".json"):
                content = archive.extractfile(item)
                assert content is not None
                yield json.load(content)


def unbase64(texts: list[str] | None) -> list[bytes]:
    return [base64.b64decode(text) for text in texts or []]


def agrees(
    vector: dict[str, Any], verify: Callable[..., None], *arguments: object
) -> bool:
    try:
        verify(*arguments)
    except VerificationError:
        return bool(vector["wantErr"])
    return not vector["wantErr"]


def test_the_98_public_inclusion_vectors_come_out_as_they_should() -> None:
    outcomes = []
    for vector in public_vectors("inclusion"):
        leaf, root = unbase64([vector["leafHash"] or "", vector["root"] or ""])
        index, size = vector["leafIdx"], vector["treeSize"]
        path = unbase64(vector["proof"])
        outcomes.append(agrees(vector, verify_inclusion, leaf, index, size, path, root))
    assert outcomes == [True] * 98


def test_the_98_public_consistency_vectors_come_out_as_they_should() -> None:
    outcomes = []
    for vector in public_vectors("consistency"):
        root1, root2 = unbase64([vector["root1"] or "", vector["root2"] or ""])
        sizes = vector["size1"], vector["size2"]
        path = unbase64(vector["proof"])
        outcomes.append(agrees(vector, verify_consistency, *sizes, path, root1, root2))
    assert outcomes == [True] * 98


def leaves(size: int) -> list[bytes]:
    return [index.to_bytes(32, "big") for index in range(1, size + 1)]


def test_every_leaf_of_every_small_tree_is_shown_and_nothing_else() -> None:
    for size in range(1, 18):
        tree = leaves(size)
        root = root_of(tree)
        for index in range(size):
            path = path_of(tree, index)
            verify_inclusion(tree[index], index, size, path, root)
            for other in set(range(size + 1)) - {index}:
                with pytest.raises(VerificationError):
                    verify_inclusion(tree[index], other, size, path, root)


def test_every_growth_of_every_small_tree_is_shown_and_no_other() -> None:
    for size in range(1, 18):
        tree = leaves(size)
        root = root_of(tree)
        for older in range(1, size + 1):
            path = consistency_of(tree, older)
            verify_consistency(older, size, path, root_of(tree[:older]), root)
            with pytest.raises(VerificationError):
                verify_consistency(older, size, path, bytes(32), root)
            with pytest.raises(VerificationError):
                verify_consistency(older, size, path, root_of(tree[:older]), bytes(32))


@given(st.integers(1, 300), st.data())
def test_a_path_with_one_hash_more_less_or_altered_is_refused(
    size: int, data: st.DataObject
) -> None:
    tree = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    path, root = path_of(tree, index), root_of(tree)
    wrong = [[*path, bytes(32)]]
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        wrong += [path[:at] + path[at + 1 :], [*path[:at], bytes(32), *path[at + 1 :]]]
        wrong += [[*path[:at], path[at][:31], *path[at + 1 :]]]
    for each in wrong:
        with pytest.raises(VerificationError):
            verify_inclusion(tree[index], index, size, each, root)


def test_an_inner_node_does_not_pass_for_a_leaf() -> None:
    tree = leaves(4)
    inner = root_of(tree[:2])
    verify_inclusion(inner, 0, 2, [root_of(tree[2:])], root_of(tree))
    # A walk cannot tell: it is the leaf prefix that makes the difference, so the
    # hash of an entry can never be that of a node.
    with pytest.raises(VerificationError):
        verify_inclusion(inner, 0, 4, [root_of(tree[2:])], root_of(tree))


def test_an_empty_tree_proves_nothing_about_a_later_one() -> None:
    with pytest.raises(VerificationError):
        verify_consistency(0, 4, [], root_of([]), root_of(leaves(4)))
