"""Envelopes open in their own place under their own key, and nowhere else."""

import copy
import hmac
import json
import pickle
import runpy
import struct
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from gcm_two_keys import for_two_keys
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import IntegrityFault
from kit.framing import framed
from vault._internal import envelope as module
from vault._internal.aead import Aead, derive
from vault._internal.envelope import (
    HEADER_BYTES,
    MIN_BYTES,
    Codec,
    CustomerKeys,
    Envelope,
    EnvelopeError,
    kid_of,
)

VECTORS = Path(__file__).parents[2] / "vectors"

KEY, KID, SUBJECT, RECORD = b"k" * 32, b"i" * 16, b"s" * 16, b"r" * 16
KEYS = CustomerKeys(subject=SUBJECT, kid=KID, key=KEY)
PROFILE = Envelope("profile", schema="1")
BODY = b'{"city":"Oslo"}'

IDS = st.binary(min_size=16, max_size=16)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


class FixedNonce:
    """Stands where a cipher stands, and seals under a nonce that it was given."""

    def __init__(self, aead: Aead, nonce: bytes) -> None:
        self._aead = aead
        self._nonce = nonce

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        return self._nonce + self._aead._encrypt(self._nonce, plaintext, aad)


# The frozen format.


def _frozen() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((VECTORS / "envelope.json").read_bytes())
    return document


def test_the_script_writes_the_frozen_vectors_again_byte_for_byte() -> None:
    script = runpy.run_path(str(VECTORS / "envelope_vectors.py"))
    assert script["text"]() == (VECTORS / "envelope.json").read_text("utf-8")


@pytest.mark.parametrize("number", range(10))
def test_sealing_gives_the_frozen_vectors_and_opening_their_bodies(number: int) -> None:
    frozen = _frozen()
    case = frozen["cases"][number]
    key, kid, subject, record, nonce = (
        bytes.fromhex(frozen[name])
        for name in ("key", "kid", "subject", "record", "nonce")
    )
    keys = CustomerKeys(subject=subject, kid=kid, key=key)
    keys.cipher = FixedNonce(keys.cipher, nonce)
    envelope = Envelope(
        case["collection"],
        part=case["part"],
        schema=case["schema"],
        codec=Codec(case["codec"]),
        bucket=case["bucket"],
    )
    version, body = int(case["version"]), bytes.fromhex(case["body"])
    sealed = envelope.seal(keys, record, version, body)
    assert sealed.hex() == case["envelope"]
    assert envelope.open(keys, record, version, sealed) == body


def test_the_frozen_keys_are_derived_as_frozen() -> None:
    frozen = _frozen()
    key = bytes.fromhex(frozen["key"])
    keys = CustomerKeys(subject=SUBJECT, kid=KID, key=key)
    assert keys.commitment.hex() == frozen["commitment"]
    assert derive(key, module.RECORD_INFO).hex() == frozen["record_key"]
    map_key = bytes.fromhex(frozen["map_key"])
    assert keys.mac("a", 1) == hmac.digest(map_key, framed("a", 1), "sha256")


# What goes in comes out.


@given(
    st.binary(max_size=700),
    st.sampled_from(Codec),
    st.integers(1, 600),
    st.integers(0, 2**64 - 1),
    st.tuples(IDS, IDS, IDS, st.binary(min_size=32, max_size=32)),
    st.tuples(TEXTS, TEXTS, TEXTS),
)
def test_what_is_sealed_opens_to_what_it_was(
    body: bytes,
    codec: Codec,
    bucket: int,
    version: int,
    ids: tuple[bytes, bytes, bytes, bytes],
    names: tuple[str, str, str],
) -> None:
    subject, kid, record, key = ids
    collection, part, schema = names
    keys = CustomerKeys(subject=subject, kid=kid, key=key)
    envelope = Envelope(
        collection, schema=schema, part=part, codec=codec, bucket=bucket
    )
    sealed = envelope.seal(keys, record, version, body)
    assert envelope.open(keys, record, version, sealed) == body
    assert kid_of(sealed) == kid
    assert (len(sealed) - MIN_BYTES + 5) % bucket == 0


