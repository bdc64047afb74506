"""Data subjects as a store keeps them."""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from kit.db import WriteSession
from vault._internal.classes import CustomerClass

# Every table of this store that holds something about a subject, children first:
# the order in which an erasure empties them.
OWNED: Final = (
    "vault_verification",
    "vault_opening",
    "vault_chain",
    "vault_part",
    "vault_record",
    "vault_assignment",
    "vault_placement",
    "vault_access_grant",
    "vault_hold",
    "vault_act",
    "vault_removed",
    "vault_birth",
    "vault_imported",
    "vault_subject",
)


class SubjectStore(Protocol):
    """Data subjects, and what opens the ledger's entries about them."""

    def add(self, session: WriteSession, subject: bytes, known: CustomerClass) -> bool:
        """Make a subject known; False, and it stays as it is, if it was already."""

    def known(self, subjects: Iterable[bytes]) -> set[bytes]:
        """Tell which of some subjects have their row."""

    def count(self) -> int:
        """Count the subjects of this vault."""

    def regions(self) -> dict[str, int]:
        """Count the subjects of each region."""

    def all(self) -> list[bytes]:
        """List the subjects of this vault."""

    def dangling(self) -> list[str]:
        """Name the tables with a row that names a row that is not there."""

    def class_of(
        self, subject: bytes, session: WriteSession | None = None
    ) -> CustomerClass | None:
        """Give what decisions know of a subject; inside a unit of work, if given.

        None where nothing is there that was written here.
        """

    def said_of(
        self, subject: bytes, session: WriteSession | None = None
    ) -> CustomerClass | None:
        """Give what a subject's row says, whoever wrote it: for what only narrows."""

    def active(self, session: WriteSession, subjects: Sequence[bytes]) -> set[bytes]:
        """Tell which of some subjects may be written about, inside a unit of work."""

    def set_class(
        self, session: WriteSession, subject: bytes, known: CustomerClass
    ) -> None:
        """Change what decisions know of a subject: one row, whatever they hold."""

    def add_opening(
        self,
        session: WriteSession,
        *,
        subject: bytes,
        handle: bytes,
        tag: bytes,
        sealed: bytes,
    ) -> None:
        """Keep what opens one ledger entry."""

    def number_next(self, session: WriteSession, subject: bytes) -> int:
        """Give a subject's next entry its number, the first one 1."""

    def entries(self, subject: bytes) -> int:
        """Tell how many entries about a subject were ever stamped."""

    def count_openings(self, subject: bytes) -> int:
        """Count a subject's entries that can still be opened, one by one."""

    def count_all_openings(self) -> int:
        """Count every customer's entries that can still be opened."""

    def opening(
        self, subject: bytes, handle: bytes, session: WriteSession | None = None
    ) -> bytes | None:
        """Find one opening."""

    def openings(
        self, subject: bytes, tag: bytes | None = None
    ) -> list[tuple[bytes, bytes]]:
        """List a subject's openings as (handle, sealed), all or those of one record."""

    def tags(self, subject: bytes) -> dict[bytes, bytes]:
        """Give the tag of each of a subject's openings, by its handle."""

    def stamped(self) -> list[bytes]:
        """List the subjects about whom anything was stamped, said or arranged."""

    def rows_about(
        self, subject: bytes, table: str, session: WriteSession | None = None
    ) -> int:
        """Count the rows of one table that are about a subject."""

    def purge(self, session: WriteSession, subject: bytes) -> dict[str, int]:
        """Delete all that this store holds about a subject; counts by table.

        Raises:
            ConstraintBroken: a row that names one of these is still there.

        """


class BirthStore(Protocol):
    """Sealed birth dates."""

    def put(self, session: WriteSession, subject: bytes, sealed: bytes) -> None:
        """Keep a subject's birth date instead of the one before."""

    def find(self, subject: bytes, session: WriteSession | None = None) -> bytes | None:
        """Find a subject's birth date; inside a unit of work, if given."""

    def after(self, subject: bytes, limit: int) -> list[bytes]:
        """List the next subjects whose birth date is kept."""
