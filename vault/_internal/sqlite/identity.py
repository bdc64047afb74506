"""Every statement that changes the identity store, and how it is opened."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from kit.db import Database, raw
from kit.errors import IntegrityFault
from vault._internal.ports.identity import (
    SCHEMA_VERSION,
    CustomerRow,
    EpochRow,
    IndexRow,
    KeyRow,
    LeavingRow,
    SecretRow,
    SuppressedRow,
    TallyRow,
)
from vault._internal.sqlite.identity_reads import OF_NO_RECORD, SqliteIdentityReads


def _put(table: str, names: tuple[str, ...], verb: str = "INSERT") -> str:
    marks = ", ".join("?" * len(names))
    return f"{verb} INTO {table} ({', '.join(names)}) VALUES ({marks})"


_INSTEAD: Final = "INSERT OR REPLACE"
_INSTALLATION: Final = _put("identity_installation", ("vault_id", "schema_version"))
_EPOCH: Final = _put("identity_epoch", EpochRow._fields)
_SECRET: Final = _put("identity_secret", SecretRow._fields)
_KEY: Final = _put("identity_key", KeyRow._fields)
_CUSTOMER: Final = _put("identity_customer", CustomerRow._fields)
_SUPPRESS: Final = _put("identity_suppressed", SuppressedRow._fields, _INSTEAD)
_TALLY: Final = _put("identity_tally", TallyRow._fields, _INSTEAD)
_IDENTIFIER: Final = (
    _put("identity_index", IndexRow._fields)
    + " ON CONFLICT (field, mac, subject) DO UPDATE"
    " SET record = excluded.record, bind = excluded.bind"
)
_FENCE: Final = (
    _put("identity_fence", ("subject", "order_id", "at", "row_mac"))
    + " ON CONFLICT DO NOTHING"
)
_APPLIED: Final = (
    "INSERT INTO identity_order (store, number, digest) VALUES (1, ?, ?)"
    " ON CONFLICT (store) DO UPDATE"
    " SET number = excluded.number, digest = excluded.digest"
    " WHERE excluded.number > number"
)
_LEAVING: Final = _put("identity_leaving", LeavingRow._fields, _INSTEAD)
_ERASE: Final = (
    "DELETE FROM identity_key WHERE subject = ?",
    f"DELETE FROM identity_index WHERE subject = ? AND {OF_NO_RECORD}",
    "DELETE FROM identity_customer WHERE subject = ?",
)


class SqliteIdentityWork(SqliteIdentityReads):
    """What can be changed, inside one unit of work."""

    def add_installation(self, vault_id: bytes) -> None:
        self._connection().execute(_INSTALLATION, (vault_id, SCHEMA_VERSION))

    def set_schema_version(self, version: int) -> None:
        self._connection().execute(
            "UPDATE identity_installation SET schema_version = ?", (version,)
        )

    def add_epoch(self, row: EpochRow) -> None:
        self._connection().execute(_EPOCH, row)

    def rewrap_epoch(self, row: EpochRow) -> None:
        self._connection().execute(
            "UPDATE identity_epoch SET root_version = ?, wrapped = ? WHERE epoch = ?",
            (row.root_version, row.wrapped, row.epoch),
        )

    def add_secret(self, row: SecretRow) -> None:
        self._connection().execute(_SECRET, row)

    def retire_secret(self, name: str, generation: int, at: int) -> None:
        self._connection().execute(
            "UPDATE identity_secret SET retired = ? WHERE name = ? AND generation = ?",
            (at, name, generation),
        )

    def add_keys(self, rows: Iterable[KeyRow]) -> None:
        self._connection().executemany(_KEY, rows)

    def add_customers(self, rows: Iterable[CustomerRow]) -> None:
        self._connection().executemany(_CUSTOMER, rows)

    def add_identifier(self, row: IndexRow) -> None:
        self._connection().execute(_IDENTIFIER, row)

    def drop_identifiers(self, subject: bytes, record: bytes) -> None:
        self._connection().execute(
            "DELETE FROM identity_index WHERE subject = ? AND record = ?",
            (subject, record),
        )

    def drop_identifier(self, subject: bytes, record: bytes, field: str) -> None:
        self._connection().execute(
            "DELETE FROM identity_index WHERE subject = ? AND record = ? AND field = ?",
            (subject, record, field),
        )

    def erase(self, subject: bytes, order_id: bytes, at: int, row_mac: bytes) -> None:
        for statement in _ERASE:
            self._connection().execute(statement, (subject,))
        self._connection().execute(_FENCE, (subject, order_id, at, row_mac))

    def drop_indexed(self, rows: Iterable[IndexRow]) -> None:
        self._connection().executemany(
            "DELETE FROM identity_index WHERE field = ? AND mac = ? AND subject = ?",
            [(row.field, row.mac, row.subject) for row in rows],
        )

    def set_leaving(self, row: LeavingRow) -> None:
        self._connection().execute(_LEAVING, row)

    def drop_leaving(self, subject: bytes) -> None:
        self._connection().execute(
            "DELETE FROM identity_leaving WHERE subject = ?", (subject,)
        )

    def set_applied(self, number: int, digest: bytes) -> None:
        self._connection().execute(_APPLIED, (number, digest))

    def suppress(self, row: SuppressedRow) -> None:
        self._connection().execute(_SUPPRESS, row)

    def set_tally(self, row: TallyRow) -> None:
        self._connection().execute(_TALLY, row)

    def drop_suppressed(self, mac: bytes) -> None:
        self._connection().execute(
            "DELETE FROM identity_suppressed WHERE mac = ?", (mac,)
        )
        if self.suppression(mac) is not None:
            raise IntegrityFault("a suppression that was lifted still stands")


class SqliteIdentity:
    """The identity store on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Each answer is from a transaction of its own, on this thread's connection.
        self.reads = SqliteIdentityReads(database.reader)

    @contextmanager
    def work(self) -> Iterator[SqliteIdentityWork]:
        with self._database.write() as session:
            connection = raw(session)
            yield SqliteIdentityWork(lambda: connection)

    def version(self) -> int:
        return self._database.version()

    def truncate_log(self) -> None:
        self._database.truncate_wal()