def test_bodies_of_one_bucket_have_one_length_on_disk() -> None:
    lengths = {len(PROFILE.seal(KEYS, RECORD, 1, bytes(n))) for n in range(252)}
    assert lengths == {HEADER_BYTES + 12 + 256 + 16}


def test_the_aad_is_the_framed_list_of_the_eight_fields() -> None:
    sealed = PROFILE.seal(KEYS, RECORD, 3, BODY)
    header, nonce, rest = sealed[:52], sealed[52:64], sealed[64:]
    aad = framed("allod/rec/v1", header, SUBJECT, "profile", RECORD, 3, "main", "1")
    plaintext = AESGCM(derive(KEY, b"allod/rec/v1")).decrypt(nonce, rest, aad)
    assert plaintext == (b"\x01" + struct.pack(">I", len(BODY)) + BODY).ljust(
        256, b"\0"
    )


# Altered, cut, or in another place: nothing opens.


def test_every_bit_flipped_is_refused() -> None:
    sealed = PROFILE.seal(KEYS, RECORD, 1, BODY)
    for bit in range(len(sealed) * 8):
        altered = bytearray(sealed)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(EnvelopeError):
            PROFILE.open(KEYS, RECORD, 1, bytes(altered))


def test_every_truncation_and_any_addition_is_refused() -> None:
    sealed = PROFILE.seal(KEYS, RECORD, 1, BODY)
    for size in range(len(sealed)):
        for cut in (sealed[:size], sealed[len(sealed) - size :]):
            with pytest.raises(EnvelopeError):
                PROFILE.open(KEYS, RECORD, 1, cut)
    for longer in (sealed + b"\0", b"\0" + sealed, sealed + sealed):
        with pytest.raises(EnvelopeError):
            PROFILE.open(KEYS, RECORD, 1, longer)


@pytest.mark.parametrize(
    "elsewhere",
    [
        (CustomerKeys(subject=b"t" * 16, kid=KID, key=KEY), PROFILE, RECORD, 1),
        (CustomerKeys(subject=SUBJECT, kid=b"j" * 16, key=KEY), PROFILE, RECORD, 1),
        (CustomerKeys(subject=SUBJECT, kid=KID, key=b"l" * 32), PROFILE, RECORD, 1),
        (KEYS, PROFILE, b"q" * 16, 1),
        (KEYS, PROFILE, RECORD, 2),
        (KEYS, Envelope("purchase", schema="1"), RECORD, 1),
        (KEYS, Envelope("profile", schema="2"), RECORD, 1),
        (KEYS, Envelope("profile", schema="1", part="special"), RECORD, 1),
        (KEYS, Envelope("profile", schema="1", codec=Codec.RAW), RECORD, 1),
    ],
    ids=[
        "subject",
        "kid",
        "key",
        "record",
        "version",
        "collection",
        "schema",
        "part",
        "codec",
    ],
)
def test_an_envelope_does_not_open_in_the_place_of_another(
    elsewhere: tuple[CustomerKeys, Envelope, bytes, int],
) -> None:
    keys, envelope, record, version = elsewhere
    sealed = PROFILE.seal(KEYS, RECORD, 1, BODY)
    with pytest.raises(EnvelopeError):
        envelope.open(keys, record, version, sealed)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_neighbouring_fields_do_not_run_into_each_other(
    first: str, second: str, third: str, fourth: str
) -> None:
    if (first, second) == (third, fourth):
        return
    sealed = Envelope("c", part=first, schema=second).seal(KEYS, RECORD, 1, BODY)
    with pytest.raises(EnvelopeError):
        Envelope("c", part=third, schema=fourth).open(KEYS, RECORD, 1, sealed)


@pytest.mark.parametrize("version", [-1, 2**64])
@pytest.mark.parametrize("record", [RECORD, b"", RECORD + b"r"])
def test_a_place_that_cannot_be_is_refused_like_any_other(
    record: bytes, version: int
) -> None:
    sealed = PROFILE.seal(KEYS, RECORD, 1, BODY)
    with pytest.raises(EnvelopeError):
        PROFILE.open(KEYS, record, version, sealed)


