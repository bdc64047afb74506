"""Erasing a person's consent: every row that leads to them, notices kept.

The rows are pseudonymous and in clear, so they are deleted, not shredded. What stays
is the public text of the notices, and hidden commitments in the ledger.
"""

from typing import Final, final

from sqlalchemy import delete
from sqlmodel import col

from consent._rows import (
    ConsentEventRow,
    ConsentFactRow,
    LicenceRow,
    UgcEventRow,
    UgcRow,
)
from kit.db import WriteSession

_OF_ITEMS: Final = (UgcRow, LicenceRow, UgcEventRow)
_TABLES: Final = (ConsentFactRow, ConsentEventRow, *_OF_ITEMS)


@final
class ConsentEraser:
    """Removes what consent holds about one subject."""

    def __init__(self) -> None:
        self.name = "consent"
        self.tables = tuple(str(table.__tablename__) for table in _TABLES)

    def purge(self, session: WriteSession, subject: bytes) -> int:
        """Delete the subject's rows and tell how many there were; safe to repeat."""
        session.flush()
        connection = session.connection()
        return sum(
            connection.execute(
                delete(table).where(col(table.subject) == subject)
            ).rowcount
            for table in _TABLES
        )


def forget_item(session: WriteSession, subject: bytes, record: bytes) -> None:
    """Delete all that an author said about one item, and every licence of it."""
    session.flush()
    for table in _OF_ITEMS:
        session.execute(
            delete(table)
            .where(col(table.subject) == subject)
            .where(col(table.record) == record)
        )


eraser: Final = ConsentEraser()
