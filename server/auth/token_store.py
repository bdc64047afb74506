"""Every statement over tokens. A row is believed by its MAC alone (`vault.RowMacs`)."""

from typing import Any, Final, NamedTuple

from kit.db import Database, ReadSession, WriteSession, raw
from pdp.decision.question import Kind
from vault.open import RowMacs

TABLE: Final = "server_token"
LONG: Final = 86_400
"""Seconds: what lasts longer, and is no customer's, is said in the ledger."""

LOT: Final = 500


class TokenState(NamedTuple):
    """One state of a token's row: all its columns but the MAC, in their order."""

    hash: bytes
    kind: str
    name: str
    subject: bytes | None
    roles: str
    purposes: str
    scopes: str
    region: str
    assurance: int
    created: int
    expires: int
    revoked: int | None
    version: int | None

    @property
    def is_said(self) -> bool:
        """Whether the ledger says of it."""
        lasting = self.expires - self.created > LONG
        return lasting and self.kind != Kind.CUSTOMER.value


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
        """Find a token by its hash, if it is neither revoked nor over."""
        connection = raw(session) if session else self._database.reader()
        row = connection.execute(_FIND, (wanted, now)).fetchone()
        if row is None or not self._rows.knows(row[0], TABLE, *row[1:]):
            return None
        return TokenState(*row[1:])

    def live_of(self, session: WriteSession, name: str) -> list[TokenState]:
        """List the tokens of a name that are not revoked."""
        statement = f"{_SELECT} WHERE name = ? AND revoked IS NULL"
        rows = raw(session).execute(statement, (name,)).fetchall()
        return [state for row in rows if (state := self._believed(row))]

    def made_until(self, session: WriteSession, until: int) -> list[TokenState]:
        """List the tokens that were made up to an instant and are not revoked."""
        statement = f"{_SELECT} WHERE created <= ? AND revoked IS NULL"
        rows = raw(session).execute(statement, (until,)).fetchall()
        return [state for row in rows if (state := self._believed(row))]

    def listed(self, session: ReadSession) -> list[TokenState]:
        """List the tokens, the newest first."""
        rows = raw(session).execute(f"{_SELECT} ORDER BY created DESC").fetchall()
        return [state for row in rows if (state := self._believed(row))]

    def lying(self) -> list[tuple[bytes | None, bool, TokenState]]:
        """List rows as they lie: the MAC, whether it is right, and what it covers."""
        rows = self._database.reader().execute(_SELECT).fetchall()
        return [
            (row[0], self._rows.fits(row[0], TABLE, *row[1:]), TokenState(*row[1:]))
            for row in rows
        ]

    def unvouched(self, session: WriteSession | None = None) -> list[TokenState]:
        """List some of the rows that have no MAC, a lot at most."""
        connection = raw(session) if session else self._database.reader()
        rows = connection.execute(f"{_SELECT} WHERE mac IS NULL LIMIT {LOT}").fetchall()
        return [TokenState(*row[1:]) for row in rows]

    def keep(self, session: WriteSession, state: TokenState) -> bytes:
        """Keep a token, or its next state; gives the MAC."""
        mac = self._rows.of(TABLE, *state)
        raw(session).execute(_KEEP, (*state, mac))
        return mac

    def _believed(self, row: tuple[Any, ...]) -> TokenState | None:
        if not self._rows.believes(row[0], TABLE, *row[1:]):
            return None
        return TokenState(*row[1:])


class TokenEraser:
    """Lets go of a customer's tokens; one of the vault's `Erasable`s."""

    name = "tokens"
    tables: tuple[str, ...] = (TABLE,)

    def purge(self, session: WriteSession, subject: bytes) -> int:
        """Delete a customer's tokens; tells how many there were."""
        statement = f"DELETE FROM {TABLE} WHERE subject = ?"
        return raw(session).execute(statement, (subject,)).rowcount
