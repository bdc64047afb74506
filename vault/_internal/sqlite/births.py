"""Every statement about birth dates, in the data store."""

from kit.db import Database, WriteSession, raw


class SqliteBirths:
    """Sealed birth dates on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, session: WriteSession, subject: bytes, sealed: bytes) -> None:
        raw(session).execute(
            "INSERT INTO vault_birth (subject, sealed) VALUES (?, ?)"
            " ON CONFLICT (subject) DO UPDATE SET sealed = excluded.sealed",
            (subject, sealed),
        )

    def find(self, subject: bytes, session: WriteSession | None = None) -> bytes | None:
        connection = raw(session) if session else self._database.reader()
        row = connection.execute(
            "SELECT sealed FROM vault_birth WHERE subject = ?", (subject,)
        ).fetchone()
        return None if row is None else row[0]

    def after(self, subject: bytes, limit: int) -> list[bytes]:
        rows = self._database.reader().execute(
            "SELECT subject FROM vault_birth WHERE subject > ?"
            " ORDER BY subject LIMIT ?",
            (subject, limit),
        )
        return [row[0] for row in rows.fetchall()]
