"""Every statement about birth dates, in the data store."""

from kit.db import Database, WriteSession, raw, value


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
        sealed: bytes | None = value(
            connection.execute(
                "SELECT sealed FROM vault_birth WHERE subject = ?", (subject,)
            )
        )
        return sealed

    def after(self, subject: bytes, limit: int) -> list[bytes]:
        rows = self._database.reader().execute(
            "SELECT subject FROM vault_birth WHERE subject > ?"
            " ORDER BY subject LIMIT ?",
            (subject, limit),
        )
        return [each for (each,) in rows.fetchall()]