@given(st.binary(max_size=200))
def test_stray_bytes_raise_one_error_class(data: bytes) -> None:
    for sealed in (data, KEYS.header + data):
        with pytest.raises(EnvelopeError):
            PROFILE.open(KEYS, RECORD, 1, sealed)
    with pytest.raises(EnvelopeError):
        kid_of(data)


@pytest.mark.parametrize("header", [b"AV\x02\x01", b"AV\x01\x02", b"BV\x01\x01"])
def test_another_format_version_or_suite_is_named_as_unknown(header: bytes) -> None:
    sealed = header + PROFILE.seal(KEYS, RECORD, 1, BODY)[4:]
    with pytest.raises(EnvelopeError, match="known version and suite"):
        PROFILE.open(KEYS, RECORD, 1, sealed)


@pytest.mark.parametrize(
    "plaintext",
    [
        b"",
        b"\x01\x00\x00",
        b"\x01\x00\x00\x00\x09{}",
        b"\x01\xff\xff\xff\xff{}",
        b"\x02\x00\x00\x00\x02{}",
        b"\x01\x00\x00\x00\x02{}x",
        b"\x01\x00\x00\x00\x02{}\x00\x00x",
    ],
)
def test_content_that_is_not_framed_as_it_must_be_is_refused(plaintext: bytes) -> None:
    aad = PROFILE._aad(KEYS, RECORD, 1)
    sealed = KEYS.header + KEYS.cipher.seal(plaintext, aad)
    with pytest.raises(EnvelopeError):
        PROFILE.open(KEYS, RECORD, 1, sealed)


# The commitment.


def test_a_ciphertext_made_for_two_keys_opens_under_the_committed_one_alone() -> None:
    other = CustomerKeys(subject=SUBJECT, kid=KID, key=b"o" * 32)
    raw = Envelope("file", schema="1", codec=Codec.RAW, bucket=1)
    sealed = raw.seal(KEYS, RECORD, 1, b"m" * 75)
    nonce, ciphertext = sealed[52:64], sealed[64:-16]
    aad = raw._aad(KEYS, RECORD, 1)
    record_keys = (derive(KEY, b"allod/rec/v1"), derive(b"o" * 32, b"allod/rec/v1"))
    forged = for_two_keys(record_keys, nonce, aad, ciphertext, block=2)

    first, second = (AESGCM(key).decrypt(nonce, forged, aad) for key in record_keys)
    assert first != second  # AES-GCM alone takes it for two texts.

    assert raw.open(KEYS, RECORD, 1, KEYS.header + nonce + forged) == first[5:]
    for header in (KEYS.header, other.header):
        with pytest.raises(EnvelopeError):
            raw.open(other, RECORD, 1, header + nonce + forged)


def test_nothing_is_decrypted_before_the_commitment_fits() -> None:
    keys = CustomerKeys(subject=SUBJECT, kid=KID, key=KEY)
    sealed = PROFILE.seal(keys, RECORD, 1, BODY)
    swapped = sealed[:20] + bytes(32) + sealed[52:]
    asked: list[object] = []
    keys.decrypt = lambda *given: asked.append(given) or b""
    with pytest.raises(EnvelopeError, match="not sealed under this key"):
        PROFILE.open(keys, RECORD, 1, swapped)
    assert asked == []


# Keys keep to themselves.


def test_keys_neither_print_nor_leave_the_process() -> None:
    assert repr(KEYS) == "CustomerKeys(***)"
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leave(KEYS)


def test_an_error_is_an_integrity_fault_that_carries_no_value() -> None:
    sealed = PROFILE.seal(KEYS, RECORD, 1, BODY)
    with pytest.raises(EnvelopeError) as caught:
        PROFILE.open(KEYS, RECORD, 2, sealed)
    assert isinstance(caught.value, IntegrityFault)
    assert caught.value.__cause__ is None
    assert "Oslo" not in str(caught.value)


@pytest.mark.parametrize(("subject", "kid"), [(b"s", KID), (SUBJECT, b"i" * 17)])
def test_keys_of_an_id_of_another_length_are_refused(
    subject: bytes, kid: bytes
) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        CustomerKeys(subject=subject, kid=kid, key=KEY)


def test_a_bucket_of_no_bytes_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Envelope("profile", schema="1", bucket=0)
