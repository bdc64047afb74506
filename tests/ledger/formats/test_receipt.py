"""Receipts: verified from the payload to the signature, with a policy and no server."""

import base64
import hashlib
import json
from dataclasses import replace

import pytest
from allod import proofs
from allod.proofs import VerificationError
from hypothesis import given
from hypothesis import strategies as st
from ledgers import ORIGIN, entries, signer, stamped
from one_verifier import verify_receipt

from kit.canonical import canonical
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.commitment import Opening, commit
from ledger.formats.merkle import CompactRange, inclusion_path, leaf_hash, node_hash
from ledger.formats.note import sign
from ledger.formats.receipt import Proof, ProofError, Receipt
from ledger.formats.tiles import Growth, nodes
from ledger.formats.trust_policy import TrustPolicy

KEY = signer()
POLICY = TrustPolicy((KEY.verifier,))

# The worked example of the formats: five entries, a receipt for index 1, one witness.
WORKED = """c2sp.org/tlog-proof@v1
extra eyJwYXlsb2FkIjoie1wia2luZFwiOlwicmV2aWV3XCIsXCJzZXFcIjoxLFwic3ViamVjdFwiOlwiY3VzXzAwMDFcIixcInZcIjoxfSIsInNhbHQiOiIzSkRQQjk2UWZNeGtZMnp0MnpqbFVxR2cyWVIwT3g4MnBFZTNPSGNCTERrPSIsInRpbWUiOjE3NjcyMjU2MDEsInR5cGUiOiJjb250cmlidXRpb24iLCJ2IjoxfQ==
index 1
3677XOJUdCkhpOrzL0eUCObXrCUER10nA9k+F4hLITk=
Q3TboJbltKrVl94+8yB8tid9y5H6O93yLAabwAGhbAA=
q/J+FuiXqNrXHLL7PKH+hMiHsEIg0fADWTFWpPKhZbc=

ledger.example/acme
5
+DQArU86af1nC3T5aY9ftxRr8g76lvGwA5AOlwRO7Kc=

— ledger.example/acme Kfg+Egd2bEv0k5KTt8jqLMDtFCJPn7MBb543w6uDlGbxBUuoNssDKn8NNlbzFqPNF4e5G8/JMhPVgtrxYz0r3d+o+A0=
— witness.example/w1 2ioHVgAAAABpVbkAAQp/C+buF6W4Fu6lRAmJjuoJjnXLhrTdo6eN6sr1kZtq36SeJ6bK0avqkNYnnbn8J30TKpkHQctjkrrmYy3bCg==
"""  # noqa: E501 - the lines are the format's
WORKED_POLICY = (
    "log ledger.example/acme+29f83e12+AdQo9qK0N0yGTTCu4HAyOSF1gLLhKyVM+fpGB78zLHXC\n"
    "witness w1 witness.example/w1+da2a0756"
    "+BLlGRm/5myc36GUXSZuddspiNowEsuqA2JItMs/B/YYd\n"
    "quorum w1\n"
)
WORKED_ENTRY = (
    b"allod-entry/v1\ncontribution\n1767225601\n"
    b"WwEz0buVkFuR40qc6tQnIOP1u264Of9NlikYjnHmI4s=\n"
)
WORKED_LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "dfaefb5ce254742921a4eaf32f479408e6d7ac2504475d2703d93e17884b2139",
        "f42cd33450a2fa5a07587ed4abacc146a0d07d2c2e2b0f3aca74090d2a94fdd6",
        "dfaf4b391b65e7f6583d7a714b1d2bcd6596382947fd54b93212bc4880a30a50",
        "60705dcd592895fc6d5811688db0abca08079c0c167888b0bb7f5f215944a323",
        "abf27e16e897a8dad71cb2fb3ca1fe84c887b04220d1f003593156a4f2a165b7",
    )
]
WORKED_ROOT = "f83400ad4f3a69fd670b74f9698f5fb7146bf20efa96f1b003900e97044eeca7"


