"""AES-256-GCM and HKDF-SHA256: held against public vectors, and saying nothing."""

import copy
import pickle

import pytest
import wycheproof
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from vault._internal.aead import (
    Aead,
    Unsealable,
    derive,
    derive_each,
    generate_key,
)

# One key length, one nonce length, one tag length: the rest of the file is for
# ciphers that this house does not build (128 and 192 bit keys, other nonces).
AES_GCM_OURS, AES_GCM_SKIPPED = 66, 250
# We derive without a salt. The other vectors have one.
HKDF_OURS, HKDF_SKIPPED = 23, 63


def test_every_wycheproof_aes_gcm_vector_of_our_sizes_is_judged_right() -> None:
    ours = skipped = 0
    for group, test in wycheproof.cases("aes_gcm"):
        if (group["keySize"], group["ivSize"], group["tagSize"]) != (256, 96, 128):
            skipped += 1
            continue
        ours += 1
        aead = Aead(bytes.fromhex(test["key"]))
        sealed = bytes.fromhex(test["iv"] + test["ct"] + test["tag"])
        aad = bytes.fromhex(test["aad"])
        if test["result"] == "valid":
            assert aead.open(sealed, aad).hex() == test["msg"]
        else:
            with pytest.raises(Unsealable):
                aead.open(sealed, aad)
    assert (ours, skipped) == (AES_GCM_OURS, AES_GCM_SKIPPED)


def test_every_wycheproof_hkdf_vector_without_a_salt_gives_our_bytes() -> None:
    ours = skipped = 0
    for _, test in wycheproof.cases("hkdf_sha256"):
        if test["salt"] or test["result"] != "valid":
            skipped += 1
            continue
        ours += 1
        expected = bytes.fromhex(test["okm"])
        # Ours are 32 bytes long; a longer output begins with them (RFC 5869, 2.3).
        ikm, info = bytes.fromhex(test["ikm"]), bytes.fromhex(test["info"])
        size = min(test["size"], 32)
        assert derive(ikm, info)[:size] == expected[:size]
    assert (ours, skipped) == (HKDF_OURS, HKDF_SKIPPED)


@given(st.binary(min_size=1, max_size=200), st.lists(st.binary(max_size=80)))
def test_keys_that_are_derived_together_are_those_of_the_library(
    key: bytes, infos: list[bytes]
) -> None:
    def of_library(info: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(key)

    assert derive_each(key, *infos) == [of_library(info) for info in infos]
    assert [derive(key, info) for info in infos] == derive_each(key, *infos)


@given(st.binary(max_size=300), st.binary(max_size=80))
def test_what_is_sealed_opens_to_what_it_was(plaintext: bytes, aad: bytes) -> None:
    aead = Aead(generate_key())
    assert aead.open(aead.seal(plaintext, aad), aad) == plaintext


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_no_stray_bytes_raise_anything_but_unsealable(data: bytes, aad: bytes) -> None:
    with pytest.raises(Unsealable):
        Aead(bytes(32)).open(data, aad)


def test_the_same_text_is_never_sealed_to_the_same_bytes() -> None:
    aead = Aead(bytes(32))
    assert len({aead.seal(b"text", b"") for _ in range(200)}) == 200


@pytest.mark.parametrize("size", [0, 16, 24, 31, 33])
def test_a_key_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Aead(bytes(size))


def test_a_cipher_neither_prints_nor_leaves_the_process() -> None:
    aead = Aead(generate_key())
    assert repr(aead) == "Aead(***)"
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leave(aead)
