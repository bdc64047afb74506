"""Statements over the catalogues that were accepted, the newest of which counts."""

from kit.db import Database, WriteSession, raw, value
from vault._internal.ports.keeping import AcceptedRow


class SqliteCatalogues:
    """The accepted catalogues on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self) -> AcceptedRow | None:
        reader = self._database.reader()
        rows = reader.execute(
            "SELECT number, digest, document, at, entry FROM vault_catalogue"
            " ORDER BY number DESC LIMIT 1"
        ).fetchall()
        return next((AcceptedRow._make(row) for row in rows), None)

    def digest(self, session: WriteSession) -> str | None:
        digest: str | None = value(
            raw(session).execute(
                "SELECT digest FROM vault_catalogue ORDER BY number DESC LIMIT 1"
            )
        )
        return digest

    def add(
        self, session: WriteSession, digest: str, document: bytes, at: int, entry: int
    ) -> None:
        raw(session).execute(
            "INSERT INTO vault_catalogue (number, digest, document, at, entry)"
            " SELECT coalesce(max(number), 0) + 1,"
            " ?, ?, ?, ? FROM vault_catalogue",
            (digest, document, at, entry),
        )
