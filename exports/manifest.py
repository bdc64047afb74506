"""The manifest: what belongs to an archive, by digest, under the log's signature.

    {"document": {"v": 1, "log": …, "made_at": …, "files": [{path, sha256, size}]},
     "note": signature lines}

In canonical form (RFC 8785) and a newline, so that it has one spelling. It names
nobody: who sees it learns of no person. The receipts are not in it but in
`chain.json`, which is: so the signed text stays short however many they are, and
still leads to every file.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from exports.container import ArchiveError, is_path
from kit.canonical import canonical, parse
from kit.clock import iso, parse_iso
from kit.errors import Malformed
from ledger.formats.note import sign_document, verify_document
from ledger.formats.signing import NoteError, Signer, Verifier, cause_of
from ledger.formats.trust_policy import TrustPolicy

CONTEXT: Final = "allod/manifest/v1"
PATH: Final = "manifest.json"
VERSION: Final = 1

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_MEMBERS: Final = frozenset({"v", "log", "made_at", "files"})


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as a list knows it: path, SHA-256 in hexadecimal, size in bytes."""

    path: str
    sha256: str
    size: int

    def document(self) -> dict[str, Any]:
        """Give the line as it stands in JSON."""
        return {"path": self.path, "sha256": self.sha256, "size": self.size}

    @classmethod
    def read(cls, value: object) -> Self:
        """Read one line of a list.

        Raises:
            ArchiveError: it is none.

        """
        match value:
            case {"path": str(path), "sha256": str(sha256), "size": int(size), **more}:
                fit = is_path(path) and _DIGEST.fullmatch(sha256) and size >= 0
                if fit and not more and size is not True and size is not False:
                    return cls(path, sha256, size)
        raise ArchiveError("a line of the archive's lists cannot be read")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest whose signature was verified."""

    log: str
    made_at: datetime
    files: tuple[Listed, ...]


def sign_manifest(
    files: Iterable[Listed], *, made_at: datetime, signer: Signer
) -> bytes:
    """List and sign what belongs to an archive; gives the manifest's bytes."""
    document = {
        "v": VERSION,
        "log": signer.name,
        "made_at": iso(made_at),
        "files": [file.document() for file in files],
    }
    return _written(sign_document(CONTEXT, document, signer))


def read_manifest(data: bytes, policy: TrustPolicy) -> Manifest:
    """Verify a manifest's signature and read it.

    Raises:
        ArchiveError: malformed, or not signed by a log that the policy trusts.

    """
    try:
        signed = parse(data, exact=True)
        if not isinstance(signed, dict):
            raise ArchiveError("the manifest is not a signed document", file=PATH)
        if _written(signed) != data:
            raise ArchiveError("the manifest is not in canonical form", file=PATH)
        document = verify_document(CONTEXT, signed, _named(signed, policy))
    except ArchiveError:
        raise
    except NoteError as error:
        detail = f"the manifest: {error.detail}"
        raise ArchiveError(detail, file=PATH, code=cause_of(error)) from None
    except Malformed:
        raise ArchiveError("the manifest cannot be read", file=PATH) from None
    return _manifest(document)


def _named(signed: Mapping[str, Any], policy: TrustPolicy) -> tuple[Verifier, ...]:
    """Choose the keys of the log that the manifest says it is of."""
    document = signed.get("document")
    name = document.get("log") if isinstance(document, dict) else None
    return tuple(log for log in policy.logs if log.name == name)


def _written(signed: Mapping[str, Any]) -> bytes:
    return canonical(dict(signed)) + b"\n"


def _manifest(document: Mapping[str, Any]) -> Manifest:
    if set(document) != _MEMBERS or document["v"] is True or document["v"] != VERSION:
        raise ArchiveError("the manifest is not of version 1", file=PATH)
    log, made_at, files = document["log"], document["made_at"], document["files"]
    if not isinstance(log, str) or not isinstance(files, list):
        raise ArchiveError("the manifest has no list of files", file=PATH)
    try:
        at = parse_iso(made_at)
    except (TypeError, ValueError):
        raise ArchiveError("the manifest has no time", file=PATH) from None
    if iso(at) != made_at:
        raise ArchiveError("the manifest's time is not in UTC with a Z", file=PATH)
    listed = tuple(map(Listed.read, files))
    if len({file.path for file in listed}) != len(listed):
        raise ArchiveError("the manifest lists a file twice", file=PATH)
    return Manifest(log, at, listed)
