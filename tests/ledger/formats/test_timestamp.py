"""Tokens of a real authority (`openssl ts`), and of authorities that lie."""

from contextlib import suppress
from pathlib import Path

import pytest
from authorities import Authority
from cms_tokens import CONTENT_TYPE, SIGNED_DATA, TST_INFO, Maker, oid
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from ledger.formats.timestamp import (
    MAX_CHAIN_BYTES,
    MAX_TOKEN_BYTES,
    Chain,
    TimestampError,
    request,
    verify,
)

TEXT = "ledger.example/acme\n5\n+DQArU86af1nC3T5aY9ftxRr8g76lvGwA5AOlwRO7Kc=\n"
CURVE = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made(tmp_path_factory.mktemp("tsa") / "a")


@pytest.fixture(scope="module")
def chain(authority: Authority) -> Chain:
    return Chain.parse(authority.chain)


@pytest.fixture(scope="module")
def token(authority: Authority) -> bytes:
    return authority.over(TEXT)


@pytest.mark.parametrize(
    ("key", "through", "digest"),
    [(("rsa:2048",), True, "sha256"), (CURVE, False, "sha384")],
)
def test_what_openssl_stamps_verifies(
    tmp_path: Path, key: tuple[str, ...], digest: str, *, through: bool
) -> None:
    made = Authority.made(tmp_path / "a", key=key, through=through, digest=digest)
    asked = request(TEXT)
    answer = made.answer(asked.der)
    shown = verify(answer, TEXT, Chain.parse(made.chain), nonce=asked.nonce)
    assert shown.policy == "1.2.3.4.1"


def test_the_answer_to_another_request_is_refused(
    authority: Authority, chain: Chain
) -> None:
    asked = request(TEXT)
    with pytest.raises(TimestampError, match="another request"):
        verify(authority.answer(asked.der), TEXT, chain, nonce=asked.nonce + 1)


def test_an_answer_without_a_nonce_does_not_answer_a_request(
    token: bytes, chain: Chain
) -> None:
    with pytest.raises(TimestampError, match="another request"):
        verify(token, TEXT, chain, nonce=1)


def test_a_token_of_another_checkpoint_is_refused(token: bytes, chain: Chain) -> None:
    with pytest.raises(TimestampError, match="another checkpoint"):
        verify(token, TEXT.replace("\n5\n", "\n6\n"), chain)


def test_a_token_that_ends_in_another_root_is_refused(
    token: bytes, tmp_path: Path
) -> None:
    other = Authority.made(tmp_path / "b")
    with pytest.raises(TimestampError):
        verify(token, TEXT, Chain.parse(other.chain))


def test_a_refusal_of_openssl_is_no_token(authority: Authority, chain: Chain) -> None:
    answer = authority.answer(b"\x30\x00")
    with pytest.raises(TimestampError, match="did not grant"):
        verify(answer, TEXT, chain)


def test_a_certificate_that_is_named_by_sha1_alone_is_refused(tmp_path: Path) -> None:
    made = Authority.made(tmp_path / "a", ess="sha1")
    with pytest.raises(TimestampError, match="does not name"):
        verify(made.over(TEXT), TEXT, Chain.parse(made.chain))


@pytest.mark.parametrize("status", [1, 2, 3, 4, 5, 6, 99])
def test_whatever_is_not_granted_as_asked_is_refused(status: int) -> None:
    maker = Maker()
    with pytest.raises(TimestampError):
        verify(maker.answer(TEXT, status=status), TEXT, Chain.parse(maker.chain))


def test_a_token_by_hand_verifies_so_that_its_faults_are_what_fails() -> None:
    maker = Maker()
    verify(maker.answer(TEXT, nonce=9), TEXT, Chain.parse(maker.chain), nonce=9)


