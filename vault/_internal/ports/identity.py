"""The identity store as a store keeps it: who is who, keys, blind indexes, the fence.

Whoever is fenced off is absent from every answer that leads to a key or a record; a
method that answers of them all the same says so. Nothing here knows a key or hashes a
value. Who is here already, under the same key, raises, and the unit of work is undone,
unless a method says that it keeps something instead of what was.
"""

from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from typing import Final, NamedTuple, Protocol

from ledger.formats.order import OrderRef

SCHEMA_VERSION: Final = 3
"""What the home holds, not which tables: raised by `vault.upgrade`, and by init."""

MAIN: Final = "main"
"""The scope of the key that seals a customer's records."""

MAX_HOLDERS: Final = 1_000
"""So many holders of one identifier are looked at; a household has fewer."""


class EpochRow(NamedTuple):
    """An epoch's wrapped key."""

    epoch: int
    root_version: int
    wrapped: bytes
    at: int


class SecretRow(NamedTuple):
    """One generation of a named secret, wrapped."""

    name: str
    generation: int
    epoch: int
    wrapped: bytes
    at: int
    retired: int | None


class KeyRow(NamedTuple):
    """A customer's wrapped key."""

    kid: bytes
    subject: bytes
    scope: str
    epoch: int
    wrapped: bytes


class IndexRow(NamedTuple):
    """One identifier of one record, as hashes."""

    field: str
    mac: bytes
    subject: bytes
    record: bytes
    bind: bytes


class SuppressedRow(NamedTuple):
    """One identifier that must not come back by itself."""

    mac: bytes
    until: int
    basis: str
    lot: bytes
    row_mac: bytes | None


class LeavingRow(NamedTuple):
    """Somebody of whom what they were found by is still going; 0 if they came back."""

    subject: bytes
    lot: bytes
    until: int
    named: int | None
    row_mac: bytes | None


class TallyRow(NamedTuple):
    """How many rows a table has, and the sum of their MACs."""

    name: str
    rows: int
    sum: bytes
    version: int
    row_mac: bytes


class CustomerRow(NamedTuple):
    """Which subject a customer id's hash stands for, and the id itself, sealed."""

    handle: bytes
    subject: bytes
    sealed: bytes
    row_mac: bytes | None


class Held(NamedTuple):
    """What leads to a subject, fenced off or not.

    `named` counts what records say, each once by however many rules it is hashed.
    """

    kids: tuple[bytes, ...]
    identifiers: tuple[tuple[str, bytes], ...]
    handle: bytes | None
    named: int

    @property
    def unlinked(self) -> bool:
        """Whether neither a key nor a customer id leads to the subject."""
        return not self.kids and self.handle is None

    @property
    def nothing(self) -> bool:
        """Whether nothing leads to the subject."""
        return self.unlinked and not self.identifiers


class IdentityReads(Protocol):
    """What can be asked; each answer is there to the end before it is given.

    A read that stayed open would make an erasure wait before it can cut the log.
    """

    def installation(self) -> tuple[bytes, int] | None:
        """Give the vault's id and the schema's version, if there is one."""

    def epoch(self, epoch: int) -> EpochRow | None:
        """Find an epoch's wrapped key."""

    def newest_epoch(self) -> int | None:
        """Give the number of the epoch whose key wraps now."""

    def names_root(self, version: int) -> bool:
        """Tell whether a row still needs a root version."""

    def epochs(self) -> list[EpochRow]:
        """List the epochs' wrapped keys, oldest first."""

    def secrets(self, name: str) -> list[SecretRow]:
        """List the generations of a named secret, oldest first."""

    def all_secrets(self) -> list[SecretRow]:
        """List every generation of every named secret, by name and generation."""

    def key(self, subject: bytes, kid: bytes) -> KeyRow | None:
        """Find a key of a subject that is not fenced off."""

    def keys(self, wanted: Collection[tuple[bytes, bytes]]) -> list[KeyRow]:
        """Find many (subject, kid) at once; one that is fenced off is absent."""

    def main_keys(self, subjects: Collection[bytes]) -> dict[bytes, KeyRow]:
        """Find the keys that seal subjects' records now, those of the newest epoch."""

    def keys_of(self, subject: bytes) -> list[KeyRow]:
        """List the keys of a subject that is not fenced off, by epoch and id."""

    def fenced(self, subject: bytes) -> bool:
        """Tell whether a subject was destroyed."""

    def fence(self, subject: bytes) -> bytes | None:
        """Give the id of the order that destroyed a subject."""

    def by_handles(self, handles: Collection[bytes]) -> list[CustomerRow]:
        """Find the customers of many hashes; what leads to nobody is absent."""

    def subjects(self, after: bytes, most: int) -> list[bytes]:
        """List the subjects that a customer id leads to, in order, behind one."""

    def count_without(self, field: str) -> int:
        """Count the customers of whom the index has no row of a field."""

    def customer_of(self, subject: bytes) -> CustomerRow | None:
        """Find a subject's customer id, whether the fence is up or not."""

    def named(
        self, subjects: Collection[bytes]
    ) -> list[tuple[CustomerRow, KeyRow | None]]:
        """Give the sealed customer ids of many subjects, each with the key it names.

        The key is None where it is gone without a fence.
        """

    def holders(self, field: str, mac: bytes, most: int) -> list[IndexRow]:
        """List whose an identifier is, by subject, so many at most."""

    def shared_fields(self) -> list[tuple[str, int]]:
        """Say in which fields identifiers are several customers', and how many are."""

    def identifiers(self) -> list[IndexRow]:
        """List every identifier of everybody, whether the fence is up or not."""

    def index_of(self, subject: bytes) -> list[IndexRow]:
        """List what a subject is found by, whether the fence is up or not.

        By field and hash.
        """

    def held(self, subject: bytes) -> Held:
        """Give all that leads to a subject, whether the fence is up or not."""

    def links(self, subject: bytes) -> Held:
        """Give the same without what records say: keys, customer id, and no more."""

    def index_said(self, subject: bytes, record: bytes) -> list[IndexRow]:
        """List what one record of a subject is found by."""

    def index_next(self, subject: bytes, most: int) -> list[IndexRow]:
        """List some of what a subject is found by, in the order of their records."""

    def count_named(self, subject: bytes) -> int:
        """Count what records say that a subject is found by, by whatever rules."""

    def leaving(self, subject: bytes) -> LeavingRow | None:
        """Find somebody of whom what they were found by is still going."""

    def leaving_with(self, lot: bytes) -> list[LeavingRow]:
        """List the same by the lot of their suppressions."""

    def is_anybody_leaving(self) -> bool:
        """Tell whether there is anybody of that sort."""

    def leavers(self, field: str, mac: bytes) -> list[tuple[IndexRow, LeavingRow]]:
        """List those of them whose an identifier was."""

    def names(self, held: Held) -> bool:
        """Tell whether a key, identifier or customer id is there, whoever's it is."""

    def suppression(self, mac: bytes) -> SuppressedRow | None:
        """Find what is said of a suppressed identifier."""

    def suppressions(self, macs: Collection[bytes]) -> list[SuppressedRow]:
        """Find what is said of many at once; what is not suppressed is absent."""

    def tally(self, name: str) -> TallyRow | None:
        """Find what is said of a table as a whole."""

    def all_suppressed(self) -> list[SuppressedRow]:
        """List every suppressed identifier."""

    def suppressed_with(self, mac: bytes) -> list[SuppressedRow]:
        """List what was suppressed by the same erasure as an identifier, itself too."""

    def lapsed(self, now: int) -> list[SuppressedRow]:
        """List the suppressions whose time is over at an instant."""

    def applied(self) -> OrderRef:
        """Give the place of the last order that changed this store."""


