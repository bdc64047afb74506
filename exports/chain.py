"""The customer's own chain in an export: every entry, opened whole.

    {"v": 1, "entries": [{index, opening, content, receipt: {path, sha256, size}}]}

The opening shows that the entry is the customer's and follows the one before it;
`content` is the very text that was stamped, and the opening proves it. It is null
where the vault no longer has that text: earlier versions are not kept. The receipt
shows that the entry is in the log.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from struct import Struct
from typing import Any, Final

from exports.manifest import Listed
from kit.canonical import canonical
from kit.clock import iso
from ledger.formats.commitment import CommitmentError
from ledger.formats.entries import SubjectOpening

PATH: Final = "chain.json"
EXPORT: Final = "export"


def receipt_path(opening: SubjectOpening) -> str:
    """Name the file of an entry's receipt: by its record, else by its kind."""
    record = opening.link.record
    name = opening.kind if record is None else record.hex()
    return f"receipts/{name}-{opening.link.seq}.tlog-proof"


def evidence_path(opening: SubjectOpening) -> str:
    """Name the file of an entry's evidence of when: as its receipt."""
    stem = receipt_path(opening).removeprefix("receipts/")
    return f"evidence/{stem.removesuffix('.tlog-proof')}.zip"


def export_content(made_at: datetime) -> bytes:
    """Give what an export stamps of itself: when, and of how much."""
    return canonical({"v": 1, "made_at": iso(made_at), "scope": "account"})


class Contents:
    """What was stamped about a customer, as far as it can still be said."""

    def __init__(self) -> None:
        self._held: defaultdict[tuple[str, bytes | None], list[bytes]] = defaultdict(
            list
        )

    def add(self, kind: str, record: bytes | None, content: bytes) -> None:
        """Keep what may have been stamped, in the order in which it was."""
        self._held[kind, record].append(content)

    def of(self, opening: SubjectOpening) -> bytes | None:
        """Take what an entry stamped; None if it is not among what is kept."""
        held = self._held[opening.kind, opening.link.record]
        for place, content in enumerate(held):
            if _opens(opening, content):
                # Entries are asked for in their order: the next one looks no further.
                return held.pop(place)
        return None


def _opens(opening: SubjectOpening, content: bytes) -> bool:
    try:
        opening.check(content)
    except CommitmentError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class ChainEntry:
    """One entry of a customer's chain, and where its receipt lies."""

    index: int
    opening: SubjectOpening
    content: bytes | None
    receipt: Listed

    def document(self) -> dict[str, Any]:
        """Give the entry as it stands in JSON."""
        return {
            "index": self.index,
            "opening": self.opening.document(),
            "content": None if self.content is None else self.content.decode(),
            "receipt": self.receipt.document(),
        }


class ReceiptLines:
    """Digest and size of each receipt, in the chain's order: 40 bytes an entry."""

    _LINE: Final = Struct(">32sQ")

    def __init__(self) -> None:
        self._held = bytearray()

    def keep(self, line: Listed) -> None:
        """Keep what the chain will say of a receipt."""
        self._held += self._LINE.pack(bytes.fromhex(line.sha256), line.size)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Give them again."""
        for digest, size in self._LINE.iter_unpack(self._held):
            yield digest.hex(), size
