"""Signed notes: a text and the lines of those who signed it (C2SP signed-note).

Three kinds of key are known: `0x01`, Ed25519 over the text, which logs use; and two of
cosignatures, which have a time (C2SP tlog-cosignature): `0x04`, Ed25519, witnesses use,
`0x06`, ML-DSA-44 (FIPS 204), witnesses and logs, the latter beside their own `0x01`.
Lines of unknown keys are passed over; a known key with a bad signature condemns the
whole note; a note without one good signature is no note.
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from ._strict import MAX_INTEGER, check_name, text_of, unbase64
from .checkpoint import Checkpoint
from .errors import UnknownSignerError, VerificationError, WrongSignatureError

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
except ModuleNotFoundError as missing:  # pragma: no cover - only without cryptography
    raise ModuleNotFoundError(
        "allod.proofs checks signatures: pip install 'allod-sdk[verify]'"
    ) from missing

ED25519 = 0x01
COSIGNATURE = 0x04
ML_DSA_44 = 0x06
MAX_NOTE_BYTES = 1 << 20
MAX_SIGNATURES = 100

_PREFIX = "— "
_KEY_ID_BYTES = 4
_FEW = 3
_KEY_BYTES = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: 1312}
_MAX_NAME = 255
_TIME = struct.Struct(">Q")  # unix seconds, before the signature of a cosignature
_WRONG = "a trusted key's signature is wrong: this is not what that key has signed"
_UNKNOWN = "no trusted key has signed it; whether it is genuine is not known"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under a name, as a `vkey` line spells it."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> "Verifier":
        """Read `name+keyid+base64(kind ‖ key)`, and check that the id is the key's.

        Raises:
            VerificationError: not a vkey, or of a kind that is not known here.

        """
        # The key's base64 may itself hold a plus sign; a name and an id may not.
        name, _, rest = vkey.partition("+")
        key_id, _, key = rest.partition("+")
        check_name(name)
        data = unbase64(key)
        if not data or len(data) - 1 != _KEY_BYTES.get(data[0]):
            raise VerificationError("the key is of an unknown kind")
        if data[0] == ML_DSA_44 and len(name.encode()) > _MAX_NAME:
            raise VerificationError("the key's name is too long to cosign under")
        verifier = cls(name, data[0], data[1:])
        if verifier.key_id.hex() != key_id:
            raise VerificationError("the key does not have the id that it claims")
        return verifier

    @property
    def key_id(self) -> bytes:
        """The key's short id; it finds a key, and proves nothing."""
        named = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(named).digest()[:_KEY_ID_BYTES]

    def verify(self, text: str, signature: bytes) -> "Signature":
        """Check one signature (the bytes after the key id) over a note's text.

        Raises:
            VerificationError: it is not this key's signature over this text.

        """
        if self.kind == ED25519:
            self._verify(text.encode(), signature)
            return Signature(self, None)
        at, signature = _timestamp(signature)
        message = f"cosignature/v1\ntime {at}\n{text}".encode()
        if self.kind == ML_DSA_44:
            message = _subtree(self.name, at, Checkpoint.parse(text))
        self._verify(message, signature)
        return Signature(self, at)

    def verify_octets(self, message: bytes, signature: bytes) -> None:
        """Check a bare signature over bytes, which only a log's Ed25519 key makes.

        Raises:
            VerificationError: it is not this key's signature over these bytes.

        """
        if self.kind != ED25519:
            raise VerificationError("a key that cosigns signs nothing but checkpoints")
        self._verify(message, signature)

    def _verify(self, message: bytes, signature: bytes) -> None:
        kind = MLDSA44PublicKey if self.kind == ML_DSA_44 else Ed25519PublicKey
        try:
            kind.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            raise WrongSignatureError(_WRONG) from None
        except UnsupportedAlgorithm:
            raise VerificationError("this OpenSSL does not know ML-DSA-44") from None


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that was verified; `at` is a cosigner's own time, unix seconds."""

    by: Verifier
    at: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """A text and those of the known keys that signed it."""

    text: str
    signatures: tuple[Signature, ...]


