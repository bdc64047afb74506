"""Classes, interned: what a decision knows of a record, packed into one integer.

A bulk read of a million records asks the policy about its distinct classes only. So
the read's own SQL computes, per row, one integer `k`:

    customer class | record class (20 bits) | consent (3) | ugc (3)
                   | retention (1) | hold (1) | reach (3)

and this module turns a `k` back into the policy's words. What can lapse without a
write (consent, licence, retention, assignment) is computed with the read's one
`:now`; only what changes by a write is interned.
"""

import json
import sqlite3
from dataclasses import dataclass
from typing import Final

from consent.facts import CONSENT_WORDS, UGC_WORDS
from kit.db import Database, WriteSession, raw
from kit.errors import IntegrityFault
from vault._internal.row_macs import SUBJECT, RowMacs

REACHES: Final = ("none", "self", "assigned", "in_scope", "granted")
REACH_BITS: Final = 7
RECORD_SHIFT: Final = 11
CUSTOMER_SHIFT: Final = 31
MAX_RECORD_CLASSES: Final = 1 << (CUSTOMER_SHIFT - RECORD_SHIFT)

_CUSTOMER_CLASS: Final = "vault_customer_class"
_RECORD_CLASS: Final = "vault_record_class"
_CUSTOMERS: Final = "SELECT mac, number, region, state, minor FROM vault_customer_class"
_RECORDS: Final = "SELECT mac, number, collection, classes FROM vault_record_class"
BELIEVED_SUBJECT: Final = (
    "subject_believed(s.mac, s.subject, s.class_number, s.version)"
)
"""Whether the row of a subject (s) was written here: `Classes.is_subject`."""

# What the SQL computes per row, given the codes of consent, ugc and reach.
PACKED: Final = (
    f"(s.class_number << {CUSTOMER_SHIFT}) | (r.class_number << {RECORD_SHIFT})"
    " | (({consent}) << 8) | (({ugc}) << 5)"
    " | ((r.retain_until IS NOT NULL AND r.retain_until <= :now) << 4)"
    " | (r.hold << 3) | ({reach})"
)

# The part of it that a person brings to a record which is not there yet.
PERSON: Final = (
    f"(s.class_number << {CUSTOMER_SHIFT}) | (({{consent}}) << 8) | ({{reach}})"
)


@dataclass(frozen=True, slots=True)
class CustomerClass:
    """Region, state and minority, as the policy sees them."""

    region: str
    state: str
    minor: str


@dataclass(frozen=True, slots=True)
class RecordClass:
    """Collection and data classes, as the policy sees them."""

    collection: str
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unpacked:
    """One `k` as words."""

    customer: CustomerClass
    record: RecordClass
    consent: str
    ugc: str
    expired: bool
    hold: bool
    reach: str


