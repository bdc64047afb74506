"""What can be asked of the identity store, and the rows that it answers with.

Whoever is fenced off is absent from every answer that leads to a key or a record.
Answers are fetched to the end at once: a read transaction left open here would make
an erasure wait before it can cut the write-ahead log.
"""

import sqlite3
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any, Final, NamedTuple

from kit.ids import ID_BYTES
from ledger.formats.order import NOTHING, OrderRef
from vault._internal.envelope import KID_FROM

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


_LIVE_KEY: Final = (
    "SELECT k.kid, k.subject, k.scope, k.epoch, k.wrapped FROM identity_key k"
    " LEFT JOIN identity_fence f ON f.subject = k.subject"
    " WHERE f.subject IS NULL AND "
)
_SUBJECTS: Final = (
    "WITH wanted(handle) AS (VALUES {wanted})"
    " SELECT c.handle, c.subject, c.sealed, c.row_mac FROM wanted w"
    " CROSS JOIN identity_customer c ON c.handle = w.handle"
    " LEFT JOIN identity_fence f ON f.subject = c.subject WHERE f.subject IS NULL"
)
_SECRETS: Final = (
    "SELECT name, generation, epoch, wrapped, at, retired FROM identity_secret"
)
_SUPPRESSED: Final = "SELECT mac, until, basis, lot, row_mac FROM identity_suppressed"
_STANDING: Final = (
    "WITH wanted(mac) AS (VALUES {wanted})"
    " SELECT s.mac, s.until, s.basis, s.lot, s.row_mac FROM wanted w"
    " CROSS JOIN identity_suppressed s ON s.mac = w.mac"
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
    " SELECT c.handle, c.subject, c.sealed, c.row_mac,"
    " k.kid, k.subject, k.scope, k.epoch, k.wrapped FROM wanted w"
    " CROSS JOIN identity_customer c ON c.subject = w.subject"
    " LEFT JOIN identity_key k ON k.kid = substr(c.sealed, ?, ?)"
    " AND k.subject = c.subject"
    " LEFT JOIN identity_fence f ON f.subject = c.subject WHERE f.subject IS NULL"
)
_KEYS_OF: Final = _LIVE_KEY + "k.subject = ? ORDER BY k.epoch, k.kid"
_MAIN_OF: Final = (
    _LIVE_KEY + "k.subject IN ({wanted}) AND k.scope = 'main' ORDER BY k.epoch"
)


class Held(NamedTuple):
    """What leads to a subject, fenced off or not.

    `named` counts what records say, each once by however many rules it is hashed.
    """

    kids: tuple[bytes, ...]
    identifiers: tuple[tuple[str, bytes], ...]
    handle: bytes | None
    named: int

    @property
    def nothing(self) -> bool:
        """Whether nothing leads to the subject."""
        return not self.kids and not self.identifiers and self.handle is None


