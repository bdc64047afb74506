"""Records as a store keeps them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from kit.db import WriteSession

PAGE: Final = 1_000
MAIN: Final = "main"
PAGE_BYTES: Final = 1 << 20
"""A page that has so many bytes of ciphertext is full, however few its records."""


class SealedRow(NamedTuple):
    """One record as it lies in the store."""

    subject: bytes
    record: bytes
    version: int
    schema: str
    k: int
    """The packed class (classes.py) that the policy is asked about."""
    sealed: bytes
    status: int
    """The code of its own authorization's status."""
    retain_until: int | None
    contributed: int
    part: str | None
    """The name of a part that is sealed apart, or None."""
    apart: bytes | str | None
    """Its ciphertext; of several parts, JSON instead, each part's name to hex."""


class RecordInsert(NamedTuple):
    """One sealed record to be stored, in the order of its columns."""

    subject: bytes
    record: bytes
    class_number: int
    version: int
    schema: str
    retain_until: int | None
    hold: int
    contributed: int
    hour: int
    fingerprint: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class ReadContext:
    """What a question brings to a read: its purpose, its instant, who is asking.

    `reach` is a service's, the same for every row. A customer (`own`, their subject)
    reaches what is their own, and staff what is arranged (`CareStore`, `UnitStore`),
    row by row: so the rule holds in the store too, whatever the caller asks for.
    """

    purpose: str
    now: int
    reach: str
    staff: str | None = None
    own: bytes | None = None


def sealed_bytes(rows: Iterable[SealedRow]) -> int:
    """Add up the ciphertext of some rows, their parts as they are brought."""
    return sum([len(row.sealed) + len(row.apart or b"") for row in rows])


def is_full(rows: Sequence[SealedRow]) -> bool:
    """Tell whether a page ended for its bytes, so that there may be more."""
    return sealed_bytes(rows) >= PAGE_BYTES


class RecordStore(Protocol):
    """Sealed records, as they lie: nothing here decrypts."""

    def version(self) -> int:
        """Give a number that changes when anybody else commits here, to this thread."""

    def point(
        self, asked: ReadContext, subject: bytes, record: bytes
    ) -> SealedRow | None:
        """Find one record of one subject, with its class as it is for who asks."""

    def many(
        self, asked: ReadContext, wanted: Sequence[tuple[bytes, bytes]]
    ) -> dict[tuple[bytes, bytes], SealedRow]:
        """Find many records in one snapshot; what is not there is not in the answer."""

    def page(
        self,
        asked: ReadContext,
        subject: bytes,
        numbers: Sequence[int],
        *,
        after: bytes,
        limit: int,
    ) -> list[SealedRow]:
        """List a subject's records of some record classes, in order of their ids.

        As far as the limit, or until a page is full (`is_full`).
        """

    def reaches(self, asked: ReadContext, subject: bytes) -> bool:
        """Tell whether a subject is there for a caller, whatever is held about them."""

    def scan(
        self,
        asked: Callable[[], ReadContext],
        numbers: Sequence[int],
        *,
        span: tuple[bytes, bytes],
        ugc: bool,
    ) -> Iterator[list[SealedRow]]:
        """Read all records of some classes in a span of subjects, page by page.

        Each page has a snapshot and an instant of its own, and none is held between
        two: however slow the reader, no erasure waits for more than a page. Each
        record is read once, in order of subject and id.
        """

    def collections(self) -> list[str]:
        """Name the collections of which there are records; looks at all of them."""

    def collection_of(self, subject: bytes, record: bytes) -> str | None:
        """Find which collection a record is of."""

    def lot(
        self, session: WriteSession | None, after: tuple[bytes, bytes], limit: int
    ) -> list[SealedRow]:
        """List records behind a subject and a record, inside a unit of work or not.

        In the place of the packed class stands the number of the record's class, in
        that of the authorization's code whether it is held.
        """

    def reseal(
        self,
        session: WriteSession,
        where: tuple[bytes, bytes],
        class_number: int,
        version: int,
        parts: Mapping[str, bytes],
    ) -> None:
        """Put other ciphertext of the same record in its place, all parts of it."""

    def insert(
        self,
        session: WriteSession,
        rows: Sequence[RecordInsert],
        parts: Sequence[tuple[bytes, bytes, str, bytes]] = (),
    ) -> None:
        """Store new records with the parts that are sealed apart.

        What comes in under a hold on all of its subject is held. An id that is taken
        raises, and the unit of work is undone.
        """

    def replace(
        self,
        session: WriteSession,
        row: RecordInsert,
        parts: Sequence[tuple[bytes, bytes, str, bytes]],
    ) -> None:
        """Put a record in the place of its previous version, which is there."""

    def known(
        self, session: WriteSession, subject: bytes, record: bytes
    ) -> tuple[int, bytes] | None:
        """Give version and fingerprint of a record, inside a unit of work."""


class PackedClasses(Protocol):
    """Which packed classes records have, without a look at any content."""

    def of_all(
        self, asked: ReadContext, numbers: Sequence[int], *, ugc: bool
    ) -> list[int]:
        """Name the packed classes of all records of some record classes."""

    def of_subject(
        self, asked: ReadContext, subject: bytes, numbers: Sequence[int]
    ) -> list[int]:
        """Name the packed classes of a subject's records of some record classes."""


class Census(Protocol):
    """How many records there are of each packed class, and nothing else of any."""

    def count(self, purpose: str, now: int) -> list[tuple[int, int]]:
        """Count the records of each class, as they are for a purpose at an instant."""


class RemovedRow(NamedTuple):
    """An item that is gone: since when, and whether nothing of it lies about."""

    at: int
    settled: bool


class RemovalStore(Protocol):
    """Items that were removed."""

    def remove(
        self, session: WriteSession, subject: bytes, record: bytes, *, at: int
    ) -> bool:
        """Delete an item, and remember that it is gone; tells whether it was there."""

    def find(
        self, subject: bytes, record: bytes, session: WriteSession | None = None
    ) -> RemovedRow | None:
        """Tell whether an item was removed; inside a unit of work, if given."""

    def gone(self, subject: bytes) -> list[bytes]:
        """List the items that were removed, and are not there."""

    def unsettled(self) -> list[tuple[bytes, bytes]]:
        """List the items of which something may still lie about."""

    def mark_settled(
        self, session: WriteSession, subject: bytes, record: bytes
    ) -> None:
        """Note that nothing of an item lies about any more."""