class IdentityWork(IdentityReads, Protocol):
    """What can be changed inside one unit of work, which sees what it has written."""

    def add_installation(self, vault_id: bytes) -> None:
        """Say which installation this store belongs to."""

    def set_schema_version(self, version: int) -> None:
        """Say that the home holds what a program of this version writes."""

    def add_epoch(self, row: EpochRow) -> None:
        """Keep a new epoch's wrapped key."""

    def rewrap_epoch(self, row: EpochRow) -> None:
        """Keep an epoch's key under another root version; its time stays."""

    def add_secret(self, row: SecretRow) -> None:
        """Keep a new generation of a named secret."""

    def retire_secret(self, name: str, generation: int, at: int) -> None:
        """Say that a generation is used no more."""

    def add_keys(self, rows: Iterable[KeyRow]) -> None:
        """Keep new customer keys."""

    def add_customers(self, rows: Iterable[CustomerRow]) -> None:
        """Keep new customers."""

    def add_identifier(self, row: IndexRow) -> None:
        """Keep an identifier, or move it to another record of the same subject."""

    def drop_identifiers(self, subject: bytes, record: bytes) -> None:
        """Forget what a record was found by."""

    def drop_identifier(self, subject: bytes, record: bytes, field: str) -> None:
        """Forget that a record is found by one field of it."""

    def erase(self, subject: bytes, order_id: bytes, at: int, row_mac: bytes) -> None:
        """Delete keys and customer id of a subject, and set the fence; the first stays.

        With them goes what leads to the customer id; what records say stays.
        """

    def drop_indexed(self, rows: Iterable[IndexRow]) -> None:
        """Forget what subjects are found by, row by row."""

    def set_leaving(self, row: LeavingRow) -> None:
        """Say of somebody that what they were found by is going."""

    def drop_leaving(self, subject: bytes) -> None:
        """Say that it has gone."""

    def set_applied(self, number: int, digest: bytes) -> None:
        """Keep the place of the last order that changed this store; it only grows."""

    def suppress(self, row: SuppressedRow) -> None:
        """Keep an identifier from coming back, instead of what was said of it."""

    def set_tally(self, row: TallyRow) -> None:
        """Say what a table is as a whole, instead of what was said."""

    def drop_suppressed(self, mac: bytes) -> None:
        """Forget one suppression.

        Raises:
            IntegrityFault: it still stands.

        """


class IdentityStore(Protocol):
    """The identity store of an installation."""

    @property
    def reads(self) -> IdentityReads:
        """What is committed, each answer in a snapshot of its own."""

    def work(self) -> AbstractContextManager[IdentityWork]:
        """Open a unit of work; it commits at the end of the block, or not at all."""

    def version(self) -> int:
        """Give a number that changes when anybody else commits here, to this thread."""

    def truncate_log(self) -> None:
        """Cut the write-ahead log, in which deleted rows still stand.

        Raises:
            Unavailable: somebody keeps it busy.

        """
