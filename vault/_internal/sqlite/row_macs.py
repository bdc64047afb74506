"""Every statement over the MACs of a whole store: who lacks one, whose is not right."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kit.db import Database
from vault._internal.ports.keeping import Accept
from vault._internal.row_macs import COLUMNS, SUBJECT, RowMacs, Value

LOT: Final = 1_000
_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Sealed:
    """A table whose rows have a MAC: where it stands, and what it covers."""

    table: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    mac: str = "mac"
    source: str = ""

    @property
    def select(self) -> str:
        """The head of a statement: the MAC, then what it covers, then the keys."""
        covered = [
            "coalesce(t.version, 1)" if name == "version" else _of_table(name)
            for name in self.columns
        ]
        named = [*covered, *(f"t.{name}" for name in self.keys)]
        joined = ", ".join([f"t.{self.mac}", *named])
        return f"SELECT {joined} FROM {self.table} t {self.source}"


def _of_table(name: str) -> str:
    return name if "." in name else f"t.{name}"


VAULT_ROWS: Final = (
    Sealed("vault_customer_class", ("number",), COLUMNS["vault_customer_class"]),
    Sealed("vault_record_class", ("number",), COLUMNS["vault_record_class"]),
    Sealed(
        SUBJECT,
        ("subject",),
        ("subject", "c.region", "c.state", "c.minor", "version"),
        source="JOIN vault_customer_class c ON c.number = t.class_number",
    ),
    Sealed("vault_assignment", ("staff", "subject"), COLUMNS["vault_assignment"]),
    Sealed("vault_unit", ("unit",), COLUMNS["vault_unit"]),
    Sealed(
        "vault_unit_closure",
        ("descendant", "ancestor"),
        COLUMNS["vault_unit_closure"],
    ),
    Sealed("vault_post", ("staff", "unit"), COLUMNS["vault_post"]),
    Sealed("vault_placement", ("subject", "unit"), COLUMNS["vault_placement"]),
    Sealed(
        "vault_access_grant", ("subject", "grant_id"), COLUMNS["vault_access_grant"]
    ),
)
IDENTITY_ROWS: Final = (
    Sealed(
        "identity_customer", ("handle",), COLUMNS["identity_customer"], mac="row_mac"
    ),
    Sealed("identity_fence", ("subject",), COLUMNS["identity_fence"], mac="row_mac"),
    Sealed(
        "identity_leaving", ("subject",), COLUMNS["identity_leaving"], mac="row_mac"
    ),
    Sealed(
        "identity_suppressed", ("mac",), COLUMNS["identity_suppressed"], mac="row_mac"
    ),
)


class SqliteRowMacs:
    """The MACs of one store's rows."""

    def __init__(
        self, database: Database, rows: RowMacs, tables: tuple[Sealed, ...]
    ) -> None:
        self._database = database
        self._rows = rows
        self._tables = tables

    def wrong(self) -> Iterator[tuple[str, int]]:
        for each in self._tables:
            count = sum(not self._is_right(each, row) for row in self._read(each))
            if count:
                yield each.table, count

    def lacking(self) -> bool:
        reader = self._database.reader()
        return any(
            reader.execute(
                f"{each.select} WHERE t.{each.mac} IS NULL LIMIT 1"
            ).fetchall()
            for each in self._tables
        )

    def give(self, accept: Accept = lambda _: None) -> int:
        return sum(self._give(each, accept) for each in self._tables)

    def _give(self, each: Sealed, accept: Accept) -> int:
        done = 0
        while lot := self._lot(each, accept):
            done += lot
        return done

    def _lot(self, each: Sealed, accept: Accept) -> int:
        with self._database.write_plain() as connection:
            rows = connection.execute(
                f"{each.select} WHERE t.{each.mac} IS NULL LIMIT {LOT}"
            ).fetchall()
            for row in rows:
                self._write(connection, each, row, accept)
        return len(rows)

    def _write(
        self,
        connection: sqlite3.Connection,
        each: Sealed,
        row: tuple[Value, ...],
        accept: Accept,
    ) -> None:
        covered, keys = row[1 : 1 + len(each.columns)], row[1 + len(each.columns) :]
        if each.table == "identity_customer":
            accept(covered)
        counted = ", version = 1" if "version" in each.columns else ""
        where = " AND ".join(f"{name} = ?" for name in each.keys)
        connection.execute(
            f"UPDATE {each.table} SET {each.mac} = ?{counted} WHERE {where}",
            (self._rows.of(each.table, *covered), *keys),
        )

    def _read(self, each: Sealed) -> Iterator[tuple[Value, ...]]:
        cursor = self._database.reader().execute(each.select)
        while page := cursor.fetchmany(_PAGE):
            yield from page

    def _is_right(self, each: Sealed, row: tuple[Value, ...]) -> bool:
        mac, *said = row[: 1 + len(each.columns)]
        return self._rows.fits(mac, each.table, *said)
