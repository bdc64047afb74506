"""Who owns rows about subjects, and can be told to let go of them.

The vault cannot import what lies above it, and an erasure must reach it all the same:
so each owner is handed in, and a test finds the tables that nobody owns.
"""

from typing import Protocol

from kit.db import WriteSession


class Erasable(Protocol):
    """Who owns rows about subjects, and can be told to let go of them.

    `tables` names the tables that `purge` empties; a test walks the live schema and
    fails on a table with a subject that nobody names.
    """

    name: str
    tables: tuple[str, ...]

    def purge(self, session: WriteSession, subject: bytes) -> int:
        """Delete every row about a subject; gives how many. Safe to repeat."""
        ...
