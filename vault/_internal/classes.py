"""Classes, interned: what a decision knows of a record, packed into one integer.

A bulk read of a million records asks the policy about its distinct classes only. So
the read's own statement computes, per row, one integer `k`:

    customer class | record class (20 bits) | consent (3) | ugc (3)
                   | retention (1) | hold (1) | reach (3)

and this module turns a `k` back into the policy's words. What can lapse without a
write (consent, licence, retention, assignment) is computed with the read's one
`:now`; only what changes by a write is interned.
"""

import json
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from consent.facts import CONSENT_WORDS, UGC_WORDS
from kit.db import WriteSession
from kit.errors import IntegrityFault
from vault._internal.row_macs import SUBJECT, RowMacs

REACHES: Final = ("none", "self", "assigned", "in_scope", "granted")
# Bits of `k`, from the right: reach 0 to 2, hold 3, retention 4, ugc 5 to 7, consent 8
# to 10, record class 11 to 30, customer class 31 and up. SQLite's integers have 63 bits
# beside their sign: room for 2**32 customer classes.
REACH_BITS: Final = 7  # a mask, not a count
RECORD_SHIFT: Final = 11
CUSTOMER_SHIFT: Final = 31
MAX_RECORD_CLASSES: Final = 1 << (CUSTOMER_SHIFT - RECORD_SHIFT)

CUSTOMER_CLASS: Final = "vault_customer_class"
RECORD_CLASS: Final = "vault_record_class"


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


class ClassRows(NamedTuple):
    """The rows of both interning tables, each with its MAC and its number first."""

    customers: list[tuple[bytes | None, int, str, str, str]]
    records: list[tuple[bytes | None, int, str, str]]


class ClassStore(Protocol):
    """The two interning tables, as they lie."""

    def intern(self, session: WriteSession, wanted: RecordClass) -> int:
        """Give the number of a record class, a new one if it was never seen.

        Raises:
            IntegrityFault: what is there in its place was not written here.

        """

    def classes(self, *, apart: bool) -> ClassRows:
        """Give all rows; `apart` from the statement that this thread may be amid."""


class Classes:
    """The two interning tables. They only grow, so what is cached stays true.

    A row that was not written here is not one: whatever names it means nothing.
    """

    def __init__(self, store: ClassStore, rows: RowMacs) -> None:
        self._store = store
        self._rows = rows
        # Shared by all threads without a lock: a number is only ever added, with the
        # words it will always have, so two threads that load at once write the same.
        self._customers: dict[int, CustomerClass] = {}
        self._records: dict[int, RecordClass] = {}

    def unpack(self, k: int) -> Unpacked:
        """Turn a packed class into words."""
        return Unpacked(
            customer=self._customer(k >> CUSTOMER_SHIFT),
            # `>>` binds tighter than `&`: shifted down first, then the customer's bits
            # cut off.
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
            # Nobody can have licensed an item that is not there yet.
            ugc="unasked" if contributed else "none",
            # Its time begins with its write.
            expired=False,
            hold=False,
            reach=REACHES[person & REACH_BITS],
        )

    def record(self, number: int) -> RecordClass:
        """Give a record class by its number.

        Raises:
            IntegrityFault: there is none, or its row was not written here.

        """
        if number not in self._records:
            self._load()
        if number not in self._records:
            raise IntegrityFault("a record names a class that is not there")
        return self._records[number]

    def number_of(self, session: WriteSession, wanted: RecordClass) -> int:
        """Give the number of a record class, as `ClassStore.intern` does."""
        return self._store.intern(session, wanted)

    def _customer(self, number: int) -> CustomerClass:
        if number not in self._customers:
            self._load()
        if number not in self._customers:
            raise IntegrityFault("a customer names a class that is not there")
        return self._customers[number]

    def numbers_of(self, collection: str) -> list[int]:
        """Give the numbers of all record classes of a collection."""
        self._learn(self._store.classes(apart=False))
        return [n for n, c in self._records.items() if c.collection == collection]

    def people(self) -> list[int]:
        """Give the numbers of all classes of customers who are not erased."""
        self._learn(self._store.classes(apart=False))
        return [n for n, c in self._customers.items() if c.state != "erased"]

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
        self._learn(self._store.classes(apart=True))

    def _learn(self, rows: ClassRows) -> None:
        believes = self._rows.believes
        for mac, number, *words in rows.customers:
            if number not in self._customers and believes(
                mac, CUSTOMER_CLASS, number, *words
            ):
                self._customers[number] = CustomerClass(*words)
        for mac, number, collection, classes in rows.records:
            if number not in self._records and believes(
                mac, RECORD_CLASS, number, collection, classes
            ):
                known = RecordClass(collection, tuple(json.loads(classes)))
                self._records[number] = known
