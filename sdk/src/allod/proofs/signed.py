r"""Signed documents: JSON that a vault stands for (certificates, manifests, consents).

`{"document": {…}, "note": "— name signature\n"}`. The signed text is a context line
and the document in canonical form (RFC 8785), so that a document cannot be passed off
as one of another kind, nor as a checkpoint signed with the same key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from ._strict import canonical, json_object, member, only
from .errors import VerificationError, WrongSignatureError
from .note import open_note
from .policy import TrustPolicy

_MEMBERS = frozenset({"document", "note"})


class Context(StrEnum):
    """What a signed document is."""

    CERTIFICATE = "allod/certificate/v1"
    MANIFEST = "allod/manifest/v1"
    CONSENT = "allod/consent/v1"


@dataclass(frozen=True, slots=True)
class VerifiedDocument:
    """A document as it was signed, and the name of the key that signed it."""

    document: Mapping[str, Any]
    signer: str


def verify_document(
    context: Context, signed: bytes | str | Mapping[str, Any], policy: TrustPolicy
) -> VerifiedDocument:
    """Check that a log of the policy has signed this document as one of this kind.

    Raises:
        UnknownSignerError: no trusted key has signed it.
        WrongSignatureError: a trusted key's signature is wrong.
        VerificationError: malformed, or signed as a document of another kind.

    """
    whole = read_signed(signed)
    document = member(whole, "document", dict)
    lines = member(whole, "note", str)
    text = f"{context}\n{canonical(document).decode()}\n"
    # A document is signed by one line: only notes have lines that others add.
    if lines.count("\n") != 1:
        raise VerificationError("a document has one signature line")
    try:
        opened = open_note(f"{text}\n{lines}", policy.logs)
    except WrongSignatureError:
        _check_no_other_kind(context, whole, policy)
        raise
    return VerifiedDocument(MappingProxyType(document), opened.signatures[0].by.name)


def _check_no_other_kind(
    context: Context, whole: Mapping[str, Any], policy: TrustPolicy
) -> None:
    """Tell a genuine document that was taken for another kind from a changed one."""
    for other in sorted(set(Context) - {context}):
        text = f"{other}\n{canonical(whole['document']).decode()}\n"
        try:
            open_note(f"{text}\n{whole['note']}", policy.logs)
        except VerificationError:
            continue
        words = f"the document is genuine, and of another kind: {other}, not {context}"
        raise VerificationError(words, code="other-kind")


def read_signed(signed: bytes | str | Mapping[str, Any]) -> Mapping[str, Any]:
    """Read a signed document strictly, without checking its signature."""
    whole = read_object(signed)
    only(whole, _MEMBERS)
    return whole


def read_object(signed: bytes | str | Mapping[str, Any]) -> Mapping[str, Any]:
    """Read what may be a signed document with something beside it."""
    if isinstance(signed, str):
        signed = signed.encode("utf-8", "replace")
    return json_object(signed) if isinstance(signed, bytes) else signed
