"""Signed notes (C2SP signed-note): the one place where anything is signed.

Checkpoints are notes; certificates, manifests and consent receipts are notes whose
text is a context line and one line of canonical JSON. A checkpoint has three lines
and a document two, and a COSE receipt's structure is no text at all, so none of their
signatures can be passed off as another's.

A verifier key reads `name+hash+base64(type || key)`. Type 0x01 is Ed25519 (RFC 8032)
over the text. Types 0x04 and 0x06, Ed25519 and ML-DSA-44 (FIPS 204), are cosignatures
with a time (C2SP tlog-cosignature): a witness's, and the latter also a log's second
signature. Notes are read strictly: a known key with a bad signature rejects the whole
note, and so does a note that no known key signed.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.mldsa import (
    MLDSA44PrivateKey,
    MLDSA44PublicKey,
)

from kit.canonical import canonical
from kit.errors import Malformed
from kit.secret import Secret
from ledger.checkpoint import CheckpointError
from ledger.cosignature import MAX_NAME, over_text, over_tree, parted, stamped
from ledger.strict import decode64, encode64

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
ML_DSA_44: Final = 0x06
KEY_BYTES: Final = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: 1312}

MAX_SIGNATURES = 100
MAX_NOTE_BYTES = 1 << 20
CONTEXTS = frozenset({"allod/certificate/v1", "allod/manifest/v1", "allod/consent/v1"})

_SEED_BYTES, _ID_BYTES = 32, 4
_SIGNATURE_BYTES: Final = {ED25519: 64, COSIGNATURE: 64, ML_DSA_44: 2420}
_MARK = "\N{EM DASH} "
_STRUCTURE = b"\x84\x6aSignature1"  # an array of four, the first a text of ten


class NoteError(Malformed):
    """A note, a key or a signature on it is not what it claims to be."""

    code, title = "note_invalid", "The signed note does not verify"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under the name that signs with it."""

    name: str
    public: bytes
    algorithm: int = ED25519

    def __post_init__(self) -> None:
        _require_name(self.name)
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
        return hashlib.sha256(data).digest()[:_ID_BYTES]

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

    def check_structure(self, structure: bytes, signature: bytes) -> None:
        """Verify a signature over a COSE Sig_structure (RFC 9052, section 4.4).

        Raises:
            NoteError: it is not this key's over this structure.

        """
        _require_structure(structure)
        if self.algorithm != ED25519:
            raise NoteError("a key that cosigns signs nothing but checkpoints")
        self._check(structure, signature)

    def _check(self, message: bytes, signature: bytes) -> None:
        if len(signature) != _SIGNATURE_BYTES[self.algorithm]:
            raise NoteError("a signature has not the length of its type")
        kind = MLDSA44PublicKey if self.algorithm == ML_DSA_44 else Ed25519PublicKey
        try:
            kind.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            raise NoteError("a known key's signature does not verify") from None


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
        return f"{_MARK}{self.name} {encode64(signature)}\n"

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
        return f"{_MARK}{self.verifier.name} {encode64(data)}\n"

    def __repr__(self) -> str:
        return f"Cosigner({self.verifier.name!r})"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that was verified, by which key; and when, if it is a cosignature."""

    verifier: Verifier
    time: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A text with the verified signatures of known keys; others are left out."""

    text: str
    signatures: tuple[Signature, ...]


def sign(text: str, signers: Iterable[Signer]) -> str:
    """Sign a text with each of the keys; during a rotation there are two.

    Raises:
        NoteError: the text is no note's text, or there is no signer.

    """
    lines = "".join(signer.line(text) for signer in signers)
    if not lines:
        raise NoteError("a note needs a signer")
    note = f"{text}\n{lines}"
    if _split(note)[0] != text:
        raise NoteError("a note's text ends with a newline")
    return note


def open_note(note: str | bytes, verifiers: Iterable[Verifier]) -> Note:
    """Read a note and verify the signatures of the keys that are known.

    Raises:
        NoteError: malformed, a known key's signature is bad, or no known key signed.

    """
    known = _index(verifiers)
    text, lines = _split(note)
    found: dict[Verifier, Signature] = {}
    for name, key_id, signature in lines:
        verifier = known.get((name, key_id))
        if verifier is not None:
            time = verifier.check(text, signature)
            found.setdefault(verifier, Signature(verifier, time))
    if not found:
        raise NoteError("no known key signed the note")
    return Note(text, tuple(found.values()))


