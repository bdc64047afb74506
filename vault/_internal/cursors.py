"""Every statement over import cursors: how far a file was imported before a crash."""

from typing import NamedTuple

from kit.db import Database, WriteSession, raw


class Cursor(NamedTuple):
    """How far an import is: the last line done, and what came of the lines so far."""

    line: int = 0
    records: int = 0
    refused: int = 0


class SqliteCursors:
    """Import cursors on SQLite. A finished import has none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, source: bytes) -> Cursor | None:
        """Find where an import was interrupted."""
        row = (
            self._database.reader()
            .execute(
                "SELECT line, records, refused FROM vault_import WHERE source = ?",
                (source,),
            )
            .fetchone()
        )
        return None if row is None else Cursor(*row)

    def move(self, session: WriteSession, source: bytes, cursor: Cursor) -> None:
        """Move a cursor, in the unit of work of the batch that it stands behind."""
        raw(session).execute(
            "INSERT INTO vault_import VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " line = excluded.line, records = excluded.records,"
            " refused = excluded.refused",
            (source, *cursor),
        )

    def drop(self, session: WriteSession, source: bytes) -> None:
        """Forget the cursor of an import that is finished."""
        raw(session).execute("DELETE FROM vault_import WHERE source = ?", (source,))
