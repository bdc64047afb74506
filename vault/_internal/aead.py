"""AES-256-GCM, HKDF and Argon2id: the one place where bytes are encrypted or decrypted.

NIST SP 800-38D for the cipher, RFC 5869 for the derivation, RFC 9106 (its second
recommended profile) for what begins with a passphrase. A nonce is 96 random bits,
drawn here and never taken from a caller, so a key must not seal more than 2^32 times.
What is sealed reads `nonce(12) ‖ ciphertext ‖ tag(16)`.

GCM does not commit to its key: one ciphertext can be made to open under two. Who
needs that ruled out binds the key elsewhere, as `vault._internal.envelope` does.
"""

import hmac
import secrets
from typing import Final, NoReturn, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from kit.errors import IntegrityFault

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12  # SP 800-38D, 8.2.2: 96 random bits
TAG_BYTES: Final = 16
_NO_SALT: Final = bytes(32)
ARGON2ID: Final = {"memory_kib": 65536, "passes": 3, "lanes": 4}

# What `Aead.decrypt` raises: a tag that does not fit, or a nonce that is none.
REJECTED: Final = (InvalidTag, ValueError)


class Unsealable(IntegrityFault):
    """Sealed bytes do not open under this key with this AAD."""


def generate_key() -> bytes:
    """Draw a new 256-bit key from the system's random source."""
    return secrets.token_bytes(KEY_BYTES)


def derive(key: bytes, info: bytes) -> bytes:
    """Derive a 256-bit key for one use (HKDF-SHA256, empty salt)."""
    (derived,) = derive_each(key, info)
    return derived


def derive_each(key: bytes, *infos: bytes) -> list[bytes]:
    """Derive a 256-bit key for each of some uses, as `derive` does for one.

    Written out, for a scan derives a million times: the extraction, which is the same
    for every use, is made once.
    """
    # RFC 5869, 3.1: without a salt HashLen zeros stand in its place, which is sound for
    # a key that is uniform already. `info` keeps uses apart: one label, one use.
    extracted = hmac.digest(_NO_SALT, key, "sha256")
    # 2.3, where the output is one hash long: T(1) = HMAC(PRK, T(0) ‖ info ‖ 1), and
    # T(0) is empty.
    return [hmac.digest(extracted, info + b"\x01", "sha256") for info in infos]


def stretch(passphrase: bytes, salt: bytes) -> bytes:
    """Derive a 256-bit key from a passphrase (Argon2id; half a second, 64 MiB)."""
    argon2id = Argon2id(
        salt=salt,
        length=KEY_BYTES,
        iterations=ARGON2ID["passes"],
        lanes=ARGON2ID["lanes"],
        memory_cost=ARGON2ID["memory_kib"],
    )
    return argon2id.derive(passphrase)


@final
class Aead:
    """AES-256-GCM under one key, which does not come out again.

    `decrypt(nonce, ciphertext, aad)` is the cipher's own method, for loops over a
    million records; it raises one of `REJECTED`. Everybody else calls `open`.
    """

    __slots__ = ("_encrypt", "decrypt")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes")
        # Bound methods, and not the key: nothing here gives it out again.
        cipher = AESGCM(key)
        self._encrypt = cipher.encrypt
        self.decrypt = cipher.decrypt

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """Encrypt and bind to `aad`, under a nonce of its own."""
        # Random, so that two processes need not agree on a counter; hence 2^32 and no
        # more (SP 800-38D, 8.3).
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._encrypt(nonce, plaintext, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """Check and decrypt.

        Raises:
            Unsealable: another key, another AAD, or altered bytes.

        """
        try:
            return self.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
        except REJECTED:
            raise Unsealable("sealed bytes do not open") from None

    def __repr__(self) -> str:
        return "Aead(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a cipher is not copied or pickled")
