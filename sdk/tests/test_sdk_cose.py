"""COSE receipts: one spelling of the CBOR that they are in, and one reading."""

from collections.abc import Iterator

import cbor2
import pytest
from allod.proofs import TrustPolicy, VerificationError, verify_cose_receipt
from allod.proofs._cbor import Tagged, read_cbor
from hypothesis import given
from hypothesis import strategies as st
from ledgers import LedgerHouse, signer

from ledger.formats.cbor import Tag, encode

OURS = TrustPolicy.of_log(signer().verifier.vkey)

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


@given(at=st.integers(0, 900), new=st.binary(max_size=3), cut=st.integers(0, 3))
def test_a_receipt_that_was_edited_shows_the_same_or_nothing(
    receipt: bytes, at: int, new: bytes, cut: int
) -> None:
    edited = receipt[:at] + new + receipt[at + cut :]
    assert ours(edited) in {None, ours(receipt)}


@given(part=st.integers(0, 3), new=st.none() | st.integers() | st.binary() | st.text())
def test_a_part_of_another_type_is_refused(
    receipt: bytes, part: int, new: object
) -> None:
    parts = list(cbor2.loads(receipt).value)
    if new == parts[part]:
        return
    parts[part] = new
    edited = cbor2.dumps(cbor2.CBORTag(18, parts), canonical=True)
    assert ours(edited) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_with_the_one_error(data: bytes) -> None:
    with pytest.raises(VerificationError):
        verify_cose_receipt(data, OURS)


@pytest.mark.parametrize(
    "spelling",
    [
        "1817",  # a number in two bytes that needs one
        "190001",
        "5f4101ff",  # indefinite lengths
        "9f01ff",
        "bf6101ff",
        "a202010102",  # keys out of order
        "a201010102",  # a key twice
        "f4",  # false, undefined, a float, a simple value
        "f7",
        "f90000",
        "f8ff",
        "0000",  # more than one value
        "",
        "61ff",  # not UTF-8
        "a140f6",  # a key of bytes
        "1c",  # reserved
        "5b7fffffffffffffff",  # lengths beyond the end
        "9b7fffffffffffffff",
        "bb7fffffffffffffff",
        "81" * 40 + "00",  # too deep
    ],
)
def test_another_spelling_is_refused(spelling: str) -> None:
    with pytest.raises(VerificationError):
        read_cbor(bytes.fromhex(spelling))


@given(st.binary(max_size=200))
def test_any_bytes_are_the_one_spelling_of_a_value_or_refused(data: bytes) -> None:
    try:
        value = read_cbor(data)
    except VerificationError:
        return
    assert encode(plain(value)) == data


def plain(value: object) -> object:
    """Put what was read as the writer takes it."""
    match value:
        case Tagged():
            return Tag(value[0], plain(value[1]))
        case list():
            return [plain(each) for each in value]
        case dict():
            return {key: plain(each) for key, each in value.items()}
    return value


def test_a_policy_that_asks_for_witnesses_is_not_satisfied(receipt: bytes) -> None:
    witness = "w.example+da2a0756+BLlGRm/5myc36GUXSZuddspiNowEsuqA2JItMs/B/YYd"
    with pytest.raises(VerificationError):
        verify_cose_receipt(receipt, TrustPolicy((), {}, {}, witness))
