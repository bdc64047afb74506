"""Evidence of a split view: what the tools write verifies, and nothing else does."""

import json

import pytest
from allod import proofs
from hypothesis import given
from hypothesis import strategies as st
from paper_log import Key
from paper_tiles import LOG, entries, entry, tree_files

TEXT = f"log {LOG.vkey}\nquorum none\n"
POLICY = proofs.TrustPolicy.parse(TEXT)
BODIES = entries(300)


def evidence(size: int) -> bytes:
    forked = tree_files([entry(0, "other"), *BODIES[1:size]])
    views = [proofs.View.of(files.get) for files in (forked, tree_files(BODIES))]
    found = proofs.compare(views[0], views[1], POLICY).evidence
    assert found is not None
    return found.encode()


PROOF = evidence(100)


def edited(**members: object) -> bytes:
    value = {**json.loads(PROOF), **members}
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def accepts(data: bytes) -> bool:
    try:
        proofs.verify_split_view(data, POLICY)
    except proofs.VerificationError:
        return False
    return True


@pytest.mark.parametrize("size", [1, 2, 100, 255, 256, 299, 300])
def test_evidence_names_the_two_trees(size: int) -> None:
    shown = proofs.verify_split_view(evidence(size), POLICY)
    assert (shown.first.size, shown.second.size) == (size, 300)


def test_witnesses_are_not_asked_for() -> None:
    witness = Key("witness.example/w1", "allod test witness key", 4)
    asking = f"log {LOG.vkey}\nwitness w {witness.vkey}\nquorum w\n"
    shown = proofs.verify_split_view(PROOF, proofs.TrustPolicy.parse(asking))
    assert shown == proofs.verify_split_view(PROOF, POLICY)


@pytest.mark.parametrize(
    "members",
    [
        {"v": 2},
        {"v": True},
        {"kind": "fork"},
        {"more": 1},
        {"root": "A" * 43 + "="},
        {"root": "A" * 43},
        {"path": []},
        {"path": [1]},
        {"path": ["A" * 43 + "="] * 64},
        {"first": json.loads(PROOF)["second"]},
        {"first": "x"},
        {"first": tree_files(BODIES[:100])["checkpoint"].decode()},
    ],
)
def test_what_proves_nothing_is_refused(members: dict[str, object]) -> None:
    assert not accepts(edited(**members))


def test_evidence_has_one_spelling() -> None:
    assert accepts(edited())
    assert not accepts(PROOF + b"\n")
    assert not accepts(b" " + PROOF)
    assert not accepts(b"1")
    assert not accepts(PROOF + b" " * (1 << 20))


@given(
    at=st.integers(min_value=0, max_value=len(PROOF) - 1),
    new=st.binary(max_size=3),
    cut=st.integers(min_value=0, max_value=3),
)
def test_edited_evidence_is_refused(at: int, new: bytes, cut: int) -> None:
    data = PROOF[:at] + new + PROOF[at + cut :]
    same = data in {PROOF, PROOF[:-1]}
    assert accepts(data) == same