def test_a_signature_that_does_not_say_it_is_about_a_time_is_refused() -> None:
    maker = Maker()
    for about in ((), (oid(SIGNED_DATA),), (oid(TST_INFO), oid(SIGNED_DATA))):
        answer = maker.answer(TEXT, attributes={CONTENT_TYPE: about})
        with pytest.raises(TimestampError, match="unknown way"):
            verify(answer, TEXT, Chain.parse(maker.chain))


@pytest.mark.parametrize(
    ("version", "other"),
    [
        (b"\x02\x01\x03\x31", b"\x02\x01\x02\x31"),
        (b"\x02\x01\x01\x30", b"\x02\x01\x41\x30"),
    ],
    ids=["of the signed data", "of the signer"],
)
def test_a_version_that_nobody_signs_has_one_spelling(
    version: bytes, other: bytes
) -> None:
    maker = Maker()
    head, found, rest = maker.answer(TEXT).rpartition(version)
    assert found
    with pytest.raises(TimestampError):
        verify(head + other + rest, TEXT, Chain.parse(maker.chain))


@pytest.mark.parametrize(
    "maker",
    [
        Maker(eku=None),
        Maker(critical=False),
        Maker(eku=(ExtendedKeyUsageOID.CODE_SIGNING,)),
    ],
    ids=["no usage", "not critical", "another usage"],
)
def test_a_certificate_that_is_not_for_stamping_is_refused(maker: Maker) -> None:
    with pytest.raises(TimestampError):
        verify(maker.answer(TEXT), TEXT, Chain.parse(maker.chain))


@pytest.mark.parametrize("at", ["20280101000000Z", "20200101000000Z"])
def test_certificates_have_to_be_valid_when_the_token_was_made(at: str) -> None:
    maker = Maker()
    with pytest.raises(TimestampError):
        verify(maker.answer(TEXT, at=at), TEXT, Chain.parse(maker.chain))


@pytest.mark.parametrize("cut", [0, 1, 2, 40, 500, -1])
def test_a_token_that_is_cut_is_refused(token: bytes, chain: Chain, cut: int) -> None:
    with pytest.raises(TimestampError):
        verify(token[:cut], TEXT, chain)


@pytest.mark.parametrize("extra", [b"\0", b"\x05\0", b"\n"])
def test_a_token_with_something_after_it_is_refused(
    token: bytes, chain: Chain, extra: bytes
) -> None:
    with pytest.raises(TimestampError):
        verify(token + extra, TEXT, chain)


def test_a_token_beyond_all_measure_is_not_read(chain: Chain) -> None:
    with pytest.raises(TimestampError, match="too long"):
        verify(bytes(MAX_TOKEN_BYTES + 1), TEXT, chain)


@given(st.integers(0), st.integers(1, 255))
def test_a_flipped_bit_changes_nothing_that_is_shown(
    token: bytes, chain: Chain, place: int, flip: int
) -> None:
    """What nobody signs (the order of attributes, a copy) may vary; nothing else."""
    spoiled = bytearray(token)
    spoiled[place % len(token)] ^= flip
    said = verify(token, TEXT, chain)
    with suppress(TimestampError):
        assert verify(bytes(spoiled), TEXT, chain) == said


@given(st.binary(max_size=200))
def test_nonsense_raises_one_error(data: bytes) -> None:
    with pytest.raises(TimestampError):
        verify(data, TEXT, _CHAIN)


@pytest.mark.parametrize("pem", [b"", b"x", b"\xff", bytes(MAX_CHAIN_BYTES + 1)])
def test_what_is_no_chain_is_refused(pem: bytes) -> None:
    with pytest.raises(TimestampError):
        Chain.parse(pem)


def test_a_chain_without_a_root_is_refused(tmp_path: Path) -> None:
    made = Authority.made(tmp_path / "a")
    with pytest.raises(TimestampError, match="no root"):
        Chain.parse((made.folder / "tsa.pem").read_bytes())


_CHAIN = Chain.parse(Maker().chain)