class IdentityReads:
    """What can be asked, each time on the connection that is given then."""

    def __init__(self, connection: Callable[[], sqlite3.Connection]) -> None:
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

    def main_keys(self, subjects: Collection[bytes]) -> dict[bytes, KeyRow]:
        """Find the keys that seal subjects' records now; the fenced have none."""
        if not subjects:
            return {}
        rows = self._all(_for_many(_MAIN_OF, "?", len(subjects)), *subjects)
        # By epoch: the newest of a subject is the one that stays.
        return {row[1]: KeyRow._make(row) for row in rows}

    def keys_of(self, subject: bytes) -> list[KeyRow]:
        """List the keys of a subject that is not fenced off."""
        return [KeyRow(*row) for row in self._all(_KEYS_OF, subject)]

    def fenced(self, subject: bytes) -> bool:
        """Tell whether a subject was destroyed."""
        return (
            self._one("SELECT 1 FROM identity_fence WHERE subject = ?", subject)
            is not None
        )

    def fence(self, subject: bytes) -> bytes | None:
        """Give the id of the order that destroyed a subject."""
        row = self._one(
            "SELECT order_id FROM identity_fence WHERE subject = ?", subject
        )
        return None if row is None else row[0]

    def by_handles(self, handles: Collection[bytes]) -> list[CustomerRow]:
        """Find the customers of many hashes; what leads to nobody is absent."""
        if not handles:
            return []
        found = self._all(_for_many(_SUBJECTS, "(?)", len(handles)), *handles)
        return [CustomerRow(*row) for row in found]

    def subjects(self, after: bytes, most: int) -> list[bytes]:
        """List the subjects that a customer id leads to, behind one of them."""
        rows = self._all(
            "SELECT subject FROM identity_customer WHERE subject > ?"
            " ORDER BY subject LIMIT ?",
            after,
            most,
        )
        return [row[0] for row in rows]

    def count_without(self, field: str) -> int:
        """Count the customers of whom the index has no row of a field."""
        row = self._one(
            "SELECT count(*) FROM identity_customer c LEFT JOIN identity_index i"
            " ON i.subject = c.subject AND i.field = ? WHERE i.subject IS NULL",
            field,
        )
        return 0 if row is None else row[0]

    def customer_of(self, subject: bytes) -> CustomerRow | None:
        """Find a subject's customer id: its hash, and itself sealed."""
        row = self._one(
            "SELECT handle, subject, sealed, row_mac FROM identity_customer"
            " WHERE subject = ?",
            subject,
        )
        return None if row is None else CustomerRow(*row)

    def named(
        self, subjects: Collection[bytes]
    ) -> list[tuple[CustomerRow, KeyRow | None]]:
        """Give the sealed customer ids of many subjects, each with the key it names.

        Who is fenced off is absent; the key is None where it is gone without a fence.
        """
        if not subjects:
            return []
        kid_at = (KID_FROM + 1, ID_BYTES)
        rows = self._all(_for_many(_NAMED, "(?)", len(subjects)), *subjects, *kid_at)
        return [
            (CustomerRow(*row[:4]), None if row[4] is None else KeyRow(*row[4:]))
            for row in rows
        ]

    def holders(self, field: str, mac: bytes, most: int) -> list[IndexRow]:
        """List whose an identifier is, of those who are not fenced off."""
        rows = self._all(
            "SELECT i.field, i.mac, i.subject, i.record, i.bind FROM identity_index i"
            " LEFT JOIN identity_fence f ON f.subject = i.subject"
            " WHERE f.subject IS NULL AND i.field = ? AND i.mac = ?"
            " ORDER BY i.subject LIMIT ?",
            field,
            mac,
            most,
        )
        return [IndexRow(*row) for row in rows]

    def shared_fields(self) -> list[tuple[str, int]]:
        """Say in which fields identifiers are several customers', and how many are."""
        return self._all(
            "SELECT field, count(*) FROM (SELECT i.field, i.mac FROM identity_index i"
            " LEFT JOIN identity_fence f ON f.subject = i.subject"
            " WHERE f.subject IS NULL GROUP BY i.field, i.mac HAVING count(*) > 1)"
            " GROUP BY field ORDER BY field"
        )

    def identifiers(self) -> list[IndexRow]:
        """List every identifier of everybody."""
        rows = self._all("SELECT field, mac, subject, record, bind FROM identity_index")
        return [IndexRow(*row) for row in rows]

    def index_of(self, subject: bytes) -> list[IndexRow]:
        """List what a subject is found by, whether the fence is up or not."""
        rows = self._all(
            "SELECT field, mac, subject, record, bind FROM identity_index"
            " WHERE subject = ? ORDER BY field, mac",
            subject,
        )
        return [IndexRow(*row) for row in rows]

    def held(self, subject: bytes) -> Held:
        """Give all that leads to a subject, whether the fence is up or not."""
        kids = self._all("SELECT kid FROM identity_key WHERE subject = ?", subject)
        customer, rows = self.customer_of(subject), self.index_of(subject)
        return Held(
            tuple(row[0] for row in kids),
            tuple((row.field, row.mac) for row in rows),
            customer and customer[0],
            len({(row.field, row.record) for row in rows if any(row.record)}),
        )

    def names(self, held: Held) -> bool:
        """Tell whether a key, identifier or customer id is there, whoever's it is."""
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
        """Find what is said of a suppressed identifier."""
        row = self._one(f"{_SUPPRESSED} WHERE mac = ?", mac)
        return None if row is None else SuppressedRow(*row)

    def suppressions(self, macs: Collection[bytes]) -> list[SuppressedRow]:
        """Find what is said of many at once; what is not suppressed is absent."""
        if not macs:
            return []
        found = self._all(_for_many(_STANDING, "(?)", len(macs)), *macs)
        return [SuppressedRow(*row) for row in found]

    def tally(self, name: str) -> TallyRow | None:
        """Find what is said of a table as a whole."""
        row = self._one(
            "SELECT name, rows, sum, version, row_mac FROM identity_tally"
            " WHERE name = ?",
            name,
        )
        return None if row is None else TallyRow(*row)

    def all_suppressed(self) -> list[SuppressedRow]:
        """List every suppressed identifier."""
        return [SuppressedRow(*row) for row in self._all(_SUPPRESSED)]

    def suppressed_with(self, mac: bytes) -> list[SuppressedRow]:
        """List what was suppressed by the same erasure as an identifier."""
        lot = "SELECT lot FROM identity_suppressed WHERE mac = ?"
        rows = self._all(f"{_SUPPRESSED} WHERE lot = ({lot})", mac)
        return [SuppressedRow(*row) for row in rows]

    def lapsed(self, now: int) -> list[SuppressedRow]:
        """List the suppressions whose time is over at an instant."""
        rows = self._all(f"{_SUPPRESSED} WHERE until <= ?", now)
        return [SuppressedRow(*row) for row in rows]

    def applied(self) -> OrderRef:
        """Give the place of the last order that changed this store."""
        row = self._one("SELECT number, digest FROM identity_order")
        return NOTHING if row is None else OrderRef(*row)

    def _one(self, statement: str, *bound: object) -> tuple[Any, ...] | None:
        rows = self._all(statement, *bound)
        return rows[0] if rows else None

    def _all(self, statement: str, *bound: object) -> list[tuple[Any, ...]]:
        return self._connection().execute(statement, bound).fetchall()


@lru_cache(maxsize=256)
def _for_many(statement: str, mark: str, count: int) -> str:
    return statement.format(wanted=", ".join([mark] * count))
