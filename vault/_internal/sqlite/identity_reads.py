"""Every statement that asks the identity store."""

import sqlite3
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any, Final

from kit.db import value
from kit.ids import ID_BYTES
from ledger.formats.order import NOTHING, OrderRef
from vault._internal.envelope import KID_FROM
from vault._internal.ports.identity import (
    CustomerRow,
    EpochRow,
    Held,
    IndexRow,
    KeyRow,
    LeavingRow,
    SecretRow,
    SuppressedRow,
    TallyRow,
)


def _select(table: str, names: tuple[str, ...], alias: str = "t") -> str:
    return f"SELECT {_of(alias, names)} FROM {table} {alias}"


def _of(alias: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"{alias}.{name}" for name in names)


_EPOCHS: Final = _select("identity_epoch", EpochRow._fields)
_SECRETS: Final = _select("identity_secret", SecretRow._fields)
_SUPPRESSED: Final = _select("identity_suppressed", SuppressedRow._fields)
_TALLY: Final = _select("identity_tally", TallyRow._fields)
_INDEX: Final = _select("identity_index", IndexRow._fields)
_CUSTOMER: Final = _select("identity_customer", CustomerRow._fields)
_LIVE: Final = (
    " LEFT JOIN identity_fence f ON f.subject = t.subject WHERE f.subject IS NULL"
)
_LIVE_KEY: Final = f"{_select('identity_key', KeyRow._fields)}{_LIVE} AND "
_KEY: Final = f"{_LIVE_KEY} t.kid = ? AND t.subject = ?"
_KEYS_OF: Final = f"{_LIVE_KEY} t.subject = ? ORDER BY t.epoch, t.kid"
_MAIN_OF: Final = (
    f"{_LIVE_KEY} t.subject IN ({{wanted}}) AND t.scope = 'main' ORDER BY t.epoch"
)
_LEAVERS: Final = _select("identity_leaving", LeavingRow._fields)
_LEFT_BY: Final = (
    f"SELECT {_of('i', IndexRow._fields)}, {_of('l', LeavingRow._fields)}"
    " FROM identity_index i CROSS JOIN identity_leaving l ON l.subject = i.subject"
    " WHERE i.field = ? AND i.mac = ?"
)
OF_NO_RECORD: Final = "record = zeroblob(16)"
"""What leads to the customer's id, and is said by no record."""
_HOLDERS: Final = (
    f"{_INDEX}{_LIVE} AND t.field = ? AND t.mac = ? ORDER BY t.subject LIMIT ?"
)
# What is wanted leads, row by row, through the primary keys.
_KEYS: Final = (
    "WITH wanted(kid, subject) AS (VALUES {wanted})"
    f" SELECT {_of('t', KeyRow._fields)} FROM wanted w"
    f" CROSS JOIN identity_key t ON t.kid = w.kid AND t.subject = w.subject{_LIVE}"
)
_CUSTOMERS: Final = (
    "WITH wanted(handle) AS (VALUES {wanted})"
    f" SELECT {_of('t', CustomerRow._fields)} FROM wanted w"
    f" CROSS JOIN identity_customer t ON t.handle = w.handle{_LIVE}"
)
_NAMED: Final = (
    "WITH wanted(subject) AS (VALUES {wanted})"
    f" SELECT {_of('t', CustomerRow._fields)}, {_of('k', KeyRow._fields)} FROM wanted w"
    " CROSS JOIN identity_customer t ON t.subject = w.subject"
    " LEFT JOIN identity_key k ON k.kid = substr(t.sealed, ?, ?)"
    f" AND k.subject = t.subject{_LIVE}"
)
_STANDING: Final = (
    "WITH wanted(mac) AS (VALUES {wanted})"
    f" SELECT {_of('t', SuppressedRow._fields)} FROM wanted w"
    " CROSS JOIN identity_suppressed t ON t.mac = w.mac"
)
_SHARED: Final = (
    f"SELECT field, count(*) FROM (SELECT t.field, t.mac FROM identity_index t{_LIVE}"
    " GROUP BY t.field, t.mac HAVING count(*) > 1) GROUP BY field ORDER BY field"
)


