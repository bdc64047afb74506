"""Evidence of a split view: what the auditors' tools write, this house accepts."""

import json
from typing import Any

import pytest
from allod import proofs
from hypothesis import given
from hypothesis import strategies as st
from paper_log import Key
from paper_tiles import LOG, entries, entry, tree_files

from ledger.formats.split_view import SplitViewError, verify_split_view
from ledger.formats.trust_policy import TrustPolicy

TEXT = f"log {LOG.vkey}\nquorum none\n"
POLICY, THEIRS = TrustPolicy.parse(TEXT), proofs.TrustPolicy.parse(TEXT)
BODIES = entries(300)


def evidence(size: int) -> bytes:
    forked = tree_files([entry(0, "other"), *BODIES[1:size]])
    views = [proofs.View.of(files.get) for files in (forked, tree_files(BODIES))]
    found = proofs.compare(views[0], views[1], THEIRS).evidence
    assert found is not None
    return found.encode()


PROOF = evidence(100)


def edited(**members: object) -> bytes:
    value = {**json.loads(PROOF), **members}
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def accepts(data: bytes) -> tuple[bool, bool]:
    """What this house says of it, and what the auditors' tools say."""
    verdicts = []
    for check, policy, error in (
        (verify_split_view, POLICY, SplitViewError),
        (proofs.verify_split_view, THEIRS, proofs.VerificationError),
    ):
        judge: Any = check
        try:
            judge(data, policy)
        except error:
            verdicts.append(False)
        else:
            verdicts.append(True)
    return verdicts[0], verdicts[1]


@pytest.mark.parametrize("size", [1, 2, 100, 255, 256, 299, 300])
def test_evidence_names_the_two_trees(size: int) -> None:
    shown = verify_split_view(evidence(size), POLICY)
    assert (shown.first.size, shown.second.size) == (size, 300)


def test_witnesses_are_not_asked_for() -> None:
    witness = Key("witness.example/w1", "allod test witness key", 4)
    asking = f"log {LOG.vkey}\nwitness w {witness.vkey}\nquorum w\n"
    shown = verify_split_view(PROOF, TrustPolicy.parse(asking))
    assert shown == verify_split_view(PROOF, POLICY)


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
def test_what_proves_nothing_is_refused_by_both(members: dict[str, object]) -> None:
    assert accepts(edited(**members)) == (False, False)


def test_evidence_has_one_spelling() -> None:
    assert accepts(edited()) == (True, True)
    assert accepts(PROOF + b"\n") == (False, False)
    assert accepts(b" " + PROOF) == (False, False)
    assert accepts(b"1") == (False, False)
    assert accepts(PROOF + b" " * (1 << 20)) == (False, False)


@given(
    at=st.integers(min_value=0, max_value=len(PROOF) - 1),
    new=st.binary(max_size=3),
    cut=st.integers(min_value=0, max_value=3),
)
def test_edited_evidence_is_judged_alike(at: int, new: bytes, cut: int) -> None:
    data = PROOF[:at] + new + PROOF[at + cut :]
    same = data in {PROOF, PROOF[:-1]}
    assert accepts(data) == (same, same)
