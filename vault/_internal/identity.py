"""Every statement of the identity store. A second database is a second set like this.

Reads run in autocommit on this thread's own connection and are fetched to the end at
once: a read transaction left open here would make an erasure wait before it can cut
the write-ahead log. Nothing here knows a key or hashes a value.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final, NamedTuple

from kit.db import Database, raw
from kit.ids import ID_BYTES
from vault._internal.envelope import KID_FROM

SCHEMA_VERSION: Final = 1
MAIN: Final = "main"


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


_LIVE_KEY: Final = (
    "SELECT k.kid, k.subject, k.scope, k.epoch, k.wrapped FROM identity_key k"
    " LEFT JOIN identity_fence f ON f.subject = k.subject"
    " WHERE f.subject IS NULL AND "
)
_SUBJECTS: Final = (
    "WITH wanted(handle) AS (VALUES {wanted})"
    " SELECT c.handle, c.subject FROM wanted w"
    " CROSS JOIN identity_customer c ON c.handle = w.handle"
    " LEFT JOIN identity_fence f ON f.subject = c.subject WHERE f.subject IS NULL"
)
_SECRETS: Final = (
    "SELECT name, generation, epoch, wrapped, at, retired FROM identity_secret"
)
_KEY: Final = _LIVE_KEY + "k.kid = ? AND k.subject = ?"
_KEYS: Final = (
    "WITH wanted(kid, subject) AS (VALUES {wanted})"
    " SELECT k.kid, k.subject, k.scope, k.epoch, k.wrapped FROM wanted w"
    " CROSS JOIN identity_key k ON k.kid = w.kid AND k.subject = w.subject"
    " LEFT JOIN identity_fence f ON f.subject = k.subject WHERE f.subject IS NULL"
)
_NAMED: Final = (
    "WITH wanted(subject) AS (VALUES {wanted})"
    " SELECT c.sealed, c.subject, k.kid, k.scope, k.epoch, k.wrapped FROM wanted w"
    " CROSS JOIN identity_customer c ON c.subject = w.subject"
    " LEFT JOIN identity_key k ON k.kid = substr(c.sealed, ?, ?)"
    " AND k.subject = c.subject"
    " LEFT JOIN identity_fence f ON f.subject = c.subject WHERE f.subject IS NULL"
)
_KEYS_OF: Final = _LIVE_KEY + "k.subject = ? ORDER BY k.epoch, k.kid"
_MAIN_OF: Final = (
    _LIVE_KEY + "k.subject = ? AND k.scope = 'main' ORDER BY k.epoch DESC LIMIT 1"
)

_ERASE: Final = (
    "DELETE FROM identity_key WHERE subject = ?",
    "DELETE FROM identity_index WHERE subject = ?",
    "DELETE FROM identity_customer WHERE subject = ?",
)


class IdentityReads:
    """What can be asked, on one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def installation(self) -> tuple[bytes, int] | None:
        """Give the vault's id and the schema's version, if there is one."""
        return self._one("SELECT vault_id, schema_version FROM identity_installation")

    def epoch(self, epoch: int) -> EpochRow | None:
        """Find an epoch's wrapped key."""
        row = self._one(
            "SELECT epoch, root_version, wrapped, at FROM identity_epoch"
            " WHERE epoch = ?",
            epoch,
        )
        return None if row is None else EpochRow(*row)

    def newest_epoch(self) -> int | None:
        """Give the number of the epoch whose key wraps now."""
        row = self._one("SELECT max(epoch) FROM identity_epoch")
        return None if row is None else row[0]

    def names_root(self, version: int) -> bool:
        """Tell whether a row still needs a root version."""
        return (
            self._one(
                "SELECT 1 FROM identity_epoch WHERE root_version = ? LIMIT 1", version
            )
            is not None
        )

    def epochs(self) -> list[EpochRow]:
        """List the epochs' wrapped keys, oldest first."""
        rows = self._all(
            "SELECT epoch, root_version, wrapped, at FROM identity_epoch ORDER BY epoch"
        )
        return [EpochRow(*row) for row in rows]

    def secrets(self, name: str) -> list[SecretRow]:
        """List the generations of a named secret, oldest first."""
        rows = self._all(f"{_SECRETS} WHERE name = ? ORDER BY generation", name)
        return [SecretRow(*row) for row in rows]

    def all_secrets(self) -> list[SecretRow]:
        """List every generation of every named secret."""
        rows = self._all(f"{_SECRETS} ORDER BY name, generation")
        return [SecretRow(*row) for row in rows]

    def key(self, subject: bytes, kid: bytes) -> KeyRow | None:
        """Find a key of a subject that is not fenced off."""
        row = self._one(_KEY, kid, subject)
        return None if row is None else KeyRow(*row)

    def keys(self, wanted: Collection[tuple[bytes, bytes]]) -> list[KeyRow]:
        """Find many (subject, kid) at once; one that is fenced off is absent."""
        if not wanted:
            return []
        bound = [value for subject, kid in wanted for value in (kid, subject)]
        rows = self._all(_for_many(_KEYS, "(?, ?)", len(wanted)), *bound)
        return [KeyRow._make(row) for row in rows]

    def main_key(self, subject: bytes) -> KeyRow | None:
        """Find the key that seals a subject's records now."""
        row = self._one(_MAIN_OF, subject)
        return None if row is None else KeyRow(*row)

    def keys_of(self, subject: bytes) -> list[KeyRow]:
        """List the keys of a subject that is not fenced off."""
        return [KeyRow(*row) for row in self._all(_KEYS_OF, subject)]

    def fenced(self, subject: bytes) -> bool:
        """Tell whether a subject was destroyed."""
        return (
            self._one("SELECT 1 FROM identity_fence WHERE subject = ?", subject)
            is not None
        )

    def subject_of(self, handle: bytes) -> bytes | None:
        """Find the subject that a customer id's hash stands for, if not fenced off."""
        row = self._one(
            "SELECT c.subject FROM identity_customer c"
            " LEFT JOIN identity_fence f ON f.subject = c.subject"
            " WHERE f.subject IS NULL AND c.handle = ?",
            handle,
        )
        return None if row is None else row[0]

    def subjects_of(self, handles: Collection[bytes]) -> dict[bytes, bytes]:
        """Find the subjects of many hashes; what leads to nobody is absent."""
        if not handles:
            return {}
        return dict(self._all(_for_many(_SUBJECTS, "(?)", len(handles)), *handles))

    def customer_of(self, subject: bytes) -> tuple[bytes, bytes] | None:
        """Find a subject's customer id: its hash, and itself sealed."""
        return self._one(
            "SELECT handle, sealed FROM identity_customer WHERE subject = ?", subject
        )

    def named(
        self, subjects: Collection[bytes]
    ) -> list[tuple[bytes, bytes, KeyRow | None]]:
        """Give the sealed customer ids of many subjects, each with the key it names.

        Who is fenced off is absent; the key is None where it is gone without a fence.
        """
        if not subjects:
            return []
        kid_at = (KID_FROM + 1, ID_BYTES)
        rows = self._all(_for_many(_NAMED, "(?)", len(subjects)), *subjects, *kid_at)
        return [
            (subject, sealed, None if kid is None else KeyRow(kid, subject, *key))
            for sealed, subject, kid, *key in rows
        ]

    def identifier(self, field: str, mac: bytes) -> IndexRow | None:
        """Find whose an identifier is, if its subject is not fenced off."""
        row = self._one(
            "SELECT i.field, i.mac, i.subject, i.record, i.bind FROM identity_index i"
            " LEFT JOIN identity_fence f ON f.subject = i.subject"
            " WHERE f.subject IS NULL AND i.field = ? AND i.mac = ?",
            field,
            mac,
        )
        return None if row is None else IndexRow(*row)

    def identifiers_of(self, subject: bytes) -> list[tuple[str, bytes]]:
        """List a subject's identifiers, as field and hash."""
        return self._all(
            "SELECT field, mac FROM identity_index WHERE subject = ?"
            " ORDER BY field, mac",
            subject,
        )

    def suppressed(self, mac: bytes, now: int) -> bool:
        """Tell whether an identifier is suppressed at an instant."""
        return (
            self._one(
                "SELECT 1 FROM identity_suppressed WHERE mac = ? AND until > ?",
                mac,
                now,
            )
            is not None
        )

    def _one(self, statement: str, *bound: object) -> tuple[Any, ...] | None:
        rows = self._all(statement, *bound)
        return rows[0] if rows else None

    def _all(self, statement: str, *bound: object) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, bound).fetchall()


