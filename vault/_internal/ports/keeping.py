"""What a vault keeps beside its records: catalogues, questions, MACs of rows."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol, TypeAlias

from kit.db import WriteSession
from vault._internal.row_macs import Value


class AcceptedRow(NamedTuple):
    """One catalogue that was accepted, as a canonical document."""

    number: int
    digest: str
    document: bytes
    at: int
    entry: int


class CatalogueStore(Protocol):
    """The catalogues that were accepted, the newest of which counts."""

    def newest(self) -> AcceptedRow | None:
        """Give the catalogue that counts; None before the first was accepted."""

    def digest(self, session: WriteSession) -> str | None:
        """Give the digest of the catalogue that counts, inside a unit of work."""

    def add(
        self, session: WriteSession, digest: str, document: bytes, at: int, entry: int
    ) -> None:
        """Note that a catalogue was accepted."""


class VerificationStore(Protocol):
    """The questions of the last day whether a value is the one held.

    Counted in the data store, so that a restart forgets nothing and all processes count
    together. A caller's questions and those about a customer are rows of their own.
    """

    def forget(self, session: WriteSession, before: int) -> None:
        """Forget the questions up to an instant."""

    def last_by(
        self, session: WriteSession, principal: str, since: int, most: int
    ) -> int | None:
        """Give the instant of a caller's last question but `most` - 1 after another."""

    def last_of(
        self, session: WriteSession, subject: bytes, since: int, most: int
    ) -> int | None:
        """Give the instant of the last question but `most` - 1 about a customer."""

    def add(
        self,
        session: WriteSession,
        at: int,
        *,
        principal: str | None = None,
        subject: bytes | None = None,
    ) -> None:
        """Count a question, of a caller or about a customer."""


Accept: TypeAlias = Callable[[tuple[Value, ...]], object]
"""Looks at a row before it is vouched for, and raises where that would be wrong."""


class RowMacStore(Protocol):
    """The MACs of a whole store: who lacks one, whose is not right."""

    def wrong(self) -> Iterator[tuple[str, int]]:
        """Count by table the rows that were not written here; none is left out."""

    def lacking(self) -> bool:
        """Tell whether any row has no MAC at all."""

    def give(self, accept: Accept = lambda _: None) -> int:
        """Give each row that has no MAC its own, in lots; tells how many there were.

        `accept` is asked about each row of a customer first.
        """
