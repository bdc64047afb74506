"""Frozen formats: the script, the ledger and the SDK's verifier agree to the byte."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from allod import proofs
from allod.proofs.entry import open_entry
from ledgers import AT, naive_root, seed

from ledger.formats.chain import verify_chain
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.commitment import Entry, Opening
from ledger.formats.encoding import decode64
from ledger.formats.entries import (
    ErasureOpening,
    SubjectOpening,
    erasure_entry,
    operator_entry,
    subject_entry,
)
from ledger.formats.entry_kinds import EntryType
from ledger.formats.merkle import leaf_hash
from ledger.formats.note import sign, sign_document
from ledger.formats.receipt import Receipt
from ledger.formats.signing import Signer

VECTORS = Path(__file__).parents[1] / "vectors"
SIGNER = Signer("ledger.example/acme", seed("allod test log key"))


def frozen(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_bytes())
    return document


ENTRIES = frozen("entry")["entries"]
OPENINGS = frozen("opening")["openings"]
RECEIPTS = frozen("receipt")["receipts"]


def test_the_script_writes_the_frozen_vectors_again_byte_for_byte() -> None:
    script = runpy.run_path(str(VECTORS / "ledger_vectors.py"))
    for name, text in script["texts"]():
        assert text == (VECTORS / f"{name}.json").read_text("utf-8"), name


@pytest.mark.parametrize("vector", ENTRIES)
def test_entries_are_made_as_frozen(vector: dict[str, Any]) -> None:
    entry_type, salt = EntryType(vector["type"]), decode64(vector["salt"])
    entry = Opening.read(entry_type, salt, vector["payload"].encode()).entry()
    assert entry.commitment.hex() == vector["commitment"]
    assert entry.encode().decode() == vector["entry"]
    assert leaf_hash(entry.encode()).hex() == vector["leaf"]
    assert Entry.parse(vector["entry"].encode()) == entry


def test_the_root_is_the_frozen_one() -> None:
    leaves = [bytes.fromhex(vector["leaf"]) for vector in ENTRIES]
    assert naive_root(leaves).hex() == frozen("entry")["root"]


@pytest.mark.parametrize("number", range(3))
def test_stamping_gives_the_frozen_openings(number: int) -> None:
    vector = OPENINGS[number]
    frozen_opening = SubjectOpening.from_bytes(vector["opening"].encode())
    salts = (frozen_opening.salt, frozen_opening.salt_c, frozen_opening.salt_l)
    entry, opening = subject_entry(
        frozen_opening.link,
        kind=frozen_opening.opening.statement()["kind"],
        at=AT + 7,
        content=vector["content"].encode(),
        granularity=60,
        draw=iter(salts).__next__,
    )
    assert opening.to_bytes().decode() == vector["opening"]
    assert entry.encode().decode() == ENTRIES[number]["entry"]
    opening.check(vector["content"].encode())


def test_the_other_types_are_made_as_frozen() -> None:
    facts = json.loads(ENTRIES[3]["payload"])["facts"]
    salt = decode64(ENTRIES[3]["salt"])
    entry, _ = operator_entry(
        "policy.activated", facts, at=AT, granularity=60, draw=lambda: salt
    )
    assert entry.encode().decode() == ENTRIES[3]["entry"]


def test_an_erasure_that_names_its_order_is_made_as_frozen() -> None:
    vector = frozen("erasure_v2")
    erasure = ErasureOpening.from_bytes(vector["opening"].encode())
    draw = iter((erasure.salt, erasure.salt_o)).__next__
    entry, opening = erasure_entry(
        erasure.order,
        at=AT,
        granularity=60,
        digest=bytes.fromhex(vector["digest"]),
        draw=draw,
    )
    assert entry.encode().decode() == vector["entry"]
    assert leaf_hash(entry.encode()).hex() == vector["leaf"]
    assert opening.to_bytes().decode() == vector["opening"]
    opening.check()
    theirs = open_entry("erasure", AT, opening.salt, opening.payload)
    assert theirs.entry.encode().decode() == vector["entry"]


def test_an_erasure_that_names_no_order_still_opens_as_frozen() -> None:
    erasure = ErasureOpening.from_bytes(frozen("opening")["erasure"].encode())
    erasure.check()
    assert erasure.opening.entry().encode().decode() == ENTRIES[4]["entry"]
    assert erasure.digest is None


def test_the_frozen_chain_is_whole() -> None:
    chain = [SubjectOpening.from_bytes(each["opening"].encode()) for each in OPENINGS]
    verify_chain(chain)
    theirs = [proofs.FullOpening.parse(each["opening"].encode()) for each in OPENINGS]
    assert proofs.verify_chain(theirs) == 3
    for opening, vector in zip(theirs, OPENINGS, strict=True):
        opening.verify_content(vector["content"].encode())


def test_signing_gives_the_frozen_checkpoint() -> None:
    root = bytes.fromhex(frozen("entry")["root"])
    text = Checkpoint(SIGNER.name, 5, root).encode()
    assert sign(text, [SIGNER]) == frozen("receipt")["checkpoint"]


@pytest.mark.parametrize("index", range(5))
def test_frozen_receipts_are_written_so_again_and_verify(index: int) -> None:
    text, policy = RECEIPTS[index], frozen("receipt")["policy"]
    receipt = Receipt.parse(text)
    assert receipt.encode() == text
    shown = proofs.verify_receipt(text, proofs.TrustPolicy.parse(policy))
    assert (shown.index, shown.at) == (index, AT)
    assert shown.statement == receipt.opening.statement()


def test_the_frozen_certificate_is_signed_so_again_and_verifies() -> None:
    vector = frozen("certificate")
    signed, policy = vector["certificate"], vector["policy"]
    again = sign_document("allod/certificate/v1", signed["document"], SIGNER)
    assert again == signed
    shown = proofs.verify_certificate(signed, proofs.TrustPolicy.parse(policy))
    assert (shown.erasure_id, shown.receipt.kind) == (
        signed["document"]["id"],
        "erasure",
    )
