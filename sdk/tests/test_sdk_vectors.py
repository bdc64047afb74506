"""The frozen vectors, to which the server's own code is held too."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from allod.proofs import (
    Entry,
    FullOpening,
    TrustPolicy,
    VerificationError,
    commit,
    leaf_hash,
    order_commit,
    verify_certificate,
    verify_chain,
    verify_inclusion,
    verify_receipt,
)

VECTORS = Path(__file__).resolve().parents[2] / "tests" / "vectors"


def vector(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    return content


POLICY = TrustPolicy.parse(vector("receipt")["policy"])
ENTRIES = vector("entry")["entries"]
RECEIPTS = vector("receipt")["receipts"]
OPENINGS = vector("opening")["openings"]


@pytest.mark.parametrize("frozen", ENTRIES, ids=lambda frozen: frozen["commitment"][:8])
def test_an_entry_is_made_from_its_opening(frozen: dict[str, Any]) -> None:
    salt = base64.b64decode(frozen["salt"])
    commitment = commit(salt, frozen["payload"].encode())
    assert commitment.hex() == frozen["commitment"]
    entry = Entry(frozen["type"], frozen["at"], commitment)
    assert entry.encode() == frozen["entry"].encode()
    assert Entry.parse(frozen["entry"].encode()) == entry
    assert leaf_hash(entry.encode()).hex() == frozen["leaf"]


def test_all_receipts_verify_and_lead_to_the_entries_in_their_order() -> None:
    shown = [verify_receipt(receipt, POLICY) for receipt in RECEIPTS]
    assert [each.index for each in shown] == list(range(len(ENTRIES)))
    assert [each.payload.decode() for each in shown] == [e["payload"] for e in ENTRIES]
    assert {each.checkpoint.root.hex() for each in shown} == {vector("entry")["root"]}


def test_no_receipt_passes_for_another() -> None:
    for index, receipt in enumerate(RECEIPTS):
        for other in set(range(len(RECEIPTS))) - {index}:
            moved = receipt.replace(f"\nindex {index}\n", f"\nindex {other}\n")
            with pytest.raises(VerificationError):
                verify_receipt(moved, POLICY)


def test_the_openings_are_one_whole_chain_with_its_contents() -> None:
    opened = [FullOpening.parse(each["opening"].encode()) for each in OPENINGS]
    assert verify_chain(opened) == len(OPENINGS)
    for full, frozen in zip(opened, OPENINGS, strict=True):
        full.verify_content(frozen["content"].encode())
    leaves = [leaf_hash(full.opening.entry.encode()).hex() for full in opened]
    assert leaves == [entry["leaf"] for entry in ENTRIES[: len(leaves)]]


def test_the_certificate_verifies_and_names_its_order() -> None:
    frozen = vector("certificate")
    policy = TrustPolicy.parse(frozen["policy"])
    shown = verify_certificate(json.dumps(frozen["certificate"]), policy)
    erasure = json.loads(vector("opening")["erasure"])
    assert shown.erasure_id == erasure["order"]
    assert (shown.finality, shown.receipt.index) == ("not_scheduled", 4)
    salt = base64.b64decode(erasure["salt_o"])
    found = order_commit(salt, bytes.fromhex(erasure["order"]))
    assert shown.receipt.statement["order_commit"] == base64.b64encode(found).decode()


def test_the_certificate_of_another_erasure_is_refused() -> None:
    frozen = vector("certificate")["certificate"]
    for name, other in {
        "id": "0" * 32,
        "finality": "final",
        "live_erased_at": "2026-11-22T11:00:01Z",
        "receipt": RECEIPTS[0],
    }.items():
        document = {**frozen["document"], name: other}
        with pytest.raises(VerificationError):
            verify_certificate({**frozen, "document": document}, POLICY)


def test_a_frozen_proof_holds_for_its_own_tree_only() -> None:
    shown = verify_receipt(RECEIPTS[4], POLICY)
    leaf = bytes.fromhex(ENTRIES[4]["leaf"])
    with pytest.raises(VerificationError):
        verify_inclusion(leaf, 4, 6, [], shown.checkpoint.root)
