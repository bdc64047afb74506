"""COSE receipts: read by a verifier that nobody here wrote, and by our own."""

from typing import Any

import cbor2
import pytest
import scitt_cose
from allod.proofs import VerificationError, VerifiedCose, Verifier
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from ledgers import ORIGIN, LedgerHouse, signer
from one_verifier import verify_cose
from paper_log import Key

from ledger.formats.commitment import Opening
from ledger.formats.signing import NoteError
from ledger.formats.trust_policy import TrustPolicy

POLICY = TrustPolicy((signer().verifier,))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[bytes, Opening]]:
    """Give receipts of a log of seven entries, with what opens each."""
    house = LedgerHouse(tmp_path_factory.mktemp("log"))
    openings = [house.contribute()[1] for _ in range(7)]
    house.log.publish()
    receipts = {
        index: (house.log.cose_receipt(index, opening).encode(), opening)
        for index, opening in enumerate(openings)
    }
    house.close()
    return receipts


Made = dict[int, tuple[bytes, Opening]]


def verified(data: bytes, policy: TrustPolicy = POLICY) -> VerifiedCose:
    return verify_cose(data, policy)


def refused(data: bytes, policy: TrustPolicy = POLICY) -> None:
    with pytest.raises(VerificationError):
        verified(data, policy)


def test_ours_shows_what_was_stamped(made: Made) -> None:
    for data, opening in made.values():
        shown = verified(data)
        assert (shown.origin, shown.kind) == (ORIGIN, "contribution")
        assert shown.payload == opening.payload


def test_a_strangers_verifier_accepts_each_for_its_entry_alone(made: Made) -> None:
    public = Ed25519PublicKey.from_public_bytes(signer().verifier.public)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    entries = [opening.entry().encode() for _, opening in made.values()]
    for index, (data, _) in made.items():
        for other, entry in enumerate(entries):
            found = scitt_cose.verify_receipt(
                data, leaf_entry_hex=entry.hex(), log_public_key_pem=pem
            )
            assert found.ok == (index == other), found.errors
            if found.ok:
                assert (found.tree_size, found.leaf_index) == (7, index)
                assert found.issuer == ORIGIN


def test_it_is_laid_out_as_the_standard_says(made: Made) -> None:
    message = cbor2.loads(made[3][0])
    protected, unprotected, payload, signature = message.value
    assert (message.tag, payload, len(signature)) == (18, None, 64)
    key_id = signer().verifier.key_id
    assert cbor2.loads(protected) == {1: -8, 4: key_id, 15: {1: ORIGIN}, 395: 1}
    (proof,) = unprotected[396][-1]
    size, index, path = cbor2.loads(proof)
    assert (size, index, [len(each) for each in path]) == (7, 3, [32, 32, 32])
    structure = cbor2.dumps(["Signature1", protected, b"", verified(made[3][0]).root])
    Verifier.parse(signer().verifier.vkey).verify_octets(structure, signature)


@given(data=st.data())
def test_no_bit_can_be_flipped_to_say_something_else(
    made: Made, data: st.DataObject
) -> None:
    receipt, _ = made[data.draw(st.integers(0, 6))]
    bent = bytearray(receipt)
    place = data.draw(st.integers(0, len(bent) * 8 - 1))
    bent[place // 8] ^= 1 << place % 8
    try:
        shown = verified(bytes(bent))
    except VerificationError:
        return
    assert shown == verified(receipt)


@given(length=st.integers(0, 300), more=st.binary(max_size=4))
def test_neither_a_part_nor_more_than_a_receipt_is_one(
    made: Made, length: int, more: bytes
) -> None:
    whole = made[0][0]
    refused(whole[:length] + more)
    if more:
        refused(whole + more)


@given(st.binary(max_size=300))
def test_any_other_bytes_are_refused_with_the_same_error(data: bytes) -> None:
    refused(data)


def rebuilt(data: bytes, change: dict[str, Any]) -> bytes:
    """Write a receipt anew with another part, canonically."""
    message = cbor2.loads(data)
    protected, unprotected, payload, signature = message.value
    parts = {
        "protected": cbor2.loads(protected),
        "unprotected": unprotected,
        "payload": payload,
        "signature": signature,
        **change,
    }
    header = cbor2.dumps(parts["protected"], canonical=True)
    value = [header, parts["unprotected"], parts["payload"], parts["signature"]]
    return bytes(cbor2.dumps(cbor2.CBORTag(18, value), canonical=True))


HEADER = {1: -8, 4: signer().verifier.key_id, 15: {1: ORIGIN}, 395: 1}


@pytest.mark.parametrize(
    "change",
    [
        {"protected": {**HEADER, 1: -7}},
        {"protected": {**HEADER, 395: 2}},
        {"protected": {**HEADER, 4: b"none"}},
        {"protected": {**HEADER, 15: {1: "ledger.example/other"}}},
        {"protected": {**HEADER, 2: [395]}},
        {"protected": {}},
        {"payload": bytes(32)},
        {"signature": bytes(64)},
        {"signature": b""},
        {"unprotected": {}},
        {"unprotected": {396: {-1: []}}},
    ],
)
def test_another_part_is_refused(made: Made, change: dict[str, Any]) -> None:
    assert rebuilt(made[0][0], {}) == made[0][0]
    refused(rebuilt(made[0][0], change))


def test_the_proof_or_the_opening_of_another_is_refused(made: Made) -> None:
    first, second = (cbor2.loads(made[index][0]).value[1] for index in (0, 1))
    opening = "allod/opening/v1"
    refused(rebuilt(made[0][0], {"unprotected": {**first, opening: second[opening]}}))
    refused(rebuilt(made[0][0], {"unprotected": {**first, 396: second[396]}}))


def test_another_log_or_another_key_is_not_trusted(made: Made) -> None:
    for other in (signer(text="another key"), signer("ledger.example/other")):
        refused(made[0][0], TrustPolicy((other.verifier,)))


def test_a_policy_that_asks_for_witnesses_asks_for_another_receipt(made: Made) -> None:
    witness = Key("witness.example/w1", "allod test witness key", 4).vkey
    text = f"{POLICY.encode().partition('quorum')[0]}witness w1 {witness}\nquorum w1\n"
    refused(made[0][0], TrustPolicy.parse(text))


def test_size_and_index_are_not_shown_since_they_are_not_signed(made: Made) -> None:
    # The fifth of seven has, in a tree of eight, a path of the same shape.
    _, unprotected, _, _ = cbor2.loads(made[4][0]).value
    _, index, path = cbor2.loads(unprotected[396][-1][0])
    moved = cbor2.dumps([8, index, path])
    shown = verified(
        rebuilt(made[4][0], {"unprotected": {**unprotected, 396: {-1: [moved]}}})
    )
    assert shown == verified(made[4][0])
    assert not {"index", "size"} & set(VerifiedCose.__slots__)


def test_a_key_signs_nothing_as_cose_that_could_be_a_note() -> None:
    for text in (f"{ORIGIN}\n1\nx\n", "allod/consent/v1\n{}\n", ""):
        with pytest.raises(NoteError):
            signer().sign_structure(text.encode())
    structure = cbor2.dumps(["Signature1", b"", b"", bytes(32)])
    with pytest.raises(UnicodeDecodeError):
        structure.decode()
