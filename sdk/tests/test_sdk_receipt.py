"""Receipts: the worked example of the design, and every way to tamper with one."""

import base64
import json

import pytest
from allod.proofs import (
    Entry,
    TrustPolicy,
    VerificationError,
    commit,
    content_commit,
    leaf_hash,
    node_hash,
    verify_inclusion,
    verify_receipt,
)
from hypothesis import given
from hypothesis import strategies as st
from paper_log import Key, a_log, b64, plain_json, subject_statement

LOG = Key("ledger.example/acme", "allod test log key")
POLICY = TrustPolicy.of_log(LOG.vkey)
RECEIPT = a_log().receipt(1)


def test_a_receipt_shows_what_was_stamped_and_where() -> None:
    shown = verify_receipt(RECEIPT.encode(), POLICY)
    assert (shown.type, shown.kind, shown.index) == ("subject", "contribution", 1)
    assert shown.checkpoint.size == 5
    assert shown.checkpoint.origin == LOG.name
    assert shown.statement["content_commit"] == b64(bytes(32))


@pytest.mark.parametrize("size", [1, 2, 3, 8, 33])
def test_every_receipt_of_a_log_verifies(size: int) -> None:
    log = a_log(size)
    for index in range(size):
        assert verify_receipt(log.receipt(index), POLICY).index == index


def test_a_receipt_with_witnesses_tells_when_they_saw_the_log() -> None:
    witness = Key("witness.example/w1", "allod test witness key", kind=4)
    lines = f"log {LOG.vkey}\nwitness w1 {witness.vkey}\nquorum w1\n"
    policy = TrustPolicy.parse(lines)
    receipt = a_log(witnesses=[witness]).receipt(4)
    assert verify_receipt(receipt, policy).witnessed == {"w1": 1767225600}
    with pytest.raises(VerificationError):
        verify_receipt(RECEIPT, policy)


@given(st.integers(0, len(RECEIPT.encode()) * 8 - 1))
def test_no_bit_of_a_receipt_can_be_flipped(bit: int) -> None:
    data = bytearray(RECEIPT.encode())
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises(VerificationError):
        verify_receipt(bytes(data), POLICY)


@given(st.integers(0, len(RECEIPT.encode()) - 1))
def test_no_receipt_can_be_cut_short(length: int) -> None:
    with pytest.raises(VerificationError):
        verify_receipt(RECEIPT.encode()[:length], POLICY)


def test_siblings_cannot_change_places() -> None:
    lines = RECEIPT.split("\n")
    lines[3], lines[4] = lines[4], lines[3]
    with pytest.raises(VerificationError):
        verify_receipt("\n".join(lines), POLICY)


def test_a_path_of_another_size_is_refused() -> None:
    head = a_log(6).receipt(1).partition("\n\n")[0]
    with pytest.raises(VerificationError):
        verify_receipt(f"{head}\n\n{a_log(5).checkpoint()}", POLICY)


def test_an_opening_with_other_words_is_another_leaf() -> None:
    log = a_log()
    extra = log.opening(1)
    for name, other in {
        "payload": log.opening(1)["payload"].replace("contribution", "consent"),
        "salt": b64(bytes(32)),
        "type": "operator",
        "time": 1767225660,
        "v": 2,
    }.items():
        with pytest.raises(VerificationError):
            verify_receipt(log.receipt(1, {**extra, name: other}), POLICY)


@pytest.mark.parametrize("salt", [b"", bytes(31), bytes(33), bytes(64)])
def test_a_salt_of_another_length_binds_nothing_and_is_refused(salt: bytes) -> None:
    log = a_log()
    kind, at, _, payload = log.openings[1]
    log.openings[1] = (kind, at, salt, payload)
    with pytest.raises(VerificationError):
        verify_receipt(log.receipt(1), POLICY)
    with pytest.raises(VerificationError):
        commit(salt, b"payload")
    with pytest.raises(VerificationError):
        content_commit(salt, b"content")


@pytest.mark.parametrize(
    "statement",
    [
        {"v": 1, "kind": "contribution", "at": 0, **subject_statement()},
        {"v": 2, "kind": "contribution", "at": 1767225600, **subject_statement()},
        {"v": 1, "kind": "Contribution", "at": 1767225600, **subject_statement()},
        {"v": 1, "kind": "contribution", "at": 1767225600},
        {"v": 1, "kind": "contribution", "at": True, **subject_statement()},
    ],
)
def test_a_stamped_payload_of_another_form_is_refused(
    statement: dict[str, str],
) -> None:
    log = a_log()
    kind, at, salt, _ = log.openings[1]
    log.openings[1] = (kind, at, salt, plain_json(statement))
    with pytest.raises(VerificationError):
        verify_receipt(log.receipt(1), POLICY)


