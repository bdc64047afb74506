"""Every statement over the questions whether a value is the one held."""

from typing import Final

from kit.db import WriteSession, raw, value
from kit.ids import new_id

_REACHED: Final = (
    "SELECT at FROM vault_verification WHERE {whose} = ? AND at > ?"
    " ORDER BY at DESC LIMIT 1 OFFSET ?"
)
_BY: Final = _REACHED.format(whose="principal")
_ABOUT: Final = _REACHED.format(whose="subject")


class SqliteVerifications:
    """The questions of the last day on SQLite."""

    def forget(self, session: WriteSession, before: int) -> None:
        raw(session).execute("DELETE FROM vault_verification WHERE at <= ?", (before,))

    def last_by(
        self, session: WriteSession, principal: str, since: int, most: int
    ) -> int | None:
        return _at(session, _BY, principal, since, most)

    def last_of(
        self, session: WriteSession, subject: bytes, since: int, most: int
    ) -> int | None:
        return _at(session, _ABOUT, subject, since, most)

    def add(
        self,
        session: WriteSession,
        at: int,
        *,
        principal: str | None = None,
        subject: bytes | None = None,
    ) -> None:
        raw(session).execute(
            "INSERT INTO vault_verification (id, at, principal, subject)"
            " VALUES (?, ?, ?, ?)",
            (new_id(), at, principal, subject),
        )


def _at(
    session: WriteSession, statement: str, whose: str | bytes, since: int, most: int
) -> int | None:
    at: int | None = value(raw(session).execute(statement, (whose, since, most - 1)))
    return at
