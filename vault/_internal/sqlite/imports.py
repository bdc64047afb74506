"""Every statement over imports: how far each is, what came of it, what it wrote."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from kit.db import Database, WriteSession, raw
from kit.errors import Conflict
from vault._internal.ports.imports import (
    COUNTS,
    DONE,
    OPEN,
    TAKEN,
    TAKING,
    RunRow,
    StandingRow,
)

_RUN: Final = (
    "SELECT number, source, digest, at, state, line, ended, coalesce(removed, 0),"
    f" coalesce(reason, ''), {', '.join(COUNTS)} FROM vault_import_run"
)
_BEGIN: Final = (
    "INSERT INTO vault_import_run (number, source, digest, at, state, line,"
    f" {', '.join(COUNTS)}, ended, removed, reason)"
    " SELECT coalesce(max(number), 0) + 1, ?, ?, ?,"
    f" '{OPEN}', 0 {', 0' * len(COUNTS)}, NULL, NULL, NULL FROM vault_import_run"
)
_MOVE: Final = (
    f"UPDATE vault_import_run SET line = ?, {', '.join(f'{c} = ?' for c in COUNTS)}"
    f" WHERE number = ? AND state NOT IN ('{TAKING}', '{TAKEN}')"
)
# What an import wrote is what lies there now: in the same unit of work.
_WROTE: Final = (
    "INSERT INTO vault_imported (subject, record, made, number, version, fingerprint)"
    " SELECT subject, record,"
    " CASE WHEN ?4 THEN ?3 END, ?3, version, fingerprint FROM vault_record"
    " WHERE subject = ?1 AND record = ?2"
    " ON CONFLICT DO UPDATE SET number = excluded.number,"
    " made = coalesce(excluded.made, made),"
    " version = excluded.version, fingerprint = excluded.fingerprint"
)
_STANDING: Final = (
    "SELECT r.record, r.version, r.fingerprint, i.version, i.fingerprint"
    " FROM vault_record r"
    " LEFT JOIN vault_imported i ON i.subject = r.subject AND i.record = r.record"
    " WHERE r.subject = ? AND r.record IN (?, ?)"
)


class SqliteImports:
    """Imports on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self, session: WriteSession, source: bytes, digest: bytes, at: int
    ) -> RunRow:
        connection = raw(session)
        find = f"{_RUN} WHERE source = ? AND state = '{OPEN}'"
        row = connection.execute(find, (source,)).fetchone()
        if row is None:
            connection.execute(_BEGIN, (source, digest, at))
            row = connection.execute(find, (source,)).fetchone()
        return _run(row)

    def move(
        self, session: WriteSession, number: int, line: int, counts: Iterable[int]
    ) -> None:
        moved = raw(session).execute(_MOVE, (line, *counts, number))
        # None is there either where another process ended it, and had nothing to keep.
        if moved.rowcount == 0 and self.find(number, session) is not None:
            raise Conflict(
                "this import is being taken back",
                code="import.taken_back",
                fix="run it again to begin a new one",
            )

    def end(self, session: WriteSession, number: int, *, at: int) -> None:
        connection = raw(session)
        nothing = "records_written + records_replaced + customers = 0"
        connection.execute(
            f"DELETE FROM vault_import_run WHERE number = ? AND {nothing} AND NOT"
            " EXISTS (SELECT 1 FROM vault_imported i WHERE i.number = ?)",
            (number, number),
        )
        connection.execute(
            f"UPDATE vault_import_run SET state = '{DONE}', ended = ?"
            f" WHERE number = ? AND state = '{OPEN}'",
            (at, number),
        )

    def runs(self) -> list[RunRow]:
        rows = self._database.reader().execute(f"{_RUN} ORDER BY number")
        return [_run(row) for row in rows.fetchall()]

    def find(self, number: int, session: WriteSession | None = None) -> RunRow | None:
        connection = raw(session) if session else self._database.reader()
        row = connection.execute(f"{_RUN} WHERE number = ?", (number,)).fetchone()
        return None if row is None else _run(row)

    def wrote(
        self,
        session: WriteSession,
        number: int,
        records: Iterable[tuple[bytes, bytes, bool]],
    ) -> None:
        rows = [(subject, record, number, made) for subject, record, made in records]
        raw(session).executemany(_WROTE, rows)

    def standing(
        self, subject: bytes, either: tuple[bytes, bytes]
    ) -> dict[bytes, StandingRow]:
        found = self._database.reader().execute(_STANDING, (subject, *either))
        return {record: StandingRow(*said) for record, *said in found.fetchall()}


def _run(row: Sequence[Any]) -> RunRow:
    number, source, digest, at, state, line, ended, removed, reason, *counts = row
    facts = number, source, digest, at, state, line, ended, removed, reason
    return RunRow(*facts, tuple(counts))
