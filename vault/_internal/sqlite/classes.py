"""Every statement over the interned classes, and how a read packs them (classes.py)."""

import json
import sqlite3
from typing import Final

from kit.db import Database, WriteSession, raw, value
from kit.errors import IntegrityFault
from vault._internal.classes import (
    CUSTOMER_CLASS,
    CUSTOMER_SHIFT,
    MAX_RECORD_CLASSES,
    RECORD_CLASS,
    RECORD_SHIFT,
    ClassRows,
    CustomerClass,
    RecordClass,
)
from vault._internal.row_macs import RowMacs

_CUSTOMERS: Final = "SELECT mac, number, region, state, minor FROM vault_customer_class"
_RECORDS: Final = "SELECT mac, number, collection, classes FROM vault_record_class"
BELIEVED_SUBJECT: Final = (
    "subject_believed(s.mac, s.subject, s.class_number, s.version)"
)
"""Whether the row of a subject (s) was written here: `Classes.is_subject`."""

# What the SQL computes per row, given the codes of consent, ugc and reach.
# Whoever changes a shift changes `Classes.unpack` with it. Each code must fit its bits:
# one too large would be read as another's.
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


class SqliteClasses:
    """The interning tables on SQLite."""

    def __init__(self, database: Database, rows: RowMacs) -> None:
        self._database = database
        self._rows = rows

    def intern(self, session: WriteSession, wanted: RecordClass) -> int:
        number = _intern(
            session,
            self._rows,
            RECORD_CLASS,
            ("collection", "classes"),
            (wanted.collection, json.dumps(wanted.classes)),
        )
        # One more would reach into the customer's bits: another person's class.
        if number >= MAX_RECORD_CLASSES:
            raise IntegrityFault(
                "there are more record classes than a packed class holds"
            )
        return number

    def classes(self, *, apart: bool) -> ClassRows:
        if not apart:
            return _rows(self._database.reader())
        with self._database.read() as session:
            return _rows(raw(session))


def intern_customer(session: WriteSession, wanted: CustomerClass, rows: RowMacs) -> int:
    """Give the number of a customer class, a new one if it was never seen.

    Raises:
        IntegrityFault: what is there in its place was not written here.

    """
    return _intern(
        session,
        rows,
        CUSTOMER_CLASS,
        ("region", "state", "minor"),
        (wanted.region, wanted.state, wanted.minor),
    )


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
    if row is not None:
        number, mac = row
        if not rows.believes(mac, table, number, *values):
            raise IntegrityFault("a class of decisions was not written here")
        return int(number)
    # No race: the caller's unit of work is the one writer of this file.
    newest = value(connection.execute(f"SELECT max(number) FROM {table}"))
    number = int(newest or 0) + 1
    connection.execute(
        f"INSERT INTO {table} (number, {', '.join(names)}, mac)"
        f" VALUES (?, {', '.join('?' * len(names))}, ?)",
        (number, *values, rows.of(table, number, *values)),
    )
    return number


def _rows(connection: sqlite3.Connection) -> ClassRows:
    return ClassRows(
        connection.execute(_CUSTOMERS).fetchall(),
        connection.execute(_RECORDS).fetchall(),
    )
