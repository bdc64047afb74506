"""Every statement about items that were removed, in the data store."""

from kit.db import Database, WriteSession, raw
from vault._internal.ports.records import RemovedRow

_OF_ITEM = "WHERE subject = ? AND record = ?"


class SqliteRemoved:
    """Removed items on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def remove(
        self, session: WriteSession, subject: bytes, record: bytes, *, at: int
    ) -> bool:
        connection, item = raw(session), (subject, record)
        connection.execute(f"DELETE FROM vault_part {_OF_ITEM}", item)
        there = connection.execute(f"DELETE FROM vault_record {_OF_ITEM}", item)
        connection.execute(
            "INSERT INTO vault_removed (subject, record, at, settled)"
            " VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING",
            (*item, at),
        )
        return there.rowcount == 1

    def find(
        self, subject: bytes, record: bytes, session: WriteSession | None = None
    ) -> RemovedRow | None:
        connection = raw(session) if session else self._database.reader()
        row = connection.execute(
            f"SELECT at, settled FROM vault_removed {_OF_ITEM}", (subject, record)
        ).fetchone()
        if row is None:
            return None
        at, settled = row
        return RemovedRow(int(at), bool(settled))

    def gone(self, subject: bytes) -> list[bytes]:
        rows = self._database.reader().execute(
            "SELECT record FROM vault_removed AS gone WHERE subject = ? AND NOT EXISTS"
            " (SELECT 1 FROM vault_record AS r"
            "  WHERE r.subject = gone.subject AND r.record = gone.record)",
            (subject,),
        )
        return [record for (record,) in rows]

    def unsettled(self) -> list[tuple[bytes, bytes]]:
        rows = self._database.reader().execute(
            "SELECT subject, record FROM vault_removed WHERE settled = 0"
        )
        return rows.fetchall()

    def mark_settled(
        self, session: WriteSession, subject: bytes, record: bytes
    ) -> None:
        raw(session).execute(
            f"UPDATE vault_removed SET settled = 1 {_OF_ITEM}", (subject, record)
        )
