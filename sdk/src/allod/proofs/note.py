"""Signed notes: a text and the lines of those who signed it (C2SP signed-note).

Two kinds of key are known: `0x01`, Ed25519 over the text, which logs use, and `0x04`,
an Ed25519 cosignature with a time, which witnesses use (C2SP tlog-cosignature).
Lines of unknown keys are passed over; a known key with a bad signature condemns the
whole note; a note without one good signature is no note.
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ._failure import VerificationError
from ._strict import MAX_INTEGER, text_of, unbase64

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ModuleNotFoundError as missing:  # pragma: no cover - only without cryptography
    raise ModuleNotFoundError(
        "allod.proofs checks signatures: pip install 'allod-sdk[verify]'"
    ) from missing

ED25519 = 0x01
COSIGNATURE = 0x04
MAX_NOTE_BYTES = 1 << 20
MAX_SIGNATURES = 100

_PREFIX = "— "
_KEY_ID_BYTES = 4
_KEY_BYTES = 32


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
        kinds = (ED25519, COSIGNATURE)
        if len(data) != 1 + _KEY_BYTES or data[0] not in kinds:
            raise VerificationError("the key is of an unknown kind")
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
        at = None
        message = text.encode()
        if self.kind == COSIGNATURE:
            at, signature = _timestamp(signature)
            message = f"cosignature/v1\ntime {at}\n".encode() + message
        self.verify_octets(message, signature)
        return Signature(self, at)

    def verify_octets(self, message: bytes, signature: bytes) -> None:
        """Check a bare signature over bytes.

        Raises:
            VerificationError: it is not this key's signature over these bytes.

        """
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            raise VerificationError("a signature of a known key is wrong") from None


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that was verified; `at` is a witness's own time, unix seconds."""

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
        VerificationError: malformed, signed by no known key, or a known key's
            signature is wrong.

    """
    text, lines = _split(note)
    known = _by_id(verifiers)
    good: dict[Verifier, Signature] = {}
    for name, key_id, signature in map(_signature_line, lines):
        verifier = known.get((name, key_id))
        if verifier is not None:
            good.setdefault(verifier, verifier.verify(text, signature))
    if not good:
        raise VerificationError("no known key has signed the note")
    return Note(text, tuple(good.values()))


def check_name(name: str) -> None:
    """Check a key's name: not empty, no blank of any alphabet, no plus sign."""
    if not name or "+" in name or any(each.isspace() for each in name):
        raise VerificationError("a key's name is not allowed")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise VerificationError("a key's name is not UTF-8") from None


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
    if len(signature) != 8 + 64:
        raise VerificationError("a cosignature has the wrong length")
    at: int = struct.unpack(">Q", signature[:8])[0]
    if at > MAX_INTEGER:
        raise VerificationError("a cosignature's time is out of range")
    return at, signature[8:]
