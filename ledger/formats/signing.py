"""The keys that sign notes: the one place where anything is signed.

A verifier key reads `name+hash+base64(type || key)` (C2SP signed-note). Type 0x01 is
Ed25519 (RFC 8032) over the text. Types 0x04 and 0x06, Ed25519 and ML-DSA-44 (FIPS 204),
are cosignatures with a time (C2SP tlog-cosignature): a witness's, and the latter also a
log's second signature.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, Self, final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.mldsa import (
    MLDSA44PrivateKey,
    MLDSA44PublicKey,
)

from kit.errors import AllodError, Malformed
from kit.secret import Secret
from ledger.formats.checkpoint import CheckpointError
from ledger.formats.cosignature import MAX_NAME, over_text, over_tree, parted, stamped
from ledger.formats.encoding import decode64, encode64, is_name

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
ML_DSA_44: Final = 0x06
KEY_BYTES: Final = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: 1312}
MARK: Final = "\N{EM DASH} "
ID_BYTES: Final = 4

_SEED_BYTES: Final = 32
_WRONG: Final = "a known key's signature is wrong: this is not what that key signed"
_SIGNATURE_BYTES: Final = {ED25519: 64, COSIGNATURE: 64, ML_DSA_44: 2420}
_STRUCTURE = b"\x84\x6aSignature1"  # an array of four, the first a text of ten


class NoteError(Malformed):
    """A note, a key or a signature on it is not what it claims to be."""

    code, title = "note_invalid", "The signed note does not verify"


UNKNOWN_SIGNER: Final = "signer_unknown"
WRONG_SIGNATURE: Final = "signature_wrong"
PROVISIONAL: Final = "provisional"


def cause_of(error: AllodError) -> str | None:
    """Give the code of what was established, to be kept in whatever is raised for it.

    That nobody knows the signer, that a signature is wrong and that witnesses lack are
    three answers, of which the second alone says that something was changed.
    """
    known = {UNKNOWN_SIGNER, WRONG_SIGNATURE, PROVISIONAL}
    return error.reason_code if error.reason_code in known else None


class UnknownSigner(NoteError):
    """No known key signed it; of the signatures that are there nothing is known."""

    code, title = UNKNOWN_SIGNER, "No known key signed this"


class WrongSignature(NoteError):
    """It bears a known key's name and id, and is not that key's over this text."""

    code, title = WRONG_SIGNATURE, "A known key's signature is wrong"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under the name that signs with it."""

    name: str
    public: bytes
    algorithm: int = ED25519

    def __post_init__(self) -> None:
        require_name(self.name)
        if self.algorithm not in KEY_BYTES:
            raise NoteError("the key is of a type that is not supported")
        if len(self.public) != KEY_BYTES[self.algorithm]:
            raise NoteError("a public key has not the length of its type")
        if self.algorithm == ML_DSA_44 and len(self.name.encode()) > MAX_NAME:
            raise NoteError("the key's name is too long to cosign under")

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read a verifier key.

        Raises:
            NoteError: it is malformed, or its hash is another key's.

        """
        try:
            name, key_hash, rest = vkey.split("+", 2)
            data = decode64(rest)
        except ValueError:
            raise NoteError("a verifier key reads name+hash+base64") from None
        verifier = cls(name, data[1:], data[0] if data else 0)
        if key_hash != verifier.key_id.hex():
            raise NoteError("the verifier key's hash is another key's")
        return verifier

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name, newline, type, key)."""
        data = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public
        return hashlib.sha256(data).digest()[:ID_BYTES]

    @property
    def vkey(self) -> str:
        """The key as written in policies."""
        key = encode64(bytes([self.algorithm]) + self.public)
        return f"{self.name}+{self.key_id.hex()}+{key}"

    def check(self, text: str, signature: bytes) -> int | None:
        """Verify a signature over a text; gives a cosignature's time, unix seconds.

        Raises:
            NoteError: the signature is not this key's over this text.

        """
        if self.algorithm == ED25519:
            self._check(text.encode(), signature)
            return None
        try:
            time, signature = parted(signature)
        except ValueError as error:
            raise NoteError(str(error)) from None
        self._check(_cosigned(self, time, text), signature)
        return time

    def _check(self, message: bytes, signature: bytes) -> None:
        if len(signature) != _SIGNATURE_BYTES[self.algorithm]:
            raise WrongSignature("a signature has not the length of its type")
        kind = MLDSA44PublicKey if self.algorithm == ML_DSA_44 else Ed25519PublicKey
        try:
            kind.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            raise WrongSignature(_WRONG) from None


