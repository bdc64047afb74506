"""Time stamps: those of `openssl ts`, those of liars, and evidence made of them."""

import io
import json
import zipfile
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from allod.proofs import (
    TrustPolicy,
    VerificationError,
    verify_time_evidence,
    verify_timestamp,
)
from allod.proofs import _der as der
from allod.proofs.cli import main
from authorities import Authority, openssl
from cms_tokens import (
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SIGNING_CERTIFICATE,
    Maker,
    integer,
    octets,
    oid,
    sequence,
)
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import example, given
from hypothesis import strategies as st
from one_verifier import read_evidence
from paper_log import Key, a_log

from ledger.formats import timestamp as server
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.evidence import of
from ledger.formats.receipt import Receipt
from ledger.formats.trust_policy import TrustPolicy as ServerPolicy

Capture = pytest.CaptureFixture[str]
LOG = a_log(7)
OTHER = Key("ledger.example/acme", "another key")
POLICY = f"log {LOG.key.vkey}\nquorum none\n"
RECEIPT = LOG.receipt(2)
TEXT = RECEIPT.partition("\n\n")[2].partition("\n\n")[0] + "\n"
CURVE = ("ec", "-pkeyopt", "ec_paramgen_curve:P-384")
MAKER = Maker()
BY_HAND = MAKER.answer(TEXT)
CODE = ExtendedKeyUsageOID.CODE_SIGNING
STAMPING = ExtendedKeyUsageOID.TIME_STAMPING


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made(tmp_path_factory.mktemp("tsa") / "a", through=True)


@pytest.fixture(scope="module")
def token(authority: Authority) -> bytes:
    return authority.over(TEXT)


@pytest.fixture(scope="module")
def evidence(authority: Authority, token: bytes) -> bytes:
    made = of(
        Receipt.parse(RECEIPT),
        Checkpoint.parse(TEXT),
        token=token,
        chain=authority.chain,
        policy=ServerPolicy.parse(POLICY),
    )
    return made.encode()


def refused(answer: bytes, text: str = TEXT, roots: bytes = MAKER.chain) -> str:
    with pytest.raises(VerificationError) as caught:
        verify_timestamp(answer, text, roots)
    return str(caught.value)


def test_what_openssl_stamps_verifies(authority: Authority, token: bytes) -> None:
    shown = verify_timestamp(token, TEXT, authority.chain)
    assert abs(datetime.now(UTC) - shown.at) < timedelta(minutes=5)
    assert shown.accuracy == timedelta(seconds=1, milliseconds=500)
    assert (shown.authority, shown.policy) == ("CN=Test tsa,O=Test", "1.2.3.4.1")


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_other_keys_and_digests_verify_too(tmp_path: Path, digest: str) -> None:
    made = Authority.made(tmp_path / "a", key=CURVE, digest=digest)
    verify_timestamp(made.over(TEXT), TEXT, made.chain)


def test_a_root_that_the_verifier_does_not_know_is_refused(
    token: bytes, authority: Authority
) -> None:
    assert "known root" in refused(token)
    root = (authority.folder / "root.pem").read_bytes()
    # The token brings the certificate that signs and nothing of what is above it.
    assert "known root" in refused(token, roots=root)


def test_a_token_by_hand_verifies_so_that_its_faults_are_what_fails() -> None:
    verify_timestamp(BY_HAND, TEXT, MAKER.chain)
    verify_timestamp(
        MAKER.answer(TEXT, nonce=1 << 63, at="20261122120000.25Z"), TEXT, MAKER.chain
    )


@pytest.mark.parametrize("status", [1, 2, 3, 4, 5, 6, 99])
def test_whatever_is_not_granted_as_asked_is_refused(status: int) -> None:
    assert "did not grant" in refused(MAKER.answer(TEXT, status=status))
    assert "did not grant" in refused(MAKER.answer(TEXT, status=status, token=False))


def test_granted_without_a_token_is_refused() -> None:
    assert "missing" in refused(MAKER.answer(TEXT, token=False))


@pytest.mark.parametrize(
    "maker",
    [
        Maker(eku=None),
        Maker(critical=False),
        Maker(eku=(CODE,)),
        Maker(eku=(STAMPING, CODE)),
    ],
    ids=["no usage", "not critical", "another usage", "two usages"],
)
def test_a_certificate_that_is_not_for_stamping_alone_is_refused(maker: Maker) -> None:
    assert "stamps alone" in refused(maker.answer(TEXT), roots=maker.chain)