class Classes:
    """The two interning tables. They only grow, so what is cached stays true.

    A row that was not written here is not one: whatever names it means nothing.
    """

    def __init__(self, database: Database, rows: RowMacs) -> None:
        self._database = database
        self._rows = rows
        self._customers: dict[int, CustomerClass] = {}
        self._records: dict[int, RecordClass] = {}

    def unpack(self, k: int) -> Unpacked:
        """Turn a packed class into words."""
        return Unpacked(
            customer=self._customer(k >> CUSTOMER_SHIFT),
            record=self.record(k >> RECORD_SHIFT & (MAX_RECORD_CLASSES - 1)),
            consent=CONSENT_WORDS[k >> 8 & 7],
            ugc=UGC_WORDS[k >> 5 & 7],
            expired=bool(k >> 4 & 1),
            hold=bool(k >> 3 & 1),
            reach=REACHES[k & REACH_BITS],
        )

    def unpack_new(
        self, person: int, known: RecordClass, *, contributed: bool
    ) -> Unpacked:
        """Turn a person's part of a packed class, and a class of values, into words."""
        return Unpacked(
            customer=self._customer(person >> CUSTOMER_SHIFT),
            record=known,
            consent=CONSENT_WORDS[person >> 8 & 7],
            ugc="unasked" if contributed else "none",
            expired=False,
            hold=False,
            reach=REACHES[person & REACH_BITS],
        )

    def record(self, number: int) -> RecordClass:
        """Give a record class by its number."""
        if number not in self._records:
            self._load()
        if number not in self._records:
            raise IntegrityFault("a record names a class that is not there")
        return self._records[number]

    def _customer(self, number: int) -> CustomerClass:
        if number not in self._customers:
            self._load()
        if number not in self._customers:
            raise IntegrityFault("a customer names a class that is not there")
        return self._customers[number]

    def numbers_of(self, collection: str) -> list[int]:
        """Give the numbers of all record classes of a collection."""
        self._read(self._database.reader())
        return [n for n, c in self._records.items() if c.collection == collection]

    def is_subject(
        self, mac: object, subject: object, number: object, version: object
    ) -> bool:
        """Tell, inside a reader's statement, whether a subject's row is believed."""
        try:
            known = self._customer(number) if isinstance(number, int) else None
        except IntegrityFault:
            known = None
        words = () if known is None else (known.region, known.state, known.minor)
        return self._rows.knows(mac, SUBJECT, subject, *words, version)

    def _load(self) -> None:
        # Not on this thread's reader: a statement may be under way there.
        with self._database.read() as session:
            self._read(raw(session))

    def _read(self, connection: sqlite3.Connection) -> None:
        for mac, *row in connection.execute(_CUSTOMERS).fetchall():
            number, *words = row
            if number not in self._customers and self._rows.believes(
                mac, _CUSTOMER_CLASS, *row
            ):
                self._customers[number] = CustomerClass(*words)
        for mac, *row in connection.execute(_RECORDS).fetchall():
            number, collection, classes = row
            if number not in self._records and self._rows.believes(
                mac, _RECORD_CLASS, *row
            ):
                known = RecordClass(collection, tuple(json.loads(classes)))
                self._records[number] = known


def intern_customer(session: WriteSession, wanted: CustomerClass, rows: RowMacs) -> int:
    """Give the number of a customer class, a new one if it was never seen.

    Raises:
        IntegrityFault: what is there in its place was not written here.

    """
    return _intern(
        session,
        rows,
        _CUSTOMER_CLASS,
        ("region", "state", "minor"),
        (wanted.region, wanted.state, wanted.minor),
    )


def intern_record(session: WriteSession, wanted: RecordClass, rows: RowMacs) -> int:
    """Give the number of a record class, a new one if it was never seen.

    Raises:
        IntegrityFault: what is there in its place was not written here.

    """
    number = _intern(
        session,
        rows,
        _RECORD_CLASS,
        ("collection", "classes"),
        (wanted.collection, json.dumps(wanted.classes)),
    )
    if number >= MAX_RECORD_CLASSES:
        raise IntegrityFault("there are more record classes than a packed class holds")
    return number


def _intern(
    session: WriteSession,
    rows: RowMacs,
    table: str,
    names: tuple[str, ...],
    values: tuple[str, ...],
) -> int:
    connection = raw(session)
    where = " AND ".join(f"{name} = ?" for name in names)
    find = f"SELECT number, mac FROM {table} WHERE {where}"
    row = connection.execute(find, values).fetchone()
    if row is None:
        newest = connection.execute(f"SELECT max(number) FROM {table}").fetchone()[0]
        number = (newest or 0) + 1
        marks = ", ".join("?" * (len(values) + 2))
        row = number, rows.of(table, number, *values)
        connection.execute(
            f"INSERT INTO {table} VALUES ({marks})", (number, *values, row[1])
        )
    elif not rows.believes(row[1], table, row[0], *values):
        raise IntegrityFault("a class of decisions was not written here")
    return int(row[0])