def open_note(note: bytes | str, verifiers: Iterable[Verifier]) -> Note:
    """Open a signed note with the keys that are trusted.

    Raises:
        UnknownSignerError: no known key has signed it.
        WrongSignatureError: a known key's signature is wrong.
        VerificationError: malformed.

    """
    text, lines = _split(note)
    known = _by_id(verifiers)
    signed = [_signature_line(line) for line in lines]
    good: dict[Verifier, Signature] = {}
    for name, key_id, signature in signed:
        verifier = known.get((name, key_id))
        if verifier is not None:
            good.setdefault(verifier, verifier.verify(text, signature))
    if not good:
        raise UnknownSignerError(f"{_UNKNOWN}; {_keys(known, signed)}")
    return Note(text, tuple(good.values()))


def _keys(
    known: Iterable[tuple[str, bytes]], signed: Iterable[tuple[str, bytes, bytes]]
) -> str:
    """Tell a few of the keys that are trusted from those that have signed."""
    trusted = (f"{name}+{key_id.hex()}" for name, key_id in islice(known, _FEW))
    found = (key_id.hex() for _, key_id, _ in islice(signed, _FEW))
    return f"trusted: {', '.join(trusted)}; signed by: {', '.join(found)}"


def _by_id(verifiers: Iterable[Verifier]) -> dict[tuple[str, bytes], Verifier]:
    known: dict[tuple[str, bytes], Verifier] = {}
    for each in verifiers:
        if known.setdefault((each.name, each.key_id), each) != each:
            raise VerificationError("two keys share a name and an id")
    return known


def _split(note: bytes | str) -> tuple[str, Sequence[str]]:
    try:
        data = note.encode() if isinstance(note, str) else note
    except UnicodeEncodeError:
        raise VerificationError("the note is not UTF-8") from None
    if len(data) > MAX_NOTE_BYTES:
        raise VerificationError("the note is too long")
    whole = text_of(data)
    if any(each < " " and each != "\n" for each in whole):
        raise VerificationError("the note holds a control character")
    # The text may hold blank lines of its own: the last one parts it from the lines.
    text, blank, rest = whole.rpartition("\n\n")
    if not blank or not rest.endswith("\n"):
        raise VerificationError("the note has no signature lines")
    lines = rest[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise VerificationError("the note has too many signature lines")
    return text + "\n", lines


def _signature_line(line: str) -> tuple[str, bytes, bytes]:
    if not line.startswith(_PREFIX):
        raise VerificationError("a signature line does not begin as one")
    name, blank, encoded = line.removeprefix(_PREFIX).partition(" ")
    if not blank:
        raise VerificationError("a signature line lacks its signature")
    check_name(name)
    data = unbase64(encoded)
    if len(data) <= _KEY_ID_BYTES:
        raise VerificationError("a signature is too short")
    return name, data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES:]


def _timestamp(signature: bytes) -> tuple[int, bytes]:
    if len(signature) < _TIME.size:
        raise VerificationError("a cosignature has the wrong length")
    at: int = _TIME.unpack_from(signature)[0]
    if at > MAX_INTEGER:
        raise VerificationError("a cosignature's time is out of range")
    return at, signature[_TIME.size :]


def _subtree(name: str, at: int, checkpoint: Checkpoint) -> bytes:
    """Give the `cosigned_message` of a tree from its first entry on."""
    cosigner, origin = name.encode(), checkpoint.origin.encode()
    if len(origin) > _MAX_NAME:
        raise VerificationError("a name is too long to be cosigned")
    return b"".join(
        (
            # C2SP tlog-cosignature: the label has twelve bytes; names have one byte of
            # length; the subtree is from entry 0 up to the checkpoint's size.
            b"subtree/v1\n\0",
            bytes([len(cosigner)]) + cosigner,
            _TIME.pack(at),
            bytes([len(origin)]) + origin,
            struct.pack(">QQ", 0, checkpoint.size),
            checkpoint.root,
        )
    )
