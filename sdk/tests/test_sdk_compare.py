"""Two views of one log: which is ahead, and what proves that they contradict."""

import json
from typing import Any

import pytest
from allod.proofs import (
    AuditError,
    TrustPolicy,
    VerificationError,
    View,
    compare,
    verify_split_view,
)
from hypothesis import given
from hypothesis import strategies as st
from paper_log import Key
from paper_tiles import LOG, Files, checkpoint, entries, entry, tree_files

POLICY = TrustPolicy.of_log(LOG.vkey)
BODIES = entries(600)


def branch(size: int, place: int) -> Files:
    """A log that had another entry at one place."""
    return tree_files([*BODIES[:place], entry(0, "other"), *BODIES[place + 1 : size]])


def view(files: Files) -> View:
    return View.of(files.get)


def bare(files: Files) -> View:
    return View(files["checkpoint"].decode())


def relation(first: View, second: View) -> str:
    return compare(first, second, POLICY).relation


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 300, 512, 599])
def test_a_view_that_goes_on_with_another_is_ahead(size: int) -> None:
    small, large = tree_files(BODIES[:size]), tree_files(BODIES)
    assert relation(view(small), view(large)) == "second-ahead"
    assert relation(view(large), view(small)) == "first-ahead"
    assert relation(view(large), bare(small)) == "first-ahead"


def test_one_tree_is_the_same_whoever_shows_it() -> None:
    assert relation(view(tree_files(BODIES)), bare(tree_files(BODIES))) == "same"


@pytest.mark.parametrize("size", [400, 512, 599, 600])
@pytest.mark.parametrize("place", [0, 255, 256, 399])
def test_two_histories_are_a_split_view_with_evidence(size: int, place: int) -> None:
    for first, second in (
        (view(branch(size, place)), view(tree_files(BODIES))),
        (view(tree_files(BODIES)), bare(branch(size, place))),
    ):
        done = compare(first, second, POLICY)
        assert done.relation == "split-view"
        assert done.evidence is not None
        shown = verify_split_view(done.evidence.encode(), POLICY)
        assert (shown.first.size, shown.second.size) == (size, 600)


def test_without_tiles_two_sizes_cannot_be_decided() -> None:
    small, large = bare(tree_files(BODIES[:9])), bare(tree_files(BODIES))
    assert relation(small, large) == "undecided"
    assert relation(bare(branch(9, 2)), large) == "undecided"


def test_two_bare_notes_of_one_size_are_evidence() -> None:
    done = compare(bare(branch(600, 4)), bare(tree_files(BODIES)), POLICY)
    assert done.relation == "split-view"


def test_tiles_that_do_not_lead_to_the_signature_decide_nothing() -> None:
    files = tree_files(BODIES)
    files["tile/0/000"] = bytes(len(files["tile/0/000"]))
    assert relation(view(files), bare(tree_files(BODIES[:100]))) == "undecided"


def test_only_views_of_one_trusted_log_are_compared() -> None:
    other = Key(LOG.name, "not its key")
    with pytest.raises(VerificationError):
        compare(
            view(tree_files(BODIES)), View(checkpoint(BODIES, other).decode()), POLICY
        )
    with pytest.raises(AuditError):
        View.of(dict[str, bytes]().get)


EVIDENCE = compare(view(branch(300, 5)), view(tree_files(BODIES)), POLICY).evidence
assert EVIDENCE is not None
PROOF = EVIDENCE.encode()


def edited(members: dict[str, Any]) -> bytes:
    value = {**json.loads(PROOF), **members}
    value = {name: each for name, each in value.items() if each is not None}
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def test_evidence_proves_itself_with_the_logs_key_alone() -> None:
    assert verify_split_view(edited({}), POLICY) == verify_split_view(PROOF, POLICY)
    witness = Key("witness.example/w1", "allod test witness key", 4)
    asking = f"log {LOG.vkey}\nwitness w1 {witness.vkey}\nquorum w1\n"
    assert verify_split_view(PROOF, TrustPolicy.parse(asking))


def honest() -> dict[str, Any]:
    """What somebody would forge who has two honest checkpoints."""
    small, large = tree_files(BODIES[:300]), tree_files(BODIES)
    return {
        "first": small["checkpoint"].decode(),
        "second": large["checkpoint"].decode(),
    }


@pytest.mark.parametrize(
    "members",
    [
        honest(),
        {"first": honest()["first"]},
        {"first": json.loads(PROOF)["second"], "second": json.loads(PROOF)["first"]},
        {"first": json.loads(PROOF)["second"]},
        {"root": "A" * 43 + "="},
        {"path": []},
        {"path": json.loads(PROOF)["path"][1:]},
        {"path": ["A" * 43 + "="] * 64},
        {"path": [1]},
        {"path": None},
        {"v": 2},
        {"v": True},
        {"kind": "fork"},
        {"more": 1},
        {"first": "x"},
    ],
)
def test_what_proves_nothing_is_no_evidence(members: dict[str, Any]) -> None:
    with pytest.raises(VerificationError):
        verify_split_view(edited(members), POLICY)


def test_evidence_against_another_log_is_refused() -> None:
    policy = TrustPolicy.of_log(Key(LOG.name, "not its key").vkey)
    with pytest.raises(VerificationError):
        verify_split_view(PROOF, policy)


@given(at=st.integers(min_value=0, max_value=len(PROOF) * 8 - 9))
def test_no_bit_of_evidence_can_be_flipped(at: int) -> None:
    data = bytearray(PROOF)
    data[at // 8] ^= 1 << at % 8
    with pytest.raises(VerificationError):
        verify_split_view(bytes(data), POLICY)


def test_evidence_has_one_spelling() -> None:
    for other in (PROOF + b"\n", b" " + PROOF, json.dumps(json.loads(PROOF)).encode()):
        with pytest.raises(VerificationError):
            verify_split_view(other, POLICY)
