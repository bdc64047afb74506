"""Every statement over the organisation: units, their closure, posts, placements.

The closure holds each unit with each unit above it. It is right by construction: a
unit brings its own line of ancestors, and a move takes a subtree's lines off the old
ancestors and puts them on the new ones. So a read finds a branch without recursion.
"""

from typing import Final, NamedTuple

from kit.db import Database, WriteSession, raw

_UNHANG: Final = (
    "DELETE FROM vault_unit_closure WHERE descendant IN"
    " (SELECT descendant FROM vault_unit_closure WHERE ancestor = :unit)"
    " AND ancestor IN (SELECT ancestor FROM vault_unit_closure"
    " WHERE descendant = :unit AND ancestor <> :unit)"
)
_HANG: Final = (
    "INSERT INTO vault_unit_closure"
    " SELECT d.descendant, a.ancestor, d.depth + a.depth + 1"
    " FROM vault_unit_closure d CROSS JOIN vault_unit_closure a"
    " WHERE d.ancestor = :unit AND a.descendant = :within"
)


class UnitRow(NamedTuple):
    """One unit, what it is, and the unit that it is directly in."""

    unit: str
    kind: str
    within: str | None


class PostRow(NamedTuple):
    """One member of staff in one unit, until an instant."""

    staff: str
    unit: str
    until: int


class SqliteOrg:
    """The organisation on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def units(self) -> list[UnitRow]:
        """List all units by name."""
        rows = self._database.reader().execute(
            "SELECT unit, kind, within FROM vault_unit ORDER BY unit"
        )
        return [UnitRow(*row) for row in rows.fetchall()]

    def posts(self) -> list[PostRow]:
        """List all posts, those that have ended too."""
        rows = self._database.reader().execute(
            "SELECT staff, unit, until FROM vault_post ORDER BY unit, staff"
        )
        return [PostRow(*row) for row in rows.fetchall()]

    def unit(self, session: WriteSession, unit: str) -> UnitRow | None:
        """Find a unit, inside a unit of work."""
        row = (
            raw(session)
            .execute(
                "SELECT unit, kind, within FROM vault_unit WHERE unit = ?", (unit,)
            )
            .fetchone()
        )
        return None if row is None else UnitRow(*row)

    def is_below(self, session: WriteSession, unit: str, above: str) -> bool:
        """Tell whether a unit is another one, or anywhere below it."""
        row = raw(session).execute(
            "SELECT 1 FROM vault_unit_closure WHERE descendant = ? AND ancestor = ?",
            (unit, above),
        )
        return row.fetchone() is not None

    def add(self, session: WriteSession, row: UnitRow) -> None:
        """Add a unit below another, or at the top."""
        connection = raw(session)
        connection.execute("INSERT INTO vault_unit VALUES (?, ?, ?)", row)
        connection.execute(
            "INSERT INTO vault_unit_closure VALUES (?, ?, 0)", (row.unit, row.unit)
        )
        connection.execute(_HANG, {"unit": row.unit, "within": row.within})

    def move(self, session: WriteSession, unit: str, within: str | None) -> None:
        """Hang a unit, with all below it, elsewhere; never below itself."""
        connection, bound = raw(session), {"unit": unit, "within": within}
        connection.execute(_UNHANG, bound)
        connection.execute(_HANG, bound)
        connection.execute(
            "UPDATE vault_unit SET within = :within WHERE unit = :unit", bound
        )

    def call(self, session: WriteSession, unit: str, kind: str) -> None:
        """Change what a unit is."""
        raw(session).execute(
            "UPDATE vault_unit SET kind = ? WHERE unit = ?", (kind, unit)
        )

    def is_used(self, session: WriteSession, unit: str) -> bool:
        """Tell whether other units or subjects are in a unit."""
        row = raw(session).execute(
            "SELECT EXISTS (SELECT 1 FROM vault_unit WHERE within = :unit)"
            " OR EXISTS (SELECT 1 FROM vault_placement WHERE unit = :unit)",
            {"unit": unit},
        )
        return bool(row.fetchone()[0])

    def remove(self, session: WriteSession, unit: str) -> None:
        """Remove a unit that nothing is in, and the posts there."""
        connection = raw(session)
        connection.execute("DELETE FROM vault_post WHERE unit = ?", (unit,))
        connection.execute(
            "DELETE FROM vault_unit_closure WHERE descendant = ?", (unit,)
        )
        connection.execute("DELETE FROM vault_unit WHERE unit = ?", (unit,))

    def post(self, session: WriteSession, row: PostRow) -> None:
        """Give a member of staff a unit until an instant, or another instant."""
        raw(session).execute(
            "INSERT INTO vault_post VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET until = excluded.until",
            row,
        )

    def unpost(self, session: WriteSession, staff: str, unit: str) -> bool:
        """Take a unit from a member of staff; False if they did not hold it."""
        done = raw(session).execute(
            "DELETE FROM vault_post WHERE staff = ? AND unit = ?", (staff, unit)
        )
        return done.rowcount == 1

    def holds(self, session: WriteSession, staff: str, unit: str, now: int) -> bool:
        """Tell whether a member of staff holds a unit, or one above it."""
        row = raw(session).execute(
            "SELECT 1 FROM vault_unit_closure c"
            " JOIN vault_post o ON o.unit = c.ancestor"
            " WHERE c.descendant = ? AND o.staff = ? AND o.until > ?",
            (unit, staff, now),
        )
        return row.fetchone() is not None

    def place(self, session: WriteSession, subject: bytes, unit: str) -> bool:
        """Put a subject into a unit; False if they were there."""
        done = raw(session).execute(
            "INSERT INTO vault_placement VALUES (?, ?) ON CONFLICT DO NOTHING",
            (subject, unit),
        )
        return done.rowcount == 1

    def displace(self, session: WriteSession, subject: bytes, unit: str) -> bool:
        """Take a subject out of a unit; False if they were not there."""
        done = raw(session).execute(
            "DELETE FROM vault_placement WHERE subject = ? AND unit = ?",
            (subject, unit),
        )
        return done.rowcount == 1

    def units_of(self, subject: bytes) -> list[str]:
        """List the units in which a subject is placed."""
        rows = self._database.reader().execute(
            "SELECT unit FROM vault_placement WHERE subject = ? ORDER BY unit",
            (subject,),
        )
        return [row[0] for row in rows.fetchall()]
