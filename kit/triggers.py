"""The triggers that are this program's own: their texts, and what each of them may do.

A trigger is where a table says what happened to it, whoever wrote to it. Each is
declared with its text, when the module that it belongs to is imported, and with the one
table that it writes into: the database's authorizer lets it do that, and nothing else
(`kit.sqlite`). One of the same name and another text could still ignore a deletion, for
SQLite asks nobody about RAISE. So whoever begins to write compares the texts, whenever
the schema has changed; from there on they hold still, for the file's lock is held.
"""

import sqlite3
from typing import Final, NamedTuple

from kit.errors import IntegrityFault


class Trigger(NamedTuple):
    """A trigger's text, and the table that it writes into."""

    text: str
    writes: str


_DECLARED: Final[dict[str, Trigger]] = {}
_READING: Final = frozenset({sqlite3.SQLITE_READ})
_WRITING: Final = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_DELETE})
_CLOCK: Final = "strftime"


def declare(name: str, text: str, *, writes: str) -> None:
    """Make a trigger one of this program's own, as `sqlite_schema` will hold it."""
    if not text.startswith(f"CREATE TRIGGER {name} AFTER "):
        raise ValueError("a trigger of our own is named first, and runs afterwards")
    _DECLARED[name] = Trigger(text, writes)


def declared() -> dict[str, Trigger]:
    """Give the triggers of our own, by name."""
    return dict(_DECLARED)


def may(name: str | None, action: int, first: str | None, second: str | None) -> bool:
    """Tell whether a trigger of our own may do what a statement of it would."""
    known = _DECLARED.get(name or "")
    if known is None:
        return False
    if action == sqlite3.SQLITE_FUNCTION:
        return second == _CLOCK
    return action in _READING or (action in _WRITING and first == known.writes)


def require_own(connection: sqlite3.Connection) -> None:
    """Check the triggers of a database that is about to be written.

    Raises:
        IntegrityFault: one of ours is missing, or says something else.

    """
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('table', 'trigger')"
    ).fetchall()
    tables = {name for kind, name, _ in rows if kind == "table"}
    live = {name: text for kind, name, text in rows if kind == "trigger"}
    for name, (text, writes) in _DECLARED.items():
        if live.get(name) != (text if writes in tables else None):
            raise IntegrityFault(
                "a trigger of this program's is missing or was changed",
                code="schema.planted",
                fix="run `allod doctor`, which names it",
            )