def test_an_opening_has_one_spelling() -> None:
    log = a_log()
    loose = b64(json.dumps(log.opening(1)).encode())
    strict = b64(plain_json(log.opening(1)))
    with pytest.raises(VerificationError):
        verify_receipt(log.receipt(1).replace(strict, loose), POLICY)


def test_the_receipt_of_another_log_is_refused() -> None:
    other = Key("ledger.example/acme", "another key of the same name")
    with pytest.raises(VerificationError):
        verify_receipt(RECEIPT, TrustPolicy.of_log(other.vkey))


def test_the_worked_example_hashes_as_it_says() -> None:
    salt = bytes.fromhex(
        "dc90cf07de907ccc64636ceddb38e552a1a0d984743b1f36a447b73877012c39"
    )
    payload = b'{"kind":"review","seq":1,"subject":"cus_0001","v":1}'
    commitment = commit(salt, payload)
    assert commitment.hex() == (
        "5b0133d1bb95905b91e34a9cead42720e3f5bb6eb839ff4d9629188e71e6238b"
    )
    # The example is older than the closed list of types, and its leaf was made with
    # a type that is no longer one.
    entry = f"allod-entry/v1\ncontribution\n1767225601\n{b64(commitment)}\n".encode()
    leaves = [bytes.fromhex(text) for text in EXAMPLE_LEAVES]
    assert leaf_hash(entry) == leaves[1]
    n23 = node_hash(leaves[2], leaves[3])
    assert n23.hex().startswith("4374dba0")
    root = bytes.fromhex(EXAMPLE_ROOT)
    verify_inclusion(leaves[1], 1, 5, [leaves[0], n23, leaves[4]], root)
    accepted = POLICY.verify_checkpoint(EXAMPLE_CHECKPOINT)
    assert accepted.checkpoint.root == root
    with pytest.raises(VerificationError):
        Entry.parse(entry)


@given(st.binary(max_size=200))
def test_an_entry_has_one_spelling(data: bytes) -> None:
    entry = Entry("subject", len(data), leaf_hash(data)).encode()
    assert Entry.parse(entry).encode() == entry
    for bad in (entry[:-1], entry + b"\n", entry.replace(b"v1", b"v2"), data):
        with pytest.raises(VerificationError):
            Entry.parse(bad)


def test_the_extra_line_is_read_but_never_believed() -> None:
    line = RECEIPT.split("\n")[1].removeprefix("extra ")
    forged = json.loads(base64.b64decode(line))
    forged["payload"] = forged["payload"].replace("contribution", "export")
    with pytest.raises(VerificationError):
        verify_receipt(RECEIPT.replace(line, b64(plain_json(forged))), POLICY)


EXAMPLE_LEAVES = [
    "dfaefb5ce254742921a4eaf32f479408e6d7ac2504475d2703d93e17884b2139",
    "f42cd33450a2fa5a07587ed4abacc146a0d07d2c2e2b0f3aca74090d2a94fdd6",
    "dfaf4b391b65e7f6583d7a714b1d2bcd6596382947fd54b93212bc4880a30a50",
    "60705dcd592895fc6d5811688db0abca08079c0c167888b0bb7f5f215944a323",
    "abf27e16e897a8dad71cb2fb3ca1fe84c887b04220d1f003593156a4f2a165b7",
]
EXAMPLE_ROOT = "f83400ad4f3a69fd670b74f9698f5fb7146bf20efa96f1b003900e97044eeca7"
EXAMPLE_CHECKPOINT = """ledger.example/acme
5
+DQArU86af1nC3T5aY9ftxRr8g76lvGwA5AOlwRO7Kc=

— ledger.example/acme Kfg+Egd2bEv0k5KTt8jqLMDtFCJPn7MBb543w6uDlGbxBUuoNssDKn8NNlbzFqPNF4e5G8/JMhPVgtrxYz0r3d+o+A0=
— witness.example/w1 2ioHVgAAAABpVbkAAQp/C+buF6W4Fu6lRAmJjuoJjnXLhrTdo6eN6sr1kZtq36SeJ6bK0avqkNYnnbn8J30TKpkHQctjkrrmYy3bCg==
"""  # noqa: E501 - a signature line cannot be broken
