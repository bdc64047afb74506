"""Inside the unit of work of a write: index, store, stamp; all of it or nothing.

Whoever calls has checked the ticket in the same unit of work (`vault.tickets`).
Identifiers come before the record that they lead to, and in a store of their own: a
crash leaves at most an index row that leads nowhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from kit.db import WriteSession, raw
from kit.errors import AllodError, Conflict, Refused
from vault._internal.blind_index import Taken
from vault._internal.classes import intern_record
from vault._internal.facts_store import reached
from vault._internal.row_macs import RowMacs
from vault._internal.store import SqliteRecords
from vault._internal.ticket import WriteTicket
from vault.in_use import InUse
from vault.indexing import Indexing
from vault.openings import Openings
from vault.sealing import Sealed


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write. `index` is the ledger entry of a contribution."""

    record: bytes
    version: int
    created: bool
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One record to be written. `client_id` is the caller's id of this write.

    `earlier_id` is what an older program called it, where others could have the same:
    a record of that id is this write only if it holds the same.
    """

    collection: str
    values: Mapping[str, Any]
    client_id: str | None = None
    earlier_id: str | None = None


class Storing:
    """Puts sealed records where they belong."""

    def __init__(
        self,
        *,
        records: SqliteRecords,
        indexing: Indexing,
        openings: Openings,
        in_use: InUse,
        rows: RowMacs,
    ) -> None:
        self._records = records
        self._indexing = indexing
        self._openings = openings
        self._in_use = in_use
        self._rows = rows

    def one(
        self, session: WriteSession, ticket: WriteTicket, sealed: Sealed
    ) -> Written:
        """Store one new record, or give the one that this write made before.

        Raises:
            Conflict: the same client id came before with other content, or an
                identifier cannot be had.

        """
        known = self._records.known(session, sealed.subject, sealed.record)
        if known is None:
            self._index(session, ticket, sealed)
        return self._store(session, sealed)

    def earlier(self, session: WriteSession, sealed: Sealed) -> Written | None:
        """Find a write that an older program took under an id others could have."""
        known = self._records.known(session, sealed.subject, sealed.record)
        if known is None or not compare_digest(known[1], sealed.fingerprint):
            return None
        return self._repeated(sealed, *known)

    def many(
        self, session: WriteSession, ready: Sequence[Sealed | AllodError]
    ) -> list[Written | AllodError]:
        """Store what is sealed; an error stays in its place, and keeps nothing out."""
        ready = self._indexed(session, ready)
        return [self._try_store(session, each) for each in ready]

    def replace(
        self, session: WriteSession, ticket: WriteTicket, sealed: Sealed
    ) -> Written:
        """Put a sealed version in the place of the one before it.

        Raises:
            Conflict: that is not the newest, or an identifier cannot be had.

        """
        row = sealed.row(intern_record(session, sealed.known, self._rows))
        if not self._records.replace(session, row, sealed.parts):
            raise Conflict(
                "the record has changed since this version was read",
                code="version.stale",
                fix="read the record again and repeat the change",
            )
        index = self._stamp(session, sealed, "contribution.updated")
        # Last, and under the lock: only the version that wins is found by what
        # it says, and one that drops an identifier is not found by it any more.
        self._index(session, ticket, sealed, emptied=True)
        return Written(sealed.record, sealed.version, created=False, index=index)

    def _indexed(
        self, session: WriteSession, ready: Sequence[Sealed | AllodError]
    ) -> list[Sealed | AllodError]:
        """Let what is new be found by its identifiers; gives the error of what may not.

        What is there already keeps the identifiers that it has.
        """
        new = [
            each
            for each in ready
            if isinstance(each, Sealed) and self._indexing.indexes(each)
            if self._records.known(session, each.subject, each.record) is None
        ]
        kept_out = self._indexing.index(new)
        return [
            kept_out.get(each.record, each) if isinstance(each, Sealed) else each
            for each in ready
        ]

    def _try_store(
        self, session: WriteSession, sealed: Sealed | AllodError
    ) -> Written | AllodError:
        if isinstance(sealed, AllodError):
            return sealed
        try:
            return self._store(session, sealed)
        except Conflict as error:  # raised before anything was written
            return error

    def _store(self, session: WriteSession, sealed: Sealed) -> Written:
        known = self._records.known(session, sealed.subject, sealed.record)
        if known is not None:
            return self._repeated(sealed, *known)
        row = sealed.row(intern_record(session, sealed.known, self._rows))
        self._records.insert(session, [row], sealed.parts)
        index = self._stamp(session, sealed, "contribution")
        return Written(sealed.record, sealed.version, created=True, index=index)

    def _index(
        self,
        session: WriteSession,
        ticket: WriteTicket,
        sealed: Sealed,
        *,
        emptied: bool = False,
    ) -> None:
        """Let one record be found; what is in use beyond reach has one answer."""
        try:
            self._indexing.index_one(sealed, emptied=emptied)
        except Taken as taken:
            if reached(raw(session), ticket.asked, taken.holder):
                raise
            raise self._in_use.answer(ticket, taken.holder) from None
        except Refused:
            raise self._in_use.answer(ticket, None) from None

    def _repeated(self, sealed: Sealed, version: int, fingerprint: bytes) -> Written:
        # Only a first version can be told from a repetition by its fingerprint; a
        # record that was changed since was certainly written once.
        if version == 1 and not compare_digest(fingerprint, sealed.fingerprint):
            raise Conflict(
                "this client id came before with other content",
                code="idempotency.reused",
                fix="use a new Idempotency-Key for a new write",
            )
        stamped = (
            self._openings.of(sealed.subject, sealed.record)
            if sealed.contributed
            else []
        )
        index = stamped[-1].index if stamped else None
        return Written(sealed.record, version, created=False, index=index)

    def _stamp(self, session: WriteSession, sealed: Sealed, kind: str) -> int | None:
        if not sealed.contributed:
            return None
        return self._openings.stamp(
            session,
            subject=sealed.subject,
            kind=kind,
            content=sealed.content(),
            record=sealed.record,
        )
