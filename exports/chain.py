"""The customer's own chain in an export: every entry, opened whole.

    {"v": 1, "entries": [{index, opening, content, receipt: {path, sha256, size}}]}

The opening shows that the entry is the customer's and follows the one before it;
`content` is the very text that was stamped, and the opening proves it. It is null
where the vault no longer has that text: earlier versions are not kept. The receipt
shows that the entry is in the log.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from exports.container import ArchiveError
from exports.manifest import Listed
from kit.canonical import canonical, parse
from kit.clock import iso
from kit.errors import Malformed
from ledger.formats.chain import verify_chain
from ledger.formats.commitment import CommitmentError
from ledger.formats.entries import SubjectOpening
from ledger.formats.extension import Extension
from ledger.formats.merkle import ProofError
from ledger.formats.receipt import Receipt, Verified
from ledger.formats.trust_policy import TrustPolicy

PATH: Final = "chain.json"
VERSION: Final = 1
EXPORT: Final = "export"

MAX_ENTRY_BYTES: Final = 1 << 20
_MAX_VALUES: Final = 64
"""How many JSON values an entry may be made of; an honest one has about twenty."""

# A whole string is one token, so a comma inside one does not count.
_DIVIDERS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{,]', re.DOTALL)
_MEMBERS: Final = frozenset({"index", "opening", "content", "receipt"})


def receipt_path(opening: SubjectOpening) -> str:
    """Name the file of an entry's receipt: by its record, else by its kind."""
    record = opening.link.record
    name = kind_of(opening) if record is None else record.hex()
    return f"receipts/{name}-{opening.link.seq}.tlog-proof"


def evidence_path(opening: SubjectOpening) -> str:
    """Name the file of an entry's evidence of when: as its receipt."""
    stem = receipt_path(opening).removeprefix("receipts/")
    return f"evidence/{stem.removesuffix('.tlog-proof')}.zip"


def kind_of(opening: SubjectOpening) -> str:
    """Tell what was stamped: contribution, consent, authorization, export."""
    return str(opening.opening.statement()["kind"])


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
        held = self._held[kind_of(opening), opening.link.record]
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
            "opening": parse(self.opening.to_bytes()),
            "content": None if self.content is None else self.content.decode(),
            "receipt": self.receipt.document(),
        }

    def verify(
        self, receipt: bytes, policy: TrustPolicy, proofs: Sequence[Extension] = ()
    ) -> Verified:
        """Check the entry's receipt, and that it is this entry's.

        Raises:
            ArchiveError: it does not verify, or is another's.

        """
        try:
            read = Receipt.parse(receipt)
            verified = read.verify(policy, proofs)
        except ProofError as error:
            raise ArchiveError(error.detail, file=self.receipt.path) from None
        if (read.index, read.opening) != (self.index, self.opening.opening):
            raise ArchiveError("a receipt is of another entry", file=self.receipt.path)
        return verified


def read_chain(data: bytes, *, at_most: int) -> tuple[ChainEntry, ...]:
    """Read a chain, and check that it has no gap and that each content is proven.

    `at_most` entries are there: each has its receipt in the archive, so it holds no
    more of them than files. What is longer is refused before it is parsed.

    Raises:
        ArchiveError: it is none, an entry is missing, or a content was not stamped.

    """
    _require_bounded(data, at_most)
    try:
        value = parse(data, exact=True)
        entries = tuple(_entries(value))
        verify_chain(entry.opening for entry in entries)
        _require_told(entries)
    except ArchiveError:
        raise
    except Malformed as error:
        raise ArchiveError(error.detail, file=PATH) from None
    return entries


def _require_bounded(data: bytes, at_most: int) -> None:
    values = 0
    for token in _DIVIDERS.finditer(data):
        values += len(token[0]) == 1 and token[0] != b'"'
        if values > at_most * _MAX_VALUES:
            break
    if len(data) > at_most * MAX_ENTRY_BYTES or values > at_most * _MAX_VALUES:
        what = "the chain is longer than the receipts in the archive allow"
        raise ArchiveError(what, file=PATH)


def _require_told(entries: tuple[ChainEntry, ...]) -> None:
    """Check that contents are those stamped, and places in the log those of a chain."""
    before = -1
    for position, entry in enumerate(entries, start=1):
        if entry.content is not None and not _opens(entry.opening, entry.content):
            what = f"entry {position} stamped another content"
            raise ArchiveError(what, file=PATH)
        if entry.index <= before:
            what = f"entry {position} is not after the one before it in the log"
            raise ArchiveError(what, file=PATH)
        before = entry.index


def _entries(value: object) -> Iterator[ChainEntry]:
    if not isinstance(value, dict) or set(value) != {"v", "entries"}:
        raise ArchiveError("the chain cannot be read", file=PATH)
    entries = value["entries"]
    fit = type(value["v"]) is int and isinstance(entries, list)
    if not fit or value["v"] != VERSION:
        raise ArchiveError("the chain is not of version 1", file=PATH)
    for entry in entries:
        if not isinstance(entry, dict) or set(entry) != _MEMBERS:
            raise ArchiveError("an entry of the chain cannot be read", file=PATH)
        yield _entry(entry)


def _entry(entry: Mapping[str, Any]) -> ChainEntry:
    index, content = entry["index"], entry["content"]
    if type(index) is not int or not isinstance(content, str | None):
        raise ArchiveError("an entry of the chain cannot be read", file=PATH)
    return ChainEntry(
        index=index,
        opening=SubjectOpening.from_bytes(canonical(entry["opening"])),
        content=None if content is None else content.encode(),
        receipt=Listed.read(entry["receipt"]),
    )
