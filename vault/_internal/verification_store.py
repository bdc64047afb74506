"""Every statement over the questions whether a value is the one held, for a day.

Counted in the data store, so that a restart forgets nothing and all processes count
together. A caller's questions and those about a customer are rows of their own.
"""

import sqlite3
from typing import Final

from kit.ids import new_id

_REACHED: Final = (
    "SELECT at FROM vault_verification WHERE {whose} = ? AND at > ?"
    " ORDER BY at DESC LIMIT 1 OFFSET ?"
)
_BY: Final = _REACHED.format(whose="principal")
_ABOUT: Final = _REACHED.format(whose="subject")


class SqliteVerifications:
    """The questions of the last day, inside one unit of work."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def forget(self, before: int) -> None:
        """Forget the questions up to an instant."""
        self._connection.execute(
            "DELETE FROM vault_verification WHERE at <= ?", (before,)
        )

    def last_by(self, principal: str, since: int, most: int) -> int | None:
        """Give the instant of a caller's last question but `most` - 1 after another."""
        return self._at(_BY, principal, since, most)

    def last_of(self, subject: bytes, since: int, most: int) -> int | None:
        """Give the instant of the last question but `most` - 1 about a customer."""
        return self._at(_ABOUT, subject, since, most)

    def add(
        self, at: int, *, principal: str | None = None, subject: bytes | None = None
    ) -> None:
        """Count a question, of a caller or about a customer."""
        self._connection.execute(
            "INSERT INTO vault_verification VALUES (?, ?, ?, ?)",
            (new_id(), at, principal, subject),
        )

    def _at(
        self, statement: str, whose: str | bytes, since: int, most: int
    ) -> int | None:
        rows = self._connection.execute(statement, (whose, since, most - 1)).fetchall()
        return int(rows[0][0]) if rows else None