@final
class Signer:
    """A signing key under its name; for checkpoints the name is the log's origin."""

    __slots__ = ("_key", "verifier")

    def __init__(self, name: str, seed: Secret) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(_seed(seed))
        self.verifier = Verifier(name, self._key.public_key().public_bytes_raw())

    @property
    def name(self) -> str:
        """The name that the key signs under."""
        return self.verifier.name

    def line(self, text: str) -> str:
        """Sign a text; gives the signature line."""
        signature = self.verifier.key_id + self._key.sign(text.encode())
        return f"{MARK}{self.name} {encode64(signature)}\n"

    def sign_structure(self, structure: bytes) -> bytes:
        """Sign a COSE Sig_structure (RFC 9052, section 4.4); gives the signature.

        It begins as no UTF-8 text can, so that no signature over one passes for a
        signature over a note, nor the other way about.
        """
        _require_structure(structure)
        return self._key.sign(structure)

    def __repr__(self) -> str:
        return f"Signer({self.name!r})"


@final
class Cosigner:
    """A key that signs that, and when, it saw a checkpoint.

    It is a witness's, or, if it is ML-DSA-44, a log's own beside its `Signer`.
    """

    __slots__ = ("_key", "verifier")

    def __init__(self, name: str, seed: Secret, algorithm: int = COSIGNATURE) -> None:
        self._key: Ed25519PrivateKey | MLDSA44PrivateKey
        if algorithm == ML_DSA_44:
            self._key = MLDSA44PrivateKey.from_seed_bytes(_seed(seed))
        else:
            self._key = Ed25519PrivateKey.from_private_bytes(_seed(seed))
        public = self._key.public_key().public_bytes_raw()
        self.verifier = Verifier(name, public, algorithm)

    def line(self, text: str, time: int) -> str:
        """Cosign a checkpoint's text at a time, unix seconds; gives the line.

        Raises:
            NoteError: ML-DSA-44 was to sign what is no checkpoint.

        """
        signature = self._key.sign(_cosigned(self.verifier, time, text))
        data = self.verifier.key_id + stamped(time, signature)
        return f"{MARK}{self.verifier.name} {encode64(data)}\n"

    def __repr__(self) -> str:
        return f"Cosigner({self.verifier.name!r})"


def require_name(name: str) -> None:
    """Refuse what is no key's name.

    Raises:
        NoteError: it is empty, or has a blank, a control character or a plus.

    """
    if not is_name(name):
        raise NoteError("a key's name has no blank, no control character and no plus")


def _require_structure(structure: bytes) -> None:
    if not structure.startswith(_STRUCTURE):
        raise NoteError("not what COSE has signed")


def _seed(seed: Secret) -> bytes:
    if len(seed.reveal()) != _SEED_BYTES:
        raise NoteError("a seed has 32 bytes")
    return seed.reveal()


def _cosigned(verifier: Verifier, time: int, text: str) -> bytes:
    """Give what a key cosigns of a checkpoint's text."""
    if verifier.algorithm != ML_DSA_44:
        return over_text(time, text)
    try:
        return over_tree(verifier.name, time, text)
    except CheckpointError as error:
        raise NoteError(error.detail) from None
