"""A log's second signature: what ML-DSA-44 signs, and every way it could mislead."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from allod import proofs
from allod.proofs import VerificationError
from hypothesis import given
from hypothesis import strategies as st
from ledgers import AT, ORIGIN, LedgerHouse, seed, signer
from one_verifier import verify_document, verify_receipt

from kit.errors import CannotStart
from ledger.files.mirror import Mirror
from ledger.formats.checkpoint import Checkpoint, CheckpointError
from ledger.formats.cosignature import over_text, over_tree, parted, stamped
from ledger.formats.encoding import decode64, encode64
from ledger.formats.note import open_note, sign, sign_document
from ledger.formats.signing import (
    COSIGNATURE,
    ML_DSA_44,
    Cosigner,
    NoteError,
    Signer,
    Verifier,
)
from ledger.formats.trust_policy import PolicyError, TrustPolicy
from ledger.log import Log

TREE = Checkpoint(ORIGIN, 300, bytes(range(32)))
TEXT = TREE.encode()
KEY = signer()
SECOND = Cosigner(ORIGIN, seed("second"), ML_DSA_44)
OTHER = Cosigner(ORIGIN, seed("another second"), ML_DSA_44)
PAIR = [KEY.verifier, SECOND.verifier]
NOTE = sign(TEXT, [KEY]) + SECOND.line(TEXT, AT)
REQUIRING = (
    f"log {KEY.verifier.vkey}\nwitness second {SECOND.verifier.vkey}\nquorum second\n"
)


def test_what_is_signed_is_the_structure_of_the_specification() -> None:
    expected = (
        b"subtree/v1\n\x00"
        b"\x13witness.example/one"
        b"\x00\x00\x00\x00\x6b\x02\xd9\x40"
        b"\x13ledger.example/acme"
        b"\x00\x00\x00\x00\x00\x00\x00\x00"
        b"\x00\x00\x00\x00\x00\x00\x01\x2c" + bytes(range(32))
    )
    assert over_tree("witness.example/one", AT, TEXT) == expected


def test_ed25519_signs_the_lines_of_the_specification() -> None:
    assert over_text(1679315147, TEXT).startswith(
        b"cosignature/v1\ntime 1679315147\nledger.example/acme\n300\n"
    )


def test_the_id_of_a_key_is_that_of_its_type() -> None:
    named = ORIGIN.encode() + b"\n\x06" + SECOND.verifier.public
    assert len(SECOND.verifier.public) == 1312
    assert SECOND.verifier.key_id == hashlib.sha256(named).digest()[:4]
    assert SECOND.verifier.key_id.hex() == "bddec9f6"
    assert Verifier.parse(SECOND.verifier.vkey) == SECOND.verifier


@given(st.integers(0, (1 << 63) - 1), st.binary())
def test_time_and_signature_are_parted_again(time: int, signature: bytes) -> None:
    assert parted(stamped(time, signature)) == (time, signature)


@pytest.mark.parametrize("signature", [b"", bytes(7), b"\x80" + bytes(80)])
def test_a_time_that_cannot_be_is_refused(signature: bytes) -> None:
    with pytest.raises(ValueError, match="cosignature"):
        parted(signature)


@pytest.mark.parametrize("text", ["", "text\n", TEXT + "\n", TEXT + "x", TEXT[:-1]])
def test_only_a_checkpoint_is_signed(text: str) -> None:
    with pytest.raises(CheckpointError):
        over_tree(ORIGIN, AT, text)
    with pytest.raises(NoteError):
        SECOND.line(text, AT)


def test_lines_below_the_checkpoint_are_no_part_of_what_is_signed() -> None:
    assert over_tree(ORIGIN, AT, TEXT + "extension\n") == over_tree(ORIGIN, AT, TEXT)
    assert SECOND.line(TEXT + "extension\n", AT)
    for lines in ("extension\n", "x\ny\n"):
        with pytest.raises(CheckpointError):
            Checkpoint.parse(TEXT + lines)


def test_a_name_fits_into_the_structure_or_is_refused() -> None:
    for name, origin in (("x" * 256, ORIGIN), (ORIGIN, "é" * 128)):
        text = Checkpoint(origin, 300, bytes(32)).encode()
        with pytest.raises(CheckpointError):
            over_tree(name, AT, text)
    assert over_tree("x" * 255, AT, TEXT)
    assert Cosigner("x" * 255, seed("x"), ML_DSA_44)
    with pytest.raises(NoteError):
        Cosigner("x" * 256, seed("x"), ML_DSA_44)


def test_both_signatures_verify_and_the_second_tells_its_time() -> None:
    found = open_note(NOTE, PAIR).signatures
    assert [(each.verifier, each.time) for each in found] == [
        (KEY.verifier, None),
        (SECOND.verifier, AT),
    ]


def test_whoever_does_not_know_the_second_key_passes_over_its_line() -> None:
    assert [each.verifier for each in open_note(NOTE, PAIR[:1]).signatures] == PAIR[:1]
    unknown = OTHER.line(Checkpoint(ORIGIN, 1, TREE.root).encode(), AT)
    assert open_note(NOTE + unknown, PAIR).text == TEXT


@pytest.mark.parametrize(
    "line",
    [
        SECOND.line(Checkpoint(ORIGIN, 301, TREE.root).encode(), AT),
        SECOND.line(Checkpoint(ORIGIN, 300, bytes(32)).encode(), AT),
        SECOND.line(Checkpoint("ledger.example/x", 300, TREE.root).encode(), AT),
    ],
)
def test_a_known_second_key_with_another_checkpoint_rejects_the_note(
    line: str,
) -> None:
    with pytest.raises(NoteError):
        open_note(sign(TEXT, [KEY]) + line, PAIR)


def test_a_signature_that_says_another_time_rejects_the_note() -> None:
    head, _, encoded = SECOND.line(TEXT, AT).rstrip("\n").rpartition(" ")
    data = decode64(encoded)
    later = data[:4] + stamped(AT + 1, parted(data[4:])[1])
    with pytest.raises(NoteError):
        open_note(f"{sign(TEXT, [KEY])}{head} {encode64(later)}\n", PAIR)


def test_a_key_under_another_name_signed_something_else() -> None:
    alias = Cosigner("witness.example/alias", seed("second"), ML_DSA_44)
    signature = decode64(SECOND.line(TEXT, AT).split(" ")[2].rstrip("\n"))[4:]
    with pytest.raises(NoteError):
        alias.verifier.check(TEXT, signature)


@pytest.mark.parametrize("length", [0, 7, 8, 72, 2427, 2429])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(NoteError):
        SECOND.verifier.check(TEXT, bytes(length))


@given(at=st.integers(min_value=0, max_value=len(NOTE.encode()) * 8 - 1))
def test_no_bit_of_a_note_with_two_lines_can_be_flipped(at: int) -> None:
    data = bytearray(NOTE.encode())
    data[at // 8] ^= 1 << at % 8
    try:
        signatures = open_note(bytes(data), PAIR).signatures
    except NoteError:
        return
    # A flip in a line's name or key id makes it another key's, which is passed over.
    assert len(signatures) == 1
    with pytest.raises(PolicyError):
        TrustPolicy.parse(REQUIRING).accept(bytes(data))


@given(st.binary(max_size=64), st.integers(0, 1800), st.integers(0, 64))
def test_an_edited_key_is_read_as_it_was_or_refused(
    new: bytes, at: int, cut: int
) -> None:
    vkey = SECOND.verifier.vkey
    edited = vkey[:at] + new.decode("latin-1") + vkey[at + cut :]
    try:
        assert Verifier.parse(edited).vkey == edited
    except NoteError:
        assert edited != vkey


def test_a_second_key_signs_no_document_and_no_cose_structure() -> None:
    signed = sign_document("allod/certificate/v1", {"a": 1}, KEY)
    forged = {**signed, "note": SECOND.line(TEXT, AT)}
    with pytest.raises(VerificationError):
        verify_document("allod/certificate/v1", forged, [KEY.verifier])
    assert verify_document("allod/certificate/v1", signed, [KEY.verifier]) == {"a": 1}
    second = proofs.Verifier.parse(SECOND.verifier.vkey)
    with pytest.raises(VerificationError):
        second.verify_octets(b"\x84\x6aSignature1", bytes(2420))


def test_a_cosigner_does_not_show_its_key() -> None:
    assert repr(SECOND) == f"Cosigner({ORIGIN!r})"
    with pytest.raises(NoteError):
        Cosigner(ORIGIN, seed("x"), 0x05)


# Policies.


def test_a_policy_may_trust_either_key_or_ask_for_both() -> None:
    alone = sign(TEXT, [KEY])
    for lines in ([KEY.verifier], PAIR):
        policy = TrustPolicy(tuple(lines))
        assert TrustPolicy.parse(policy.encode()) == policy
        assert policy.accept(alone).checkpoint == TREE
    requiring = TrustPolicy.parse(REQUIRING)
    assert requiring.accept(NOTE).witnessed == {"second": AT}
    only = TrustPolicy((SECOND.verifier,))
    assert only.accept(NOTE).checkpoint == TREE
    for policy in (requiring, only):
        with pytest.raises(PolicyError):
            policy.accept(alone)
        with pytest.raises(PolicyError):
            policy.accept(alone + OTHER.line(TEXT, AT))


@pytest.mark.parametrize(
    "line",
    [
        f"log {Cosigner(ORIGIN, seed('w'), COSIGNATURE).verifier.vkey}",
        f"witness w {KEY.verifier.vkey}",
        f"log {SECOND.verifier.vkey[:-4]}",
        f"log {SECOND.verifier.vkey.replace('+', '+0', 1)}",
        f"log {SECOND.verifier.vkey}\nlog {SECOND.verifier.vkey}",
    ],
)
def test_a_key_of_the_wrong_type_for_its_line_is_refused(line: str) -> None:
    with pytest.raises(PolicyError):
        TrustPolicy.parse(f"{line}\nquorum none\n")


# A log that cosigns.


@pytest.fixture
def house(tmp_path: Path) -> Iterator[LedgerHouse]:
    house = LedgerHouse(tmp_path / "house")
    yield house
    house.close()


def test_a_log_signs_with_both_keys_from_the_next_checkpoint_on(
    house: LedgerHouse,
) -> None:
    index, opening = house.contribute()
    house.log.publish()
    before = house.log.receipt(index, opening).encode()
    house.log.rekey([KEY], [SECOND], [])
    house.published(1)
    after = house.log.receipt(index, opening).encode()
    lines = after.splitlines()[-2:]
    assert [len(line.encode()) for line in lines] == [116, 3268]
    for receipt, asks in ((before, False), (after, True)):
        verify_receipt(receipt, house.log.policy)
        verify_receipt(receipt, TrustPolicy((KEY.verifier,)))
        assert _stands(receipt) == asks


def _stands(receipt: str) -> bool:
    try:
        verify_receipt(receipt, TrustPolicy.parse(REQUIRING))
    except VerificationError:
        return False
    return True


def test_a_log_cosigns_under_its_own_name_alone(house: LedgerHouse) -> None:
    stranger = Cosigner("ledger.example/x", seed("x"), ML_DSA_44)
    with pytest.raises(CannotStart):
        Log(
            house.database,
            signer=Signer(ORIGIN, seed("x")),
            cosigners=[stranger],
            mirror=Mirror(house.mirror_folder),
            clock=house.clock,
        )