def test_the_worked_example_verifies() -> None:
    proof = Proof.parse(WORKED)
    assert len(WORKED.encode()) == 727
    assert proof.encode() == WORKED
    accepted = proofs.TrustPolicy.parse(WORKED_POLICY).verify_checkpoint(proof.note)
    tree = accepted.checkpoint
    assert tree.root.hex() == WORKED_ROOT
    leaf = leaf_hash(WORKED_ENTRY)
    proofs.verify_inclusion(leaf, proof.index, tree.size, proof.path, tree.root)
    assert dict(accepted.witnessed) == {"w1": 1_767_225_600}


def test_the_hashes_of_the_worked_example_are_reproduced() -> None:
    tree = CompactRange()
    for leaf in WORKED_LEAVES:
        tree.append(leaf)
    assert tree.root().hex() == WORKED_ROOT
    assert leaf_hash(WORKED_ENTRY) == WORKED_LEAVES[1]
    assert node_hash(*WORKED_LEAVES[:2]).hex().startswith("ea6ec6bdab1b3627")


def test_the_checkpoint_of_the_worked_example_is_signed_again_to_the_byte() -> None:
    note = sign(Checkpoint(ORIGIN, 5, bytes.fromhex(WORKED_ROOT)).encode(), [KEY])
    assert WORKED.split("\n\n", 1)[1].startswith(note)


def test_the_opening_of_the_worked_example_gives_its_entry() -> None:
    extra = json.loads(Proof.parse(WORKED).extra or b"")
    salt = base64.b64decode(extra["salt"])
    assert salt == hashlib.sha256(b"salt1").digest()
    commitment = base64.b64encode(commit(salt, extra["payload"].encode()))
    assert commitment in WORKED_ENTRY


def receipt(index: int = 70, size: int = 300) -> Receipt:
    """A receipt in a tree of stand-ins, with one true entry."""
    entry, opening = stamped()
    bodies = [each.encode() for each in entries(size)]
    bodies[index] = entry.encode()
    growth = Growth(CompactRange(), lambda *_: b"")
    growth.add(bodies)
    tiles = {(ref.level, ref.n): data for ref, data in growth.drain()}
    path = inclusion_path(size, index, nodes(lambda *key: tiles[key]))
    text = Checkpoint(ORIGIN, size, growth.range.root()).encode()
    return Receipt(index, tuple(path), sign(text, [KEY]), opening.opening)


RECEIPT = receipt()
TEXT = RECEIPT.encode()


def test_a_receipt_verifies_with_a_policy_and_nothing_else() -> None:
    verified = verify_receipt(TEXT, POLICY)
    tree = verified.checkpoint
    assert (tree.origin, verified.index, tree.size) == (ORIGIN, 70, 300)
    assert (verified.kind, verified.at) == ("contribution", RECEIPT.opening.at)
    assert verified.statement["content_commit"]
    assert Receipt.parse(TEXT.encode()) == RECEIPT


def test_a_receipt_carries_neither_customer_nor_record() -> None:
    extra = Proof.parse(TEXT).extra or b""
    assert bytes(range(16)).hex().encode() not in extra
    assert b"link" in extra
    assert b"record" not in extra


def _other_statement() -> Opening:
    statement = json.loads(RECEIPT.opening.payload)
    payload = canonical({**statement, "kind": "consent"})
    return replace(RECEIPT.opening, payload=payload)


