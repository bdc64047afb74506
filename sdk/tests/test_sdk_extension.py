"""Cosigned proofs: what a log signed alone verifies under a quorum, with its proof.

The files are those that the program of 0.1.0 made, and the witness is a key of the
tests: what left a house before there were such proofs can still be given one.
"""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from allod import Erasure
from allod.proofs import Extension, ProvisionalError, TrustPolicy, VerificationError
from allod.proofs.verifying import verified
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from old_homes import HOMES
from witnesses import cosigner

from ledger.formats.checkpoint import Checkpoint
from ledger.formats.checkpoint import Extension as TheirExtension
from ledger.formats.receipt import Receipt
from ledger.formats.trust_policy import TrustPolicy as TheirPolicy

OUT = HOMES / "0.1.0-v1" / "out"
ROOTS = OUT / "tsa.pem"
LOG = (OUT / "policy.txt").read_text("utf-8").partition("quorum")[0]
TEXT = f"{LOG}witness w1 {cosigner(1).verifier.vkey}\nquorum w1\n"
OURS = TrustPolicy.parse(TEXT)
ALONE = TheirPolicy.parse(f"{LOG}quorum none\n")
FILES = [
    "certificate.json",
    "erased-idea.tlog-proof",
    "erasure-evidence.zip",
    "export.zip",
    "idea-evidence.zip",
    "idea.tlog-proof",
]


def receipts(name: str) -> list[str]:
    """Every receipt that is in a file."""
    data = (OUT / name).read_bytes()
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [each for each in archive.namelist() if each.endswith("tlog-proof")]
            return [archive.read(each).decode() for each in names]
    if name.endswith(".json"):
        return [json.loads(data)["document"]["receipt"]]
    return [data.decode()]


def notes() -> dict[int, str]:
    """Every checkpoint that a receipt of the release is under, by size."""
    found = (Receipt.parse(each).note for name in FILES for each in receipts(name))
    return {ALONE.accept(note).checkpoint.size: note for note in found}


NOTES = notes()


def proof_of(size: int) -> bytes:
    """The proof of a tree that is cosigned itself: it extends by nothing."""
    text = ALONE.accept(NOTES[size]).checkpoint.encode()
    note = NOTES[size] + cosigner(1).line(text, 1_800_000_000)
    return TheirExtension(size, (), note).encode()


def ours(path: Path, *given: bytes) -> bool:
    try:
        read = [Extension.parse(each) for each in given]
        verified(path, OURS, read, ROOTS)
    except VerificationError:
        return False
    return True


@pytest.mark.parametrize("name", FILES)
def test_each_sort_is_provisional_and_verifies_with_its_proof(name: str) -> None:
    path = OUT / name
    assert not ours(path)
    every = [proof_of(size) for size in NOTES]
    assert ours(path, *every)


def test_the_refusal_names_the_tree_and_where_its_proof_is_fetched() -> None:
    receipt = receipts("idea.tlog-proof")[0]
    size = ALONE.accept(Receipt.parse(receipt).note).checkpoint.size
    with pytest.raises(ProvisionalError, match=rf"provisional: .*from={size}") as ours_:
        verified(OUT / "idea.tlog-proof", OURS, (), None)
    assert ours_.value.size == size


def test_the_clients_erasure_writes_the_file_that_is_read(tmp_path: Path) -> None:
    signed = json.loads((OUT / "certificate.json").read_bytes())
    tree = ALONE.accept(Receipt.parse(signed["document"]["receipt"]).note).checkpoint
    proof = proof_of(tree.size).decode()
    file = tmp_path / "certificate.json"
    file.write_bytes(Erasure("certified", certificate=signed, provisional=True).file())
    assert not ours(file)
    file.write_bytes(Erasure("certified", certificate=signed, proof=proof).file())
    assert ours(file)
    with pytest.raises(ValueError, match="no certificate"):
        Erasure("ordered", provisional=True).file()


def test_a_proof_beside_a_certificate_is_read_with_it(tmp_path: Path) -> None:
    signed = json.loads((OUT / "certificate.json").read_bytes())
    size = ALONE.accept(Receipt.parse(signed["document"]["receipt"]).note)
    proof = proof_of(size.checkpoint.size).decode()
    file = tmp_path / "certificate.json"
    file.write_text(json.dumps({**signed, "proof": proof}))
    assert ours(file)


def test_a_proof_that_leads_from_another_root_or_to_another_log_is_refused() -> None:
    path, receipt = OUT / "idea.tlog-proof", receipts("idea.tlog-proof")[0]
    tree = ALONE.accept(Receipt.parse(receipt).note).checkpoint
    for other in (
        replace(tree, root=bytes(32)),
        replace(tree, origin="ledger.example/other"),
        Checkpoint(tree.origin, tree.size + 1, tree.root),
    ):
        text = other.encode()
        note = f"{text}\n{cosigner(1).line(text, 1_800_000_000)}"
        for path_of in ((), (bytes(32),)):
            proof = TheirExtension(tree.size, path_of, note).encode()
            assert not ours(path, proof)


WHOLE = proof_of(
    ALONE.accept(Receipt.parse(receipts("idea.tlog-proof")[0]).note).checkpoint.size
)


@given(st.integers(0, len(WHOLE)), st.binary(max_size=3), st.integers(0, 3))
@example(0, b"", 0)
@example(0, b"0", 0)
@example(4, b"0", 0)
@example(len(WHOLE), b"\n", 0)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_proof_that_was_edited_is_refused(at: int, new: bytes, cut: int) -> None:
    edited = WHOLE[:at] + new + WHOLE[at + cut :]
    path = OUT / "idea.tlog-proof"
    assert ours(path, edited) == (edited == WHOLE)