class SqliteIdentityReads:
    """What can be asked, each time on the connection that is given then."""

    def __init__(self, connection: Callable[[], sqlite3.Connection]) -> None:
        self._connection = connection

    def installation(self) -> tuple[bytes, int] | None:
        return self._one("SELECT vault_id, schema_version FROM identity_installation")

    def epoch(self, epoch: int) -> EpochRow | None:
        row = self._one(f"{_EPOCHS} WHERE epoch = ?", epoch)
        return None if row is None else EpochRow._make(row)

    def newest_epoch(self) -> int | None:
        find = "SELECT max(epoch) FROM identity_epoch"
        newest: int | None = value(self._connection().execute(find))
        return newest

    def names_root(self, version: int) -> bool:
        statement = "SELECT 1 FROM identity_epoch WHERE root_version = ? LIMIT 1"
        return self._one(statement, version) is not None

    def epochs(self) -> list[EpochRow]:
        return [EpochRow._make(row) for row in self._all(f"{_EPOCHS} ORDER BY epoch")]

    def secrets(self, name: str) -> list[SecretRow]:
        rows = self._all(f"{_SECRETS} WHERE name = ? ORDER BY generation", name)
        return [SecretRow._make(row) for row in rows]

    def all_secrets(self) -> list[SecretRow]:
        rows = self._all(f"{_SECRETS} ORDER BY name, generation")
        return [SecretRow._make(row) for row in rows]

    def key(self, subject: bytes, kid: bytes) -> KeyRow | None:
        row = self._one(_KEY, kid, subject)
        return None if row is None else KeyRow._make(row)

    def keys(self, wanted: Collection[tuple[bytes, bytes]]) -> list[KeyRow]:
        bound = [value for subject, kid in wanted for value in (kid, subject)]
        rows = self._many(_KEYS, "(?, ?)", len(wanted), *bound)
        return [KeyRow._make(row) for row in rows]

    def main_keys(self, subjects: Collection[bytes]) -> dict[bytes, KeyRow]:
        rows = self._many(_MAIN_OF, "?", len(subjects), *subjects)
        # By epoch: the newest of a subject is the one that stays.
        return {row.subject: row for row in map(KeyRow._make, rows)}

    def keys_of(self, subject: bytes) -> list[KeyRow]:
        return [KeyRow._make(row) for row in self._all(_KEYS_OF, subject)]

    def fenced(self, subject: bytes) -> bool:
        statement = "SELECT 1 FROM identity_fence WHERE subject = ?"
        return self._one(statement, subject) is not None

    def fence(self, subject: bytes) -> bytes | None:
        find = "SELECT order_id FROM identity_fence WHERE subject = ?"
        order_id: bytes | None = value(self._connection().execute(find, (subject,)))
        return order_id

    def by_handles(self, handles: Collection[bytes]) -> list[CustomerRow]:
        rows = self._many(_CUSTOMERS, "(?)", len(handles), *handles)
        return [CustomerRow._make(row) for row in rows]

    def subjects(self, after: bytes, most: int) -> list[bytes]:
        rows = self._all(
            "SELECT subject FROM identity_customer WHERE subject > ?"
            " ORDER BY subject LIMIT ?",
            after,
            most,
        )
        return [subject for (subject,) in rows]

    def count_without(self, field: str) -> int:
        found = self._connection().execute(
            "SELECT count(*) FROM identity_customer c LEFT JOIN identity_index i"
            " ON i.subject = c.subject AND i.field = ? WHERE i.subject IS NULL",
            (field,),
        )
        return int(value(found))

    def customer_of(self, subject: bytes) -> CustomerRow | None:
        row = self._one(f"{_CUSTOMER} WHERE subject = ?", subject)
        return None if row is None else CustomerRow._make(row)

    def named(
        self, subjects: Collection[bytes]
    ) -> list[tuple[CustomerRow, KeyRow | None]]:
        bound = (*subjects, KID_FROM + 1, ID_BYTES)
        rows = self._many(_NAMED, "(?)", len(subjects), *bound)
        return [_named(row) for row in rows]

    def holders(self, field: str, mac: bytes, most: int) -> list[IndexRow]:
        rows = self._all(_HOLDERS, field, mac, most)
        return [IndexRow._make(row) for row in rows]

    def shared_fields(self) -> list[tuple[str, int]]:
        return self._all(_SHARED)

    def identifiers(self) -> list[IndexRow]:
        return [IndexRow._make(row) for row in self._all(_INDEX)]

    def index_of(self, subject: bytes) -> list[IndexRow]:
        rows = self._all(f"{_INDEX} WHERE subject = ? ORDER BY field, mac", subject)
        return [IndexRow._make(row) for row in rows]

    def held(self, subject: bytes) -> Held:
        kids = self._all("SELECT kid FROM identity_key WHERE subject = ?", subject)
        customer, rows = self.customer_of(subject), self.index_of(subject)
        return Held(
            tuple(kid for (kid,) in kids),
            tuple((row.field, row.mac) for row in rows),
            customer and customer.handle,
            len({(row.field, row.record) for row in rows if any(row.record)}),
        )

    def links(self, subject: bytes) -> Held:
        kids = self._all("SELECT kid FROM identity_key WHERE subject = ?", subject)
        customer = self.customer_of(subject)
        rows = self._all(f"{_INDEX} WHERE subject = ? AND {OF_NO_RECORD}", subject)
        return Held(
            tuple(kid for (kid,) in kids),
            tuple((row.field, row.mac) for row in map(IndexRow._make, rows)),
            customer and customer.handle,
            0,
        )

    def index_said(self, subject: bytes, record: bytes) -> list[IndexRow]:
        rows = self._all(f"{_INDEX} WHERE subject = ? AND record = ?", subject, record)
        return [IndexRow._make(row) for row in rows]

    def index_next(self, subject: bytes, most: int) -> list[IndexRow]:
        statement = f"{_INDEX} WHERE subject = ? ORDER BY record, field, mac LIMIT ?"
        return [IndexRow._make(row) for row in self._all(statement, subject, most)]

    def count_named(self, subject: bytes) -> int:
        found = self._connection().execute(
            "SELECT count(*) FROM (SELECT DISTINCT record, field FROM identity_index"
            f" WHERE subject = ? AND NOT {OF_NO_RECORD})",
            (subject,),
        )
        return int(value(found))

    def leaving(self, subject: bytes) -> LeavingRow | None:
        row = self._one(f"{_LEAVERS} WHERE subject = ?", subject)
        return None if row is None else LeavingRow._make(row)

    def leaving_with(self, lot: bytes) -> list[LeavingRow]:
        rows = self._all(f"{_LEAVERS} WHERE lot = ?", lot)
        return [LeavingRow._make(row) for row in rows]

    def is_anybody_leaving(self) -> bool:
        return self._one("SELECT 1 FROM identity_leaving LIMIT 1") is not None

    def leavers(self, field: str, mac: bytes) -> list[tuple[IndexRow, LeavingRow]]:
        width = len(IndexRow._fields)
        return [
            (IndexRow._make(row[:width]), LeavingRow._make(row[width:]))
            for row in self._all(_LEFT_BY, field, mac)
        ]

    def names(self, held: Held) -> bool:
        wanted: list[tuple[str, tuple[object, ...]]] = [
            ("SELECT 1 FROM identity_customer WHERE handle = ?", (held.handle,)),
            *(("SELECT 1 FROM identity_key WHERE kid = ?", (k,)) for k in held.kids),
            *(
                ("SELECT 1 FROM identity_index WHERE field = ? AND mac = ?", each)
                for each in held.identifiers
            ),
        ]
        return any(self._one(each, *bound) is not None for each, bound in wanted)

    def suppression(self, mac: bytes) -> SuppressedRow | None:
        row = self._one(f"{_SUPPRESSED} WHERE mac = ?", mac)
        return None if row is None else SuppressedRow._make(row)

    def suppressions(self, macs: Collection[bytes]) -> list[SuppressedRow]:
        rows = self._many(_STANDING, "(?)", len(macs), *macs)
        return [SuppressedRow._make(row) for row in rows]

    def tally(self, name: str) -> TallyRow | None:
        row = self._one(f"{_TALLY} WHERE name = ?", name)
        return None if row is None else TallyRow._make(row)

    def all_suppressed(self) -> list[SuppressedRow]:
        return [SuppressedRow._make(row) for row in self._all(_SUPPRESSED)]

    def suppressed_with(self, mac: bytes) -> list[SuppressedRow]:
        lot = "SELECT lot FROM identity_suppressed WHERE mac = ?"
        rows = self._all(f"{_SUPPRESSED} WHERE lot = ({lot})", mac)
        return [SuppressedRow._make(row) for row in rows]

    def lapsed(self, now: int) -> list[SuppressedRow]:
        rows = self._all(f"{_SUPPRESSED} WHERE until <= ?", now)
        return [SuppressedRow._make(row) for row in rows]

    def applied(self) -> OrderRef:
        row = self._one("SELECT number, digest FROM identity_order")
        return NOTHING if row is None else OrderRef(*row)

    def _one(self, statement: str, *bound: object) -> tuple[Any, ...] | None:
        rows = self._all(statement, *bound)
        return rows[0] if rows else None

    def _many(
        self, statement: str, mark: str, count: int, *bound: object
    ) -> list[tuple[Any, ...]]:
        return self._all(_for_many(statement, mark, count), *bound) if count else []

    def _all(self, statement: str, *bound: object) -> list[tuple[Any, ...]]:
        return self._connection().execute(statement, bound).fetchall()


@lru_cache(maxsize=256)
def _for_many(statement: str, mark: str, count: int) -> str:
    return statement.format(wanted=", ".join([mark] * count))


def _named(row: tuple[Any, ...]) -> tuple[CustomerRow, KeyRow | None]:
    width = len(CustomerRow._fields)
    key = row[width:]
    return CustomerRow._make(row[:width]), KeyRow._make(key) if any(key) else None