@pytest.mark.parametrize(
    "forged",
    [
        replace(RECEIPT, index=71),
        replace(RECEIPT, index=300),
        replace(RECEIPT, path=RECEIPT.path[:-1]),
        replace(RECEIPT, path=RECEIPT.path[::-1]),
        replace(RECEIPT, path=(bytes(32), *RECEIPT.path[1:])),
        replace(RECEIPT, note=receipt(3, 9).note),
        replace(RECEIPT, note=sign("ledger.example/acme\n1\nx\n", [KEY])),
        replace(RECEIPT, note=RECEIPT.note.replace("300", "301")),
        replace(RECEIPT, opening=replace(RECEIPT.opening, salt=bytes(32))),
        replace(RECEIPT, opening=replace(RECEIPT.opening, salt=bytes(33))),
        replace(
            RECEIPT,
            opening=replace(RECEIPT.opening, salt=RECEIPT.opening.salt + b"\0"),
        ),
        replace(RECEIPT, opening=replace(RECEIPT.opening, at=0)),
        replace(RECEIPT, opening=replace(RECEIPT.opening, at=-1)),
        replace(RECEIPT, opening=replace(RECEIPT.opening, payload=b"{}")),
        replace(RECEIPT, opening=_other_statement()),
    ],
)
def test_a_forged_receipt_does_not_verify(forged: Receipt) -> None:
    with pytest.raises(VerificationError):
        verify_receipt(forged, POLICY)


def test_a_receipt_of_another_log_does_not_verify() -> None:
    with pytest.raises(VerificationError):
        verify_receipt(RECEIPT, TrustPolicy((signer(text="another key").verifier,)))


@given(at=st.integers(min_value=0, max_value=len(TEXT.encode()) * 8 - 1))
def test_no_bit_of_a_receipt_can_be_flipped(at: int) -> None:
    data = bytearray(TEXT.encode())
    data[at // 8] ^= 1 << at % 8
    with pytest.raises(VerificationError):
        verify_receipt(bytes(data), POLICY)


@given(data=st.one_of(st.binary(), st.text()))
def test_anything_at_all_is_refused_with_one_error(data: bytes | str) -> None:
    with pytest.raises(ProofError):
        Receipt.parse(data)
    with pytest.raises(VerificationError):
        verify_receipt(data, POLICY)


@given(lines=st.lists(st.sampled_from(TEXT.split("\n")), max_size=12))
def test_lines_in_another_order_are_refused_with_one_error(lines: list[str]) -> None:
    text = "\n".join(lines)
    if text == TEXT:
        return
    with pytest.raises(VerificationError):
        verify_receipt(text, POLICY)


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("@v1", "@v2"),
        TEXT.replace("index 70", "index 070"),
        TEXT.replace("index 70", "index  70"),
        TEXT.replace("index 70\n", ""),
        TEXT.replace("extra ", "extra  "),
        TEXT.replace("\n\n", "\n", 1),
        TEXT.replace("index 70", "index 70\n" + "\n".join(["A" * 43 + "="] * 70)),
        TEXT.replace("index 70", "index 70\nAAAA"),
        "x" * ((1 << 18) + 1),
        TEXT + "\udcff",
    ],
)
def test_another_spelling_of_a_receipt_is_refused(text: str) -> None:
    with pytest.raises(ProofError):
        Receipt.parse(text)
    with pytest.raises(VerificationError):
        verify_receipt(text, POLICY)


@pytest.mark.parametrize(
    "extra",
    [
        None,
        b"",
        b"{}",
        b'{"payload":"","salt":"","time":0,"type":"other","v":1}',
        b'{"payload":"","salt":"","time":"0","type":"subject","v":1}',
        b'{"payload":0,"salt":"","time":0,"type":"subject","v":1}',
        b'{"payload":"","salt":"!","time":0,"type":"subject","v":1}',
        b'{"payload":"","salt":"","time":0,"type":"subject","v":2}',
        b'{"payload":"","salt":"","time":0,"type":[],"v":1}',
    ],
)
def test_a_proof_without_an_opening_is_no_receipt(extra: bytes | None) -> None:
    proof = Proof(RECEIPT.index, RECEIPT.path, RECEIPT.note, extra)
    with pytest.raises(ProofError):
        Receipt.parse(proof.encode())
    with pytest.raises(VerificationError):
        verify_receipt(proof.encode(), POLICY)


def test_a_receipt_is_small_in_a_large_tree() -> None:
    path = (bytes(32),) * 20
    assert len(replace(RECEIPT, path=path, index=999_999).encode()) < 2_600
