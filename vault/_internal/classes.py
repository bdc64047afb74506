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
from dataclasses import dataclass
from typing import Final

from consent.facts import CONSENT_WORDS, UGC_WORDS
from kit.db import Database, WriteSession, raw
from kit.errors import IntegrityFault

REACHES: Final = ("none", "self", "assigned", "in_scope", "granted")
RECORD_SHIFT: Final = 11
CUSTOMER_SHIFT: Final = 31
MAX_RECORD_CLASSES: Final = 1 << (CUSTOMER_SHIFT - RECORD_SHIFT)

# What the SQL computes per row, given the codes of consent, ugc and reach.
PACKED: Final = (
    f"(s.class_number << {CUSTOMER_SHIFT}) | (r.class_number << {RECORD_SHIFT})"
    " | (({consent}) << 8) | (({ugc}) << 5)"
    " | ((r.retain_until IS NOT NULL AND r.retain_until <= :now) << 4)"
    " | (r.hold << 3) | ({reach})"
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
    """The two interning tables. They only grow, so what is cached stays true."""

    def __init__(self, database: Database) -> None:
        self._database = database
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
            reach=REACHES[k & 7],
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
        self._load()
        return [n for n, c in self._records.items() if c.collection == collection]

    def _load(self) -> None:
        reader = self._database.reader()
        for row in reader.execute("SELECT * FROM vault_customer_class").fetchall():
            self._customers[row[0]] = CustomerClass(*row[1:])
        for number, collection, classes in reader.execute(
            "SELECT * FROM vault_record_class"
        ).fetchall():
            self._records[number] = RecordClass(collection, tuple(json.loads(classes)))


def intern_customer(session: WriteSession, wanted: CustomerClass) -> int:
    """Give the number of a customer class, a new one if it was never seen."""
    return _intern(
        session,
        "vault_customer_class",
        ("region", "state", "minor"),
        (wanted.region, wanted.state, wanted.minor),
    )


def intern_record(session: WriteSession, wanted: RecordClass) -> int:
    """Give the number of a record class, a new one if it was never seen."""
    number = _intern(
        session,
        "vault_record_class",
        ("collection", "classes"),
        (wanted.collection, json.dumps(wanted.classes)),
    )
    if number >= MAX_RECORD_CLASSES:
        raise IntegrityFault("there are more record classes than a packed class holds")
    return number


def _intern(
    session: WriteSession, table: str, names: tuple[str, ...], values: tuple[str, ...]
) -> int:
    connection = raw(session)
    where = " AND ".join(f"{name} = ?" for name in names)
    find = f"SELECT number FROM {table} WHERE {where}"
    row = connection.execute(find, values).fetchone()
    if row is None:
        marks = ", ".join("?" * len(values))
        connection.execute(
            f"INSERT INTO {table} SELECT coalesce(max(number), 0) + 1, {marks}"
            f" FROM {table}",
            values,
        )
        row = connection.execute(find, values).fetchone()
    return int(row[0])