@lru_cache(maxsize=256)
def _for_many(statement: str, mark: str, count: int) -> str:
    return statement.format(wanted=", ".join([mark] * count))


class IdentityWork(IdentityReads):
    """What can be changed, inside one unit of work."""

    def add_installation(self, vault_id: bytes) -> None:
        """Say which installation this store belongs to."""
        self._connection.execute(
            "INSERT INTO identity_installation VALUES (?, ?)",
            (vault_id, SCHEMA_VERSION),
        )

    def add_epoch(self, row: EpochRow) -> None:
        """Keep a new epoch's wrapped key."""
        self._connection.execute("INSERT INTO identity_epoch VALUES (?, ?, ?, ?)", row)

    def rewrap_epoch(self, row: EpochRow) -> None:
        """Keep an epoch's key under another root version."""
        self._connection.execute(
            "UPDATE identity_epoch SET root_version = ?, wrapped = ? WHERE epoch = ?",
            (row.root_version, row.wrapped, row.epoch),
        )

    def add_secret(self, row: SecretRow) -> None:
        """Keep a new generation of a named secret."""
        self._connection.execute(
            "INSERT INTO identity_secret VALUES (?, ?, ?, ?, ?, ?)", row
        )

    def retire_secret(self, name: str, generation: int, at: int) -> None:
        """Say that a generation is used no more."""
        self._connection.execute(
            "UPDATE identity_secret SET retired = ? WHERE name = ? AND generation = ?",
            (at, name, generation),
        )

    def add_keys(self, rows: Iterable[KeyRow]) -> None:
        """Keep new customer keys."""
        self._connection.executemany(
            "INSERT INTO identity_key VALUES (?, ?, ?, ?, ?)", rows
        )

    def add_customers(self, rows: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """Keep new customers, as (handle, subject, sealed id)."""
        self._connection.executemany(
            "INSERT INTO identity_customer VALUES (?, ?, ?)", rows
        )

    def add_identifier(self, row: IndexRow) -> None:
        """Keep an identifier, or move it to another record of the same subject."""
        self._connection.execute(
            "INSERT INTO identity_index VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (field, mac) DO UPDATE"
            " SET record = excluded.record, bind = excluded.bind",
            row,
        )

    def drop_identifiers(self, subject: bytes, record: bytes) -> None:
        """Forget what a record was found by."""
        self._connection.execute(
            "DELETE FROM identity_index WHERE subject = ? AND record = ?",
            (subject, record),
        )

    def erase(self, subject: bytes, order_id: bytes, at: int) -> None:
        """Delete what leads to a subject, and set the fence."""
        for statement in _ERASE:
            self._connection.execute(statement, (subject,))
        self._connection.execute(
            "INSERT INTO identity_fence VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (subject, order_id, at),
        )

    def suppress(self, rows: Iterable[SuppressedRow]) -> None:
        """Keep identifiers from coming back; the later end counts."""
        self._connection.executemany(
            "INSERT INTO identity_suppressed VALUES (?, ?, ?, ?)"
            " ON CONFLICT (mac) DO UPDATE SET until = max(until, excluded.until),"
            " basis = excluded.basis, lot = excluded.lot",
            rows,
        )

    def lift(self, mac: bytes) -> None:
        """Let an identifier come back, and with it all of the same erasure."""
        self._connection.execute(
            "DELETE FROM identity_suppressed WHERE lot ="
            " (SELECT lot FROM identity_suppressed WHERE mac = ?)",
            (mac,),
        )

    def drop_lapsed(self, now: int) -> None:
        """Forget suppressions whose time is over."""
        self._connection.execute(
            "DELETE FROM identity_suppressed WHERE until <= ?", (now,)
        )


class IdentityStore:
    """The identity store on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def reads(self) -> IdentityReads:
        """What can be asked, each answer from a transaction of its own."""
        return IdentityReads(self._database.reader())

    @contextmanager
    def work(self) -> Iterator[IdentityWork]:
        """Open a unit of work; it commits at the end of the block, or not at all."""
        with self._database.write() as session:
            yield IdentityWork(raw(session))

    def truncate_log(self) -> None:
        """Cut the write-ahead log, in which deleted rows still stand.

        Raises:
            Unavailable: somebody keeps it busy.

        """
        self._database.truncate_wal()
