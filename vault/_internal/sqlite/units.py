"""Every statement over the organisation: units, their closure, posts, placements.

The closure holds each unit with each unit above it. It is right by construction: a
unit brings its own line of ancestors, and a move takes a subtree's lines off the old
ancestors and puts them on the new ones. So a read finds a branch without recursion.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from kit.db import Database, WriteSession, raw, value
from vault._internal.ports.organisation import PostRow, UnitRow
from vault._internal.row_macs import COLUMNS, RowMacs, Value, believed
from vault._internal.sqlite.care import following

_UNHANG: Final = (
    "DELETE FROM vault_unit_closure WHERE descendant IN"
    " (SELECT descendant FROM vault_unit_closure WHERE ancestor = :unit)"
    " AND ancestor IN (SELECT ancestor FROM vault_unit_closure"
    " WHERE descendant = :unit AND ancestor <> :unit)"
)
_UNITS: Final = "SELECT unit, kind, within, version FROM vault_unit"
_POSTS: Final = "SELECT staff, unit, until, version FROM vault_post"
_LINES: Final = "SELECT mac, descendant, ancestor, depth FROM vault_unit_closure"


class SqliteOrg:
    """The organisation on SQLite."""

    def __init__(self, database: Database, rows: RowMacs) -> None:
        self._database = database
        self._rows = rows

    def units(self) -> list[UnitRow]:
        rows = self._database.reader().execute(
            "SELECT u.unit, u.kind, u.within FROM vault_unit u"
            f" WHERE {believed('vault_unit', 'u')} ORDER BY u.unit"
        )
        return [UnitRow(*row) for row in rows.fetchall()]

    def posts(self) -> list[PostRow]:
        rows = self._database.reader().execute(
            "SELECT o.staff, o.unit, o.until FROM vault_post o"
            f" WHERE {believed('vault_post', 'o')} ORDER BY o.unit, o.staff"
        )
        return [PostRow(*row) for row in rows.fetchall()]

    def state(self, session: WriteSession | None = None) -> str:
        connection = raw(session) if session else self._database.reader()
        units = connection.execute(f"{_UNITS} ORDER BY unit").fetchall()
        posts = connection.execute(f"{_POSTS} ORDER BY staff, unit").fetchall()
        fields = [field for row in (*units, *posts) for field in row]
        return self._rows.of("org", len(units), *fields).hex()

    def is_tree(self) -> bool:
        reader = self._database.reader()
        within = dict(reader.execute("SELECT unit, within FROM vault_unit").fetchall())
        lines = reader.execute(
            "SELECT descendant, ancestor, depth FROM vault_unit_closure"
        ).fetchall()
        walked = {
            (unit, above, depth)
            for unit in within
            for depth, above in enumerate(_upwards(unit, within))
        }
        return set(lines) == walked

    def unit(self, session: WriteSession, unit: str) -> UnitRow | None:
        row = (
            raw(session)
            .execute(
                "SELECT unit, kind, within FROM vault_unit WHERE unit = ?", (unit,)
            )
            .fetchone()
        )
        return None if row is None else UnitRow(*row)

    def is_below(self, session: WriteSession, unit: str, above: str) -> bool:
        row = raw(session).execute(
            "SELECT 1 FROM vault_unit_closure WHERE descendant = ? AND ancestor = ?",
            (unit, above),
        )
        return row.fetchone() is not None

    def add(self, session: WriteSession, row: UnitRow) -> None:
        self._put(session, "vault_unit", *row, 1)
        self._put(session, "vault_unit_closure", row.unit, row.unit, 0)
        self._hang(session, row.unit, row.within)

    def move(self, session: WriteSession, unit: str, within: str | None) -> None:
        raw(session).execute(_UNHANG, {"unit": unit})
        self._hang(session, unit, within)
        known = self.unit(session, unit)
        if known is not None:
            self.set(session, known._replace(within=within))

    def set(self, session: WriteSession, row: UnitRow) -> None:
        known = raw(session).execute(
            "SELECT version FROM vault_unit WHERE unit = ?", (row.unit,)
        )
        version = following(known)
        raw(session).execute(
            "UPDATE vault_unit SET kind = ?, within = ?, version = ?, mac = ?"
            " WHERE unit = ?",
            (
                *(row.kind, row.within, version),
                *(self._rows.of("vault_unit", *row, version), row.unit),
            ),
        )

    def _hang(self, session: WriteSession, unit: str, within: str | None) -> None:
        """Give each unit below one, itself too, the lines of what that is now in."""
        above = self._lines(session, "descendant", within)
        for below, _, down in self._lines(session, "ancestor", unit):
            for _, ancestor, up in above:
                line = below, ancestor, down + up + 1
                self._put(session, "vault_unit_closure", *line)

    def _lines(
        self, session: WriteSession, end: str, unit: str | None
    ) -> list[tuple[str, str, int]]:
        found = raw(session).execute(f"{_LINES} WHERE {end} = ?", (unit,)).fetchall()
        return [
            (below, above, depth)
            for mac, below, above, depth in found
            if self._rows.believes(mac, "vault_unit_closure", below, above, depth)
        ]

    def _put(self, session: WriteSession, table: str, *columns: Value) -> None:
        names = (*COLUMNS[table], "mac")
        marks = ", ".join("?" * len(names))
        raw(session).execute(
            f"INSERT OR REPLACE INTO {table} ({', '.join(names)}) VALUES ({marks})",
            (*columns, self._rows.of(table, *columns)),
        )

    def is_used(self, session: WriteSession, unit: str) -> bool:
        row = raw(session).execute(
            "SELECT EXISTS (SELECT 1 FROM vault_unit WHERE within = :unit)"
            " OR EXISTS (SELECT 1 FROM vault_placement WHERE unit = :unit)",
            {"unit": unit},
        )
        return bool(value(row))

    def empty(self, session: WriteSession, unit: str) -> None:
        raw(session).execute("DELETE FROM vault_post WHERE unit = ?", (unit,))

    def remove(self, session: WriteSession, unit: str) -> None:
        connection = raw(session)
        connection.execute("DELETE FROM vault_post WHERE unit = ?", (unit,))
        connection.execute(
            "DELETE FROM vault_unit_closure WHERE descendant = ?", (unit,)
        )
        connection.execute("DELETE FROM vault_unit WHERE unit = ?", (unit,))

    def post(self, session: WriteSession, row: PostRow) -> None:
        known = raw(session).execute(
            "SELECT version FROM vault_post WHERE staff = ? AND unit = ?",
            (row.staff, row.unit),
        )
        self._put(session, "vault_post", *row, following(known))

    def posted_until(self, session: WriteSession, staff: str, unit: str) -> int | None:
        until: int | None = value(
            raw(session).execute(
                "SELECT until FROM vault_post WHERE staff = ? AND unit = ?",
                (staff, unit),
            )
        )
        return until

    def unpost(self, session: WriteSession, staff: str, unit: str) -> bool:
        done = raw(session).execute(
            "DELETE FROM vault_post WHERE staff = ? AND unit = ?", (staff, unit)
        )
        return done.rowcount == 1

    def holds(self, session: WriteSession, staff: str, unit: str, now: int) -> bool:
        row = raw(session).execute(
            "SELECT 1 FROM vault_unit_closure c"
            " JOIN vault_post o ON o.unit = c.ancestor"
            " WHERE c.descendant = ? AND o.staff = ? AND o.until > ?",
            (unit, staff, now),
        )
        return row.fetchone() is not None

    def place(self, session: WriteSession, subject: bytes, unit: str) -> bool:
        known = raw(session).execute(
            "SELECT mac FROM vault_placement WHERE subject = ? AND unit = ?",
            (subject, unit),
        )
        believes = self._rows.believes
        if any(
            believes(mac, "vault_placement", subject, unit)
            for (mac,) in known.fetchall()
        ):
            return False
        self._put(session, "vault_placement", subject, unit)
        return True

    def displace(self, session: WriteSession, subject: bytes, unit: str) -> bool:
        done = raw(session).execute(
            "DELETE FROM vault_placement WHERE subject = ? AND unit = ?",
            (subject, unit),
        )
        return done.rowcount == 1

    def units_of(self, subject: bytes, *, lying: bool = False) -> list[str]:
        rows = self._database.reader().execute(
            "SELECT p.unit FROM vault_placement p WHERE p.subject = ?"
            f" AND (? OR {believed('vault_placement', 'p')}) ORDER BY p.unit",
            (subject, lying),
        )
        return [unit for (unit,) in rows.fetchall()]


def _upwards(unit: str, within: Mapping[str, str | None]) -> Iterator[str]:
    """Walk up from a unit, never further than there are units."""
    above: str | None = unit
    for _ in within:
        if above is None:
            return
        yield above
        above = within.get(above)
