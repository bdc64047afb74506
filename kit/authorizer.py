"""What SQLite lets a connection do: allow-lists that the database itself keeps.

The authorizer is asked while a statement is compiled, and again when the schema has
changed since. Its last argument names the trigger or the view that an access comes out
of (https://sqlite.org/c3ref/set_authorizer.html). This program has neither, so what
comes out of one was planted, and the statement that would run it fails.
"""

import sqlite3
from collections.abc import Callable
from typing import Any, Final

Authorizer = Callable[..., int]

_READS: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION}
)
_ROWS: Final = frozenset(
    {
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_INSERT,
        sqlite3.SQLITE_UPDATE,
        sqlite3.SQLITE_DELETE,
    }
)
_FREE: Final = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION})

# SQLite names a common table expression in the same place as a view: these are ours.
EXPRESSIONS: Final = frozenset({"wanted", "located"})


def refuse_triggers(connection: sqlite3.Connection) -> None:
    """Let a connection do anything but run a trigger or look through a view."""
    connection.set_authorizer(_without_triggers)


def confine(connection: sqlite3.Connection, prefix: str) -> None:
    """Let a connection touch no table but those whose name begins with `prefix`.

    An allow-list kept by the database itself, so that raw SQL fails too.
    """
    free = _FREE | {sqlite3.SQLITE_TRANSACTION}
    connection.set_authorizer(_of_prefix(prefix, free, _ROWS))


def only_selects(connection: sqlite3.Connection, prefix: str) -> None:
    """Let a connection select from tables of one prefix, and nothing else."""
    connection.set_authorizer(
        _of_prefix(prefix, _FREE, frozenset({sqlite3.SQLITE_READ}))
    )


def _without_triggers(action: int, *more: Any) -> int:  # noqa: ANN401
    return sqlite3.SQLITE_OK if _own(action, more[-1]) else sqlite3.SQLITE_DENY


def _of_prefix(prefix: str, free: frozenset[int], rows: frozenset[int]) -> Authorizer:
    def authorize(action: int, first: str | None, *more: Any) -> int:  # noqa: ANN401
        known = action in free or (action in rows and (first or "").startswith(prefix))
        own = _own(action, more[-1])
        return sqlite3.SQLITE_OK if known and own else sqlite3.SQLITE_DENY

    return authorize


def _own(action: int, via: str | None) -> bool:
    return via is None or (via in EXPRESSIONS and action in _READS)