def test_an_issuer_that_is_no_authority_is_refused() -> None:
    maker = Maker(root_is_authority=False)
    assert "known root" in refused(maker.answer(TEXT), roots=maker.chain)


@pytest.mark.parametrize("at", ["20280101000000Z", "20200101000000Z"])
def test_certificates_have_to_be_valid_when_the_token_was_made(at: str) -> None:
    assert "not valid when it stamped" in refused(MAKER.answer(TEXT, at=at))


def test_a_certificate_that_has_expired_since_does_no_harm() -> None:
    maker = Maker(
        since=datetime(2020, 1, 1, tzinfo=UTC), until=datetime(2020, 2, 1, tzinfo=UTC)
    )
    answer = maker.answer(TEXT, at="20200115000000Z")
    assert verify_timestamp(answer, TEXT, maker.chain).at.year == 2020


def test_a_signature_by_another_key_is_refused() -> None:
    liar = Maker(root_key=MAKER.root_key)
    liar.leaf = MAKER.leaf
    assert "do not hold" in refused(liar.answer(TEXT))


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ({CONTENT_TYPE: ()}, "missing"),
        ({MESSAGE_DIGEST: ()}, "missing"),
        ({SIGNING_CERTIFICATE: ()}, "missing"),
        ({CONTENT_TYPE: (oid("1.2.840.113549.1.7.1"),)}, "something else"),
        ({MESSAGE_DIGEST: (octets(bytes(32)),)}, "other content"),
        ({MESSAGE_DIGEST: (octets(bytes(32)), octets(bytes(31)))}, "not one value"),
        (
            {SIGNING_CERTIFICATE: (sequence(sequence(sequence(octets(bytes(32))))),)},
            "another certificate",
        ),
    ],
)
def test_each_signed_attribute_is_held_to(
    attributes: dict[str, tuple[bytes, ...]], why: str
) -> None:
    assert why in refused(MAKER.answer(TEXT, attributes=attributes))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"imprint": bytes(32)}, "another text"),
        ({"imprint": b""}, "another text"),
        ({"digest": "2.16.840.1.101.3.4.2.3"}, "another kind of digest"),
        ({"digest": "1.3.14.3.2.26"}, "another kind of digest"),
        ({"version": 2}, "another version"),
        ({"at": "20261122120000.50Z"}, "another form"),
        ({"at": "20261122120000"}, "another form"),
        ({"at": "202611221200Z"}, "another form"),
        ({"at": "20261322120000Z"}, "no time"),
        ({"at": "20261122120000.1234567Z"}, "another form"),
        ({"extra": integer(1) + integer(1)}, "follows"),
        (
            {"extra": b"\xa1\x0d\x30\x0b\x06\x03\x2a\x03\x04\x01\x01\xff\x04\x01\0"},
            "critical",
        ),
    ],
)
def test_each_part_of_what_is_signed_is_held_to(
    wrong: dict[str, Any], why: str
) -> None:
    assert why in refused(MAKER.answer(TEXT, **wrong))


@pytest.mark.parametrize("extra", [b"\0", b"\x05\0", b"\n"])
def test_a_token_with_something_after_it_is_refused(extra: bytes) -> None:
    assert "follows" in refused(BY_HAND + extra)


def test_a_token_that_is_cut_is_refused_wherever_it_is_cut() -> None:
    for cut in range(0, len(BY_HAND), 7):
        refused(BY_HAND[:cut])


@pytest.mark.parametrize("roots", [b"", b"x", b"\xff" * 9, bytes(1 << 17)])
def test_roots_that_are_none_are_refused(roots: bytes) -> None:
    refused(BY_HAND, roots=roots)


@given(st.integers(0), st.integers(1, 255))
def test_a_flipped_bit_changes_nothing_that_is_shown(place: int, flip: int) -> None:
    spoiled = bytearray(BY_HAND)
    spoiled[place % len(BY_HAND)] ^= flip
    said = verify_timestamp(BY_HAND, TEXT, MAKER.chain)
    with suppress(VerificationError):
        assert verify_timestamp(bytes(spoiled), TEXT, MAKER.chain) == said


@given(st.integers(0), st.integers(0, 4), st.binary(max_size=4))
def test_what_was_edited_and_still_verifies_here_verifies_there(
    place: int, cut: int, new: bytes
) -> None:
    """The SDK is the stricter of the two: it never takes what the server refuses."""
    at = place % len(BY_HAND)
    edited = BY_HAND[:at] + new + BY_HAND[at + cut :]
    with suppress(VerificationError):
        verify_timestamp(edited, TEXT, MAKER.chain)
        server.verify(edited, TEXT, server.Chain.parse(MAKER.chain))