def with_lines(note: str, lines: str, verifier: Verifier) -> str:
    """Add a key's own signatures among these lines to a note; others are left out.

    The note is given back as it is if the key signed it before.

    Raises:
        NoteError: a line is malformed, or the key's is bad or not among them.

    """
    text, there = _split(note)
    known = (verifier.name, verifier.key_id)
    if any((name, key_id) == known for name, key_id, _ in there):
        return note
    if open_note(f"{text}\n{lines}", [verifier]).text != text:
        raise NoteError("the lines hold more than signatures")
    for line in lines.splitlines(keepends=True):
        name, key_id, _ = _signature_line(line.removesuffix("\n"))
        if (name, key_id) == known:
            note += line
    _split(note)
    return note


def sign_document(
    context: str, document: Mapping[str, Any], signer: Signer
) -> dict[str, Any]:
    """Sign a JSON document; gives `{"document": …, "note": signature line}`."""
    text = _document_text(context, document)
    return {"document": dict(document), "note": signer.line(text)}


def verify_document(
    context: str, signed: Mapping[str, Any], verifiers: Sequence[Verifier]
) -> dict[str, Any]:
    """Verify a signed document; gives the document.

    Raises:
        NoteError: it has another shape, another context, or no known key signed it.

    """
    if set(signed) != {"document", "note"}:
        raise NoteError("a signed document has the members document and note")
    document, lines = signed["document"], signed["note"]
    if not isinstance(document, dict) or not isinstance(lines, str):
        raise NoteError("a signed document is an object and its signature lines")
    text = _document_text(context, document)
    if open_note(f"{text}\n{lines}", verifiers).text != text:
        raise NoteError("the signature lines hold more than signatures")
    return document


def _document_text(context: str, document: Mapping[str, Any]) -> str:
    if context not in CONTEXTS:
        raise NoteError("nothing is signed in this context")
    try:
        body = canonical(dict(document)).decode()
    except Malformed:
        raise NoteError("the document has no canonical form") from None
    return f"{context}\n{body}\n"


def _index(verifiers: Iterable[Verifier]) -> dict[tuple[str, bytes], Verifier]:
    known: dict[tuple[str, bytes], Verifier] = {}
    for verifier in verifiers:
        other = known.setdefault((verifier.name, verifier.key_id), verifier)
        if other != verifier:
            raise NoteError("two keys share a name and a hash")
    return known


def _split(note: str | bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Part a note at its last blank line into text and signature lines."""
    whole = _decoded(note)
    head, blank, tail = whole.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise NoteError("a note is a text, a blank line and signature lines")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError("the note has too many signatures")
    return head + "\n", [_signature_line(line) for line in lines]


def _decoded(note: str | bytes) -> str:
    try:
        data = note.encode() if isinstance(note, str) else note
        text = data.decode()
    except UnicodeError:
        raise NoteError("a note is UTF-8 text") from None
    if len(data) > MAX_NOTE_BYTES:
        raise NoteError("the note is too long")
    if any(char < " " and char != "\n" for char in text):
        raise NoteError("a note has no control characters but newlines")
    return text


def _signature_line(line: str) -> tuple[str, bytes, bytes]:
    name, blank, encoded = line.removeprefix(_MARK).partition(" ")
    if not line.startswith(_MARK) or not blank:
        raise NoteError("a signature line reads: dash, name, base64")
    _require_name(name)
    try:
        data = decode64(encoded)
    except ValueError:
        raise NoteError("a signature is not base64") from None
    if len(data) <= _ID_BYTES:
        raise NoteError("a signature is too short")
    return name, data[:_ID_BYTES], data[_ID_BYTES:]


def _require_structure(structure: bytes) -> None:
    if not structure.startswith(_STRUCTURE):
        raise NoteError("not what COSE has signed")


def _require_name(name: str) -> None:
    if not name or "+" in name or any(c.isspace() or c < " " for c in name):
        raise NoteError("a key's name has no blank, no control character and no plus")
    try:
        name.encode()
    except UnicodeError:
        raise NoteError("a key's name is UTF-8 text") from None


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
