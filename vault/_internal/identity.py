"""The identity store: what can be changed in it, and how it is opened on SQLite.

With `identity_reads` these are all its statements; a second database is a second set
like this. Reads run in autocommit on this thread's own connection. Nothing here knows
a key or hashes a value.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from kit.db import Database, raw
from kit.errors import IntegrityFault
from vault._internal.identity_reads import (
    CustomerRow,
    EpochRow,
    IdentityReads,
    IndexRow,
    KeyRow,
    SecretRow,
    SuppressedRow,
    TallyRow,
)

SCHEMA_VERSION: Final = 3
"""What the home holds, not which tables: raised by `vault.upgrade`, and by init."""

MAIN: Final = "main"

_ERASE: Final = (
    "DELETE FROM identity_key WHERE subject = ?",
    "DELETE FROM identity_index WHERE subject = ?",
    "DELETE FROM identity_customer WHERE subject = ?",
)


class IdentityWork(IdentityReads):
    """What can be changed, inside one unit of work."""

    def add_installation(self, vault_id: bytes) -> None:
        """Say which installation this store belongs to."""
        self._connection().execute(
            "INSERT INTO identity_installation VALUES (?, ?)",
            (vault_id, SCHEMA_VERSION),
        )

    def set_schema_version(self, version: int) -> None:
        """Say that the home holds what a program of this version writes."""
        self._connection().execute(
            "UPDATE identity_installation SET schema_version = ?", (version,)
        )

    def add_epoch(self, row: EpochRow) -> None:
        """Keep a new epoch's wrapped key."""
        self._connection().execute(
            "INSERT INTO identity_epoch VALUES (?, ?, ?, ?)", row
        )

    def rewrap_epoch(self, row: EpochRow) -> None:
        """Keep an epoch's key under another root version."""
        self._connection().execute(
            "UPDATE identity_epoch SET root_version = ?, wrapped = ? WHERE epoch = ?",
            (row.root_version, row.wrapped, row.epoch),
        )

    def add_secret(self, row: SecretRow) -> None:
        """Keep a new generation of a named secret."""
        self._connection().execute(
            "INSERT INTO identity_secret VALUES (?, ?, ?, ?, ?, ?)", row
        )

    def retire_secret(self, name: str, generation: int, at: int) -> None:
        """Say that a generation is used no more."""
        self._connection().execute(
            "UPDATE identity_secret SET retired = ? WHERE name = ? AND generation = ?",
            (at, name, generation),
        )

    def add_keys(self, rows: Iterable[KeyRow]) -> None:
        """Keep new customer keys."""
        self._connection().executemany(
            "INSERT INTO identity_key VALUES (?, ?, ?, ?, ?)", rows
        )

    def add_customers(self, rows: Iterable[CustomerRow]) -> None:
        """Keep new customers."""
        self._connection().executemany(
            "INSERT INTO identity_customer VALUES (?, ?, ?, ?)", rows
        )

    def add_identifier(self, row: IndexRow) -> None:
        """Keep an identifier, or move it to another record of the same subject."""
        self._connection().execute(
            "INSERT INTO identity_index VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (field, mac, subject) DO UPDATE"
            " SET record = excluded.record, bind = excluded.bind",
            row,
        )

    def drop_identifiers(self, subject: bytes, record: bytes) -> None:
        """Forget what a record was found by."""
        self._connection().execute(
            "DELETE FROM identity_index WHERE subject = ? AND record = ?",
            (subject, record),
        )

    def drop_identifier(self, subject: bytes, record: bytes, field: str) -> None:
        """Forget that a record is found by one field of it."""
        self._connection().execute(
            "DELETE FROM identity_index WHERE subject = ? AND record = ? AND field = ?",
            (subject, record, field),
        )

    def erase(self, subject: bytes, order_id: bytes, at: int, row_mac: bytes) -> None:
        """Delete what leads to a subject, and set the fence."""
        for statement in _ERASE:
            self._connection().execute(statement, (subject,))
        self._connection().execute(
            "INSERT INTO identity_fence VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (subject, order_id, at, row_mac),
        )

    def set_applied(self, number: int, digest: bytes) -> None:
        """Keep the place of the last order that changed this store; it only grows."""
        self._connection().execute(
            "INSERT INTO identity_order VALUES (1, ?, ?) ON CONFLICT (store) DO UPDATE"
            " SET number = excluded.number, digest = excluded.digest"
            " WHERE excluded.number > number",
            (number, digest),
        )

    def suppress(self, row: SuppressedRow) -> None:
        """Keep an identifier from coming back."""
        self._connection().execute(
            "INSERT OR REPLACE INTO identity_suppressed VALUES (?, ?, ?, ?, ?)", row
        )

    def set_tally(self, row: TallyRow) -> None:
        """Say what a table is as a whole."""
        self._connection().execute(
            "INSERT OR REPLACE INTO identity_tally VALUES (?, ?, ?, ?, ?)", row
        )

    def drop_suppressed(self, mac: bytes) -> None:
        """Forget one suppression."""
        self._connection().execute(
            "DELETE FROM identity_suppressed WHERE mac = ?", (mac,)
        )
        if self.suppression(mac) is not None:
            raise IntegrityFault("a suppression that was lifted still stands")


class IdentityStore:
    """The identity store on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Each answer is from a transaction of its own, on this thread's connection.
        self.reads = IdentityReads(database.reader)

    @contextmanager
    def work(self) -> Iterator[IdentityWork]:
        """Open a unit of work; it commits at the end of the block, or not at all."""
        with self._database.write() as session:
            connection = raw(session)
            yield IdentityWork(lambda: connection)

    def version(self) -> int:
        """Give a number that changes when anybody else commits here, to this thread."""
        return self._database.version()

    def truncate_log(self) -> None:
        """Cut the write-ahead log, in which deleted rows still stand.

        Raises:
            Unavailable: somebody keeps it busy.

        """
        self._database.truncate_wal()
