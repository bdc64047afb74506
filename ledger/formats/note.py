"""Signed notes (C2SP signed-note), written and read.

Checkpoints are notes; certificates, manifests and consent receipts are notes whose
text is a context line and one line of canonical JSON. A checkpoint has three lines
and a document two, and a COSE receipt's structure is no text at all, so none of their
signatures can be passed off as another's.

Notes are read strictly: a known key with a bad signature rejects the whole note, and
so does a note that no known key signed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kit.canonical import canonical
from kit.errors import Malformed
from ledger.formats.encoding import decode64, encode64
from ledger.formats.signing import (
    ID_BYTES,
    MARK,
    NoteError,
    Signer,
    UnknownSigner,
    Verifier,
    require_name,
)

MAX_SIGNATURES = 100
MAX_NOTE_BYTES = 1 << 20

_UNKNOWN = "no key that is trusted signed it; whether it is genuine is not known"
CONSENT = "allod/consent/v1"
CONTEXTS = frozenset({"allod/certificate/v1", "allod/manifest/v1", CONSENT})


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
        UnknownSigner: no known key signed it.
        WrongSignature: a known key's signature is bad.
        NoteError: malformed.

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
        raise UnknownSigner(_UNKNOWN)
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
    for line in lines.removesuffix("\n").split("\n"):
        name, key_id, _ = _signature_line(line)
        if (name, key_id) == known:
            note += f"{line}\n"
    _split(note)
    return note


def only_lines(note: str, verifiers: Iterable[Verifier]) -> str:
    """Give a note with the lines of these keys alone; each was verified.

    Raises:
        NoteError: as `open_note`.

    """
    opened = open_note(note, verifiers)
    known = {(each.verifier.name, each.verifier.key_id) for each in opened.signatures}
    lines = dict.fromkeys(each for each in _split(note)[1] if each[:2] in known)
    kept = (f"{MARK}{name} {encode64(key + by)}\n" for name, key, by in lines)
    return f"{opened.text}\n{''.join(kept)}"


def sign_document(
    context: str, document: Mapping[str, Any], signer: Signer
) -> dict[str, Any]:
    """Sign a JSON document; gives `{"document": …, "note": signature line}`."""
    text = _document_text(context, document)
    return {"document": dict(document), "note": signer.line(text)}


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
    name, blank, encoded = line.removeprefix(MARK).partition(" ")
    if not line.startswith(MARK) or not blank:
        raise NoteError("a signature line reads: dash, name, base64")
    require_name(name)
    try:
        data = decode64(encoded)
    except ValueError:
        raise NoteError("a signature is not base64") from None
    if len(data) <= ID_BYTES:
        raise NoteError("a signature is too short")
    return name, data[:ID_BYTES], data[ID_BYTES:]
