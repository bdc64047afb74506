"""COSE receipts in the SDK: the same verdict as the server's on whatever there is."""

from collections.abc import Iterator

import cbor2
import pytest
from allod.proofs import TrustPolicy, VerificationError, verify_cose_receipt
from allod.proofs._cbor import Tagged, read_cbor
from hypothesis import given
from hypothesis import strategies as st
from ledgers import LedgerHouse, signer

from kit.errors import AllodError
from ledger.formats.cbor import CborError, Tag, decode
from ledger.formats.cose import CoseReceipt
from ledger.formats.trust_policy import TrustPolicy as ServerPolicy

OURS = TrustPolicy.of_log(signer().verifier.vkey)
THEIRS = ServerPolicy((signer().verifier,))

Shown = tuple[str, str, str, int, bytes, bytes]


@pytest.fixture(scope="module")
def receipt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[bytes]:
    house = LedgerHouse(tmp_path_factory.mktemp("log"))
    openings = [house.contribute()[1] for _ in range(6)]
    house.log.publish()
    yield house.log.cose_receipt(3, openings[3]).encode()
    house.close()


def ours(data: bytes) -> Shown | None:
    try:
        shown = verify_cose_receipt(data, OURS)
    except VerificationError:
        return None
    return (shown.origin, shown.type, shown.kind, shown.at, shown.payload, shown.root)


def theirs(data: bytes) -> Shown | None:
    try:
        shown = CoseReceipt.parse(data).verify(THEIRS)
    except AllodError:
        return None
    return (shown.origin, shown.type, shown.kind, shown.at, shown.payload, shown.root)


def test_both_verifiers_show_the_same(receipt: bytes) -> None:
    shown = ours(receipt)
    assert shown is not None
    assert shown[2] == "contribution"
    assert shown == theirs(receipt)


@given(at=st.integers(0, 900), new=st.binary(max_size=3), cut=st.integers(0, 3))
def test_both_say_the_same_of_a_receipt_that_was_edited(
    receipt: bytes, at: int, new: bytes, cut: int
) -> None:
    edited = receipt[:at] + new + receipt[at + cut :]
    assert ours(edited) == theirs(edited)
    assert ours(edited) in {None, ours(receipt)}


@given(part=st.integers(0, 3), new=st.none() | st.integers() | st.binary() | st.text())
def test_a_part_of_another_type_is_refused_by_both(
    receipt: bytes, part: int, new: object
) -> None:
    parts = list(cbor2.loads(receipt).value)
    if new == parts[part]:
        return
    parts[part] = new
    edited = cbor2.dumps(cbor2.CBORTag(18, parts), canonical=True)
    assert ours(edited) is theirs(edited) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_with_the_one_error(data: bytes) -> None:
    with pytest.raises(VerificationError):
        verify_cose_receipt(data, OURS)


@given(st.binary(max_size=40))
def test_both_readers_of_cbor_read_the_same(data: bytes) -> None:
    try:
        read = read_cbor(data)
    except VerificationError:
        with pytest.raises(CborError):
            decode(data)
        return
    assert plain(read) == plain(decode(data))


def plain(value: object) -> object:
    match value:
        case Tagged():
            return ("tag", value[0], plain(value[1]))
        case Tag():
            return ("tag", value.number, plain(value.value))
        case list():
            return [plain(each) for each in value]
        case dict():
            return {key: plain(each) for key, each in value.items()}
    return value


def test_a_policy_that_asks_for_witnesses_is_not_satisfied(receipt: bytes) -> None:
    witness = "w.example+da2a0756+BLlGRm/5myc36GUXSZuddspiNowEsuqA2JItMs/B/YYd"
    with pytest.raises(VerificationError):
        verify_cose_receipt(receipt, TrustPolicy((), {}, {}, witness))