@given(st.binary(max_size=200))
@example(b"\x30\x80\0\0")
@example(b"\x30\x84\0\0\0\0")
@example(b"\x30\x81\x01\0")
def test_nonsense_raises_one_error(data: bytes) -> None:
    refused(data)
    with pytest.raises(VerificationError):
        verify_time_evidence(data, TrustPolicy.parse(POLICY), MAKER.chain)
    with pytest.raises(VerificationError):
        verify_time_evidence(b"PK\5\6" + data, TrustPolicy.parse(POLICY), MAKER.chain)


@pytest.mark.parametrize("data", ["0200", "02020001", "0202ffff", "0203000001"])
def test_an_integer_has_one_spelling(data: str) -> None:
    with pytest.raises(VerificationError):
        der.integer(der.read(bytes.fromhex(data), der.INTEGER))


@given(st.integers(-(2**200), 2**200))
def test_integers_are_read_as_they_were_written(number: int) -> None:
    size = number.bit_length() // 8 + 1
    data = number.to_bytes(size, "big", signed=True)
    read = der.read(bytes([2, len(data)]) + data, der.INTEGER)
    if len(data) > 1 and (data[0], data[1] >> 7) in {(0, 0), (255, 1)}:
        return
    assert der.integer(read) == number


@pytest.mark.parametrize("data", ["0600", "060180", "0602 80 01", "06022a80"])
def test_an_identifier_has_one_spelling(data: str) -> None:
    with pytest.raises(VerificationError):
        der.identifier(der.read(bytes.fromhex(data), der.OID))


def test_evidence_shows_the_entry_and_the_time(
    evidence: bytes, authority: Authority
) -> None:
    shown = verify_time_evidence(evidence, TrustPolicy.parse(POLICY), authority.chain)
    assert (shown.receipt.index, shown.certificate) == (2, None)
    assert shown.time.authority == "CN=Test tsa,O=Test"


def test_evidence_says_how_openssl_verifies_it_and_that_is_so(
    evidence: bytes, authority: Authority, tmp_path: Path
) -> None:
    with zipfile.ZipFile(io.BytesIO(evidence)) as archive:
        archive.extractall(tmp_path)
    about = (tmp_path / "EVIDENCE.txt").read_text()
    (line,) = [each for each in about.splitlines() if "ts -verify" in each]
    words = line.replace("root.pem", str(authority.folder / "chain.pem")).split()
    paths = {"checkpoint.txt", "timestamp.tsr"}
    done = openssl(*(tmp_path / w if w in paths else w for w in words[1:]))
    assert b"Verification: OK" in done.stdout + done.stderr


def test_an_auditor_verifies_evidence_with_the_program_of_their_own(
    evidence: bytes, authority: Authority, tmp_path: Path, capsys: Capture
) -> None:
    file, policy = tmp_path / "idea.zip", tmp_path / "policy.txt"
    file.write_bytes(evidence)
    policy.write_text(POLICY)
    words = ["verify", str(file), "--policy", str(policy), "--json"]
    assert main([*words, "--tsa", str(authority.folder / "chain.pem")]) == 0
    assert json.loads(capsys.readouterr().out)["is"] == "evidence of when"
    assert main(words) == 2
    other = tmp_path / "other.pem"
    other.write_bytes(MAKER.chain)
    assert main([*words, "--tsa", str(other)]) == 1


def test_evidence_brings_no_trust_of_its_own(
    evidence: bytes, authority: Authority
) -> None:
    for policy, roots in (
        (POLICY, MAKER.chain),
        (f"log {OTHER.vkey}\nquorum none\n", authority.chain),
    ):
        with pytest.raises(VerificationError):
            verify_time_evidence(evidence, TrustPolicy.parse(policy), roots)


def test_every_flipped_bit_of_evidence_is_found(
    evidence: bytes, authority: Authority
) -> None:
    policy = TrustPolicy.parse(POLICY)
    for place in range(0, len(evidence), 61):
        spoiled = bytearray(evidence)
        spoiled[place] ^= 4
        with pytest.raises(VerificationError):
            verify_time_evidence(bytes(spoiled), policy, authority.chain)


def test_the_parts_of_two_files_do_not_go_together(
    evidence: bytes, authority: Authority
) -> None:
    other = a_log(6).receipt(2).encode()
    mixed = replace(read_evidence(evidence), receipt=other)
    with pytest.raises(VerificationError):
        verify_time_evidence(mixed.encode(), TrustPolicy.parse(POLICY), authority.chain)
