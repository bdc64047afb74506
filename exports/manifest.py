"""The manifest: what belongs to an archive, by digest, under the log's signature.

    {"document": {"v": 1, "log": …, "made_at": …, "files": [{path, sha256, size}]},
     "note": signature lines}

In canonical form (RFC 8785) and a newline, so that it has one spelling. It names
nobody: who sees it learns of no person. The receipts are not in it but in
`chain.json`, which is: so the signed text stays short however many they are, and
still leads to every file.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kit.canonical import canonical
from kit.clock import iso
from ledger.formats.note import sign_document
from ledger.formats.signing import Signer

CONTEXT: Final = "allod/manifest/v1"
PATH: Final = "manifest.json"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as a list knows it: path, SHA-256 in hexadecimal, size in bytes."""

    path: str
    sha256: str
    size: int

    def document(self) -> dict[str, Any]:
        """Give the line as it stands in JSON."""
        return {"path": self.path, "sha256": self.sha256, "size": self.size}


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
    return canonical(sign_document(CONTEXT, document, signer)) + b"\n"
