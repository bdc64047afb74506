"""Imports as a store keeps them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, Protocol, TypeAlias

from kit.db import WriteSession

OPEN: Final = "open"
DONE: Final = "done"
TAKING: Final = "taking back"
TAKEN: Final = "taken back"

COUNTS: Final = (
    *("written", "already", "refused", "skipped"),
    *("records_written", "records_replaced", "records_already", "records_refused"),
    "customers",
)


class RunRow(NamedTuple):
    """An import: which, of what, since when, in which state, how far; how it ended."""

    number: int
    source: bytes
    digest: bytes
    at: int
    state: str
    line: int
    ended: int | None
    removed: int
    reason: str
    counts: tuple[int, ...]


class StandingRow(NamedTuple):
    """A record as it is, and as an import wrote it last, if one did."""

    version: int
    fingerprint: bytes
    imported: int | None
    said: bytes | None


Item: TypeAlias = tuple[bytes, bytes]


class MadeRow(NamedTuple):
    """A record that an import made, and that may go; of which collection, in where."""

    subject: bytes
    record: bytes
    collection: str
    region: str


class ImportStore(Protocol):
    """Imports: how far each is, what came of it, what it wrote."""

    def begin(
        self, session: WriteSession, source: bytes, digest: bytes, at: int
    ) -> RunRow:
        """Find an import of this file and map that is under way, or begin one."""

    def move(
        self, session: WriteSession, number: int, line: int, counts: Iterable[int]
    ) -> None:
        """Say how far an import is, in the unit of work of the batch behind it.

        Raises:
            Conflict: it is being taken back.

        """

    def end(self, session: WriteSession, number: int, *, at: int) -> None:
        """Have an import be done. One that changed nothing was never there."""

    def runs(self) -> list[RunRow]:
        """List the imports there were, in order."""

    def find(self, number: int, session: WriteSession | None = None) -> RunRow | None:
        """Find an import; inside a unit of work, if given."""

    def wrote(
        self,
        session: WriteSession,
        number: int,
        records: Iterable[tuple[bytes, bytes, bool]],
    ) -> None:
        """Remember records that an import wrote, and whether it made them."""

    def standing(
        self, subject: bytes, either: tuple[bytes, bytes]
    ) -> dict[bytes, StandingRow]:
        """Give two records as they are, and as an import wrote them last."""


class MadeStore(Protocol):
    """What one import made, as it lies now: what may go, what stays."""

    def tally(self, number: int) -> dict[str, int]:
        """Count what an import wrote, by what keeps it; '' is what may go."""

    def made(
        self, number: int, session: WriteSession | None = None
    ) -> Iterator[list[MadeRow]]:
        """Page through what may go; inside a unit of work, if given."""

    def left(self, number: int) -> Iterator[list[Item]]:
        """Page through what is remembered as made, and is not there any more."""

    def remove(self, session: WriteSession, number: int, items: Sequence[Item]) -> int:
        """Delete records with their parts, and count them on the import's row."""

    def gone(self, session: WriteSession, items: Iterable[Item]) -> list[Item]:
        """Tell, inside a unit of work, which of some records are not there."""

    def forget(self, session: WriteSession, items: Iterable[Item]) -> None:
        """Remember no more that an import made these."""

    def begin(self, session: WriteSession, number: int, reason: str) -> None:
        """Have an import be taken back from now on, for a reason; the first counts."""

    def end(self, session: WriteSession, number: int, *, at: int) -> bool:
        """Have an import be taken back; False if it was before."""
