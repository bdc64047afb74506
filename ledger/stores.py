"""Which database stands behind the ledger's ports: the one module that names it."""

from kit.db import Database, ReadSession, WriteSession, raw
from kit.readonly import ReadOnlyDatabase
from ledger.ports import LedgerStore, Sequencer, TimeStore
from ledger.sqlite.store import SqliteLedger, SqliteSequencer, SqliteTimes


def writing(session: WriteSession) -> LedgerStore:
    """Give the ledger's rows inside a unit of work."""
    return SqliteLedger(raw(session))


def reading(source: Database | ReadOnlyDatabase | ReadSession) -> LedgerStore:
    """Give what is committed of them: on this thread's reader, or in a snapshot."""
    if isinstance(source, Database | ReadOnlyDatabase):
        return SqliteLedger(source.reader())
    return SqliteLedger(raw(source))


def writing_times(session: WriteSession) -> TimeStore:
    """Give the time stamps inside a unit of work."""
    return SqliteTimes(raw(session))


def reading_times(database: Database) -> TimeStore:
    """Give what is committed of them."""
    return SqliteTimes(database.reader())


def sequencer(database: Database, *, backlog: int) -> Sequencer:
    """Give what appends to the log, until so many entries wait to be published."""
    return SqliteSequencer(database, backlog=backlog)
