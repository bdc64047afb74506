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

_TABLES: Final = (ConsentFactRow, ConsentEventRow, UgcRow, LicenceRow, UgcEventRow)


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


eraser: Final = ConsentEraser()
