"""Every file of a tree in a folder, and every checkpoint that somebody kept."""

import pytest
from allod.proofs import (
    AuditError,
    TrustPolicy,
    VerificationError,
    fsck,
    verify_split_view,
)
from paper_tiles import LOG, Files, checkpoint, entries, entry, tree_files

POLICY = TrustPolicy.of_log(LOG.vkey)
SIZE = 700
BODIES = entries(SIZE)
# As a mirror is after two publications: the narrower pieces of the first are there too.
TREE = tree_files(BODIES[:600]) | tree_files(BODIES)


def pieces(files: Files) -> list[str]:
    return [path for path in files if path != "checkpoint"]


def noted(bodies: list[bytes]) -> str:
    return checkpoint(bodies).decode()


def found(files: Files, *kept: str) -> AuditError:
    with pytest.raises(AuditError) as caught:
        fsck(files.get, POLICY, pieces(files), kept)
    return caught.value


def test_a_whole_tree_is_in_order_with_all_that_was_published_before() -> None:
    kept = [noted(BODIES[:size]) for size in (0, 1, 255, 256, 600, SIZE)]
    done = fsck(TREE.get, POLICY, pieces(TREE), kept)
    assert (done.checkpoint.size, done.checkpoints) == (SIZE, len(kept))
    assert (done.pieces, done.others) == (len(pieces(TREE)), 0)


@pytest.mark.parametrize("path", sorted(pieces(TREE)))
def test_a_flipped_bit_of_any_piece_is_found(path: str) -> None:
    for at in range(0, len(TREE[path]), 61):
        data = bytearray(TREE[path])
        data[at] ^= 1 << at % 8
        error = found(TREE | {path: bytes(data)})
        assert error.index is not None


@pytest.mark.parametrize("path", sorted(pieces(TREE)))
def test_a_piece_that_is_cut_or_too_long_is_found(path: str) -> None:
    assert found(TREE | {path: TREE[path][:-1]}).index is not None
    assert found(TREE | {path: TREE[path] + b"\x00"}).index is not None
    assert found(TREE | {path: b""}).index is not None


def test_the_first_entry_that_a_narrow_piece_holds_wrongly_is_named() -> None:
    path = "tile/0/002.p/88"
    data = bytearray(TREE[path])
    data[7 * 32] ^= 1
    error = found(TREE | {path: bytes(data)})
    assert (error.code, error.index) == ("damaged", 512 + 7)
    assert path in str(error)


def test_what_is_no_piece_and_what_lies_beyond_the_tree_is_counted_alone() -> None:
    others = {
        "tile/0/003": b"beyond",
        "tile/0/002": b"beyond: wider than the tree",
        "tile/0/000.p/256": b"no piece",
        "tile/0/0000": b"no piece",
        "tile/entries/000.new": b"left over",
        "tile/99999999999999999999/000": b"no piece",
    }
    done = fsck(TREE.get, POLICY, [*pieces(TREE), *others])
    assert (done.pieces, done.others) == (len(pieces(TREE)), len(others))


def test_a_kept_checkpoint_of_another_history_is_found_with_its_evidence() -> None:
    other = [entry(0, "another"), *BODIES[1:300]]
    error = found(TREE, noted(other))
    assert error.code == "forked"
    assert error.evidence is not None
    sizes = verify_split_view(error.evidence.encode(), POLICY)
    assert {sizes.first.size, sizes.second.size} == {300, SIZE}


def test_a_kept_checkpoint_of_a_larger_tree_shows_that_the_log_went_back() -> None:
    error = found(TREE, noted(entries(SIZE + 1)))
    assert (error.code, error.index) == ("rolled-back", SIZE)


def test_what_is_kept_and_no_checkpoint_of_the_log_is_refused() -> None:
    forged = noted(BODIES[:9]).replace("\n9\n", "\n8\n")
    for note in ("", "no note\n", forged):
        with pytest.raises(VerificationError):
            fsck(TREE.get, POLICY, pieces(TREE), [note])
