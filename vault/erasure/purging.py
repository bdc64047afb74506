"""Emptying every table of a subject, and looking afterwards whether they are empty.

What a database says that it deleted is a claim: a trigger can ignore a deletion or undo
it. So the rows are counted before and looked for after, inside the unit of work, and
looked for again in what is committed before anything is certified. The counts that a
certificate gives are those of rows that were there and are not any more.

The vault cannot import what lies above it, and an erasure must reach it all the same:
so each owner of rows is handed in, and a test finds the tables that nobody owns.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from kit.db import WriteSession
from kit.errors import IntegrityFault
from kit.sqlite import ConstraintBroken
from vault._internal.ports.subjects import OWNED, SubjectStore


class Erasable(Protocol):
    """Who owns rows about subjects, and can be told to let go of them.

    `tables` names the tables that `purge` empties; a test walks the live schema and
    fails on a table with a subject that nobody names.
    """

    name: str
    tables: tuple[str, ...]

    def purge(self, session: WriteSession, subject: bytes) -> int:
        """Delete every row about a subject; gives how many. Safe to repeat."""


class Purging:
    """The data store's part of an erasure."""

    def __init__(
        self,
        *,
        subjects: SubjectStore,
        erasables: Sequence[Erasable],
    ) -> None:
        self._subjects = subjects
        self._erasables = tuple(erasables)

    def purge(self, session: WriteSession, subject: bytes) -> dict[str, int]:
        """Delete all rows about a subject; gives how many went, by owner or table.

        Raises:
            IntegrityFault: rows are still there.

        """
        count = self._subjects.rows_about
        before = {
            owner: sum(count(subject, table, session) for table in tables)
            for owner, tables in self._owned()
        }
        try:
            for each in self._erasables:
                each.purge(session, subject)
            self._subjects.purge(session, subject)
        except ConstraintBroken:  # a child is still there
            raise _still_there() from None
        self._look(subject, session)
        return before

    def require_gone(self, subject: bytes) -> None:
        """Look for rows about an erased subject in what is committed.

        Raises:
            IntegrityFault: there are some.

        """
        self._look(subject, None)

    def _look(self, subject: bytes, session: WriteSession | None) -> None:
        count = self._subjects.rows_about
        for _, tables in self._owned():
            if any(count(subject, table, session) for table in tables):
                raise _still_there()

    def _owned(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for each in self._erasables:
            yield each.name, each.tables
        for table in OWNED:
            yield table, (table,)


def _still_there() -> IntegrityFault:
    return IntegrityFault(
        "rows about an erased subject are still in the data store",
        code="erasure.not_done",
        fix="run `allod doctor`; when the cause is gone, the erasure goes on by itself",
    )
