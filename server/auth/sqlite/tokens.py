"""Every statement over tokens."""

from typing import Any, Final

from kit.db import Database, ReadSession, WriteSession, raw
from server.auth.token_store import LOT, TokenState
from vault.open import RowMacs

TABLE: Final = "server_token"
_COLUMNS: Final = ", ".join(TokenState._fields)
_SELECT: Final = f"SELECT mac, {_COLUMNS} FROM {TABLE}"
_FIND: Final = f"{_SELECT} WHERE hash = ? AND revoked IS NULL AND expires > ?"
_KEEP: Final = (
    f"INSERT OR REPLACE INTO {TABLE} ({_COLUMNS}, mac)"
    f" VALUES ({', '.join('?' * (len(TokenState._fields) + 1))})"
)


class SqliteTokens:
    """Tokens on SQLite."""

    def __init__(self, database: Database, rows: RowMacs) -> None:
        self._database = database
        self._rows = rows

    def live(
        self, wanted: bytes, now: int, session: WriteSession | None = None
    ) -> TokenState | None:
        connection = raw(session) if session else self._database.reader()
        row = connection.execute(_FIND, (wanted, now)).fetchone()
        if row is None:
            return None
        mac, *said = row
        return TokenState(*said) if self._rows.knows(mac, TABLE, *said) else None

    def live_of(self, session: WriteSession, name: str) -> list[TokenState]:
        statement = f"{_SELECT} WHERE name = ? AND revoked IS NULL"
        rows = raw(session).execute(statement, (name,)).fetchall()
        return [state for row in rows if (state := self._believed(row))]

    def made_until(self, session: WriteSession, until: int) -> list[TokenState]:
        statement = f"{_SELECT} WHERE created <= ? AND revoked IS NULL"
        rows = raw(session).execute(statement, (until,)).fetchall()
        return [state for row in rows if (state := self._believed(row))]

    def listed(self, session: ReadSession) -> list[TokenState]:
        rows = raw(session).execute(f"{_SELECT} ORDER BY created DESC").fetchall()
        return [state for row in rows if (state := self._believed(row))]

    def lying(self) -> list[tuple[bytes | None, bool, TokenState]]:
        rows = self._database.reader().execute(_SELECT).fetchall()
        return [
            (mac, self._rows.fits(mac, TABLE, *said), TokenState(*said))
            for mac, *said in rows
        ]

    def unvouched(self, session: WriteSession | None = None) -> list[TokenState]:
        connection = raw(session) if session else self._database.reader()
        rows = connection.execute(f"{_SELECT} WHERE mac IS NULL LIMIT {LOT}").fetchall()
        return [TokenState(*said) for _, *said in rows]

    def keep(self, session: WriteSession, state: TokenState) -> bytes:
        mac = self._rows.of(TABLE, *state)
        raw(session).execute(_KEEP, (*state, mac))
        return mac

    def _believed(self, row: tuple[Any, ...]) -> TokenState | None:
        mac, *said = row
        return TokenState(*said) if self._rows.believes(mac, TABLE, *said) else None


class TokenEraser:
    """Lets go of a customer's tokens; one of the vault's `Erasable`s."""

    name = "tokens"
    tables: tuple[str, ...] = (TABLE,)

    def purge(self, session: WriteSession, subject: bytes) -> int:
        """Delete a customer's tokens; tells how many there were."""
        statement = f"DELETE FROM {TABLE} WHERE subject = ?"
        return raw(session).execute(statement, (subject,)).rowcount
