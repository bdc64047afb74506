"""What a decision about a person weighs, as a store says it."""

from collections.abc import Sequence
from typing import Protocol

from kit.db import WriteSession
from vault._internal.ports.records import ReadContext


class PeopleStore(Protocol):
    """Who is there and within reach, and what a write to them or theirs weighs.

    The gate asks on its own snapshot; the unit of work asks again under its lock, by
    the same statements, before it writes. Equal numbers are equal decisions. A row that
    was not written here leads nowhere, as in a read.
    """

    def following(
        self, asked: ReadContext, *, after: bytes, limit: int
    ) -> list[tuple[bytes, int | None]]:
        """Give the next subjects in order, each with its packed part (`PERSON`).

        None in its place if the row was not written here. A service begins with all
        subjects; a member of staff with those whom an assignment, a unit or a grant may
        lead to.
        """

    def persons(
        self,
        asked: ReadContext,
        subjects: Sequence[bytes],
        session: WriteSession | None = None,
    ) -> dict[bytes, int]:
        """Give the packed part of each subject (`PERSON`); who is nobody is absent."""

    def record(
        self,
        asked: ReadContext,
        subject: bytes,
        wanted: bytes,
        session: WriteSession | None = None,
    ) -> int | None:
        """Give the packed class of one record as it lies; None if there is none."""

    def holds(
        self, staff: str, unit: str, now: int, session: WriteSession | None = None
    ) -> bool:
        """Tell whether a member of staff holds a unit, or one above it."""

    def reached(
        self, session: WriteSession, asked: ReadContext, subject: bytes
    ) -> bool:
        """Tell whether a subject is within reach; one that is nowhere yet is nobody's.

        A subject without a row is one whose registration a crash cut short: a caller
        who reaches everybody finishes it.
        """
