"""Removing one contributed item from the live store, at its author's word (GDPR 17).

    removed    one transaction: the record with its parts, and what its author allowed,
               are gone; a row keeps it from coming back; an act, an order. From here
               no read succeeds, and a repeated write is refused
    settled    what it was found by is out of the index, and both stores' logs are cut,
               in which its sealed bytes still stood

Each step may be repeated; what a crash cut off, or a reader held up, goes on at the
next start or beat. It is removed, not erased: as long as the customer's key is not
renewed, a copy of the store made before can be opened. The answer says so.

What was stamped stays: the customer's own chain of entries, which holds nothing of the
item but hidden commitments to it, and without which their other entries prove nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from consent.erasure import forget_item
from kit import telemetry
from kit.clock import Clock, from_unix, unix
from kit.db import Database, WriteSession
from kit.errors import NotFound, Unavailable
from ledger.formats import entry_kinds
from ledger.formats.order_kinds import StoreName, declare_order, narrows
from ledger.ports import Ordering, Replayer, required
from vault._internal.blind_index import BlindIndex, IndexEntry
from vault._internal.ports.identity import IdentityStore
from vault._internal.ports.records import RecordStore, RemovalStore, RemovedRow
from vault._internal.ports.subjects import SubjectStore
from vault._internal.ticket import WriteTicket
from vault.catalog.catalog import Catalog
from vault.gate.question import Question
from vault.intake.sealing import class_of
from vault.organisation.staff_actions import Acts
from vault.writes.tickets import Tickets
from vault.writes.write_events import Target

REMOVED: Final = "contribution.removed"
AUTHOR: Final = "customer"
RESTORE: Final = "restore"
PATIENCE: Final = 1.0
WAITS: Final = "a removal has to wait"

entry_kinds.declare(REMOVED, entry_kinds.EntryType.SUBJECT)
declare_order(REMOVED, StoreName.DATA, sealed=True)
narrows(REMOVED, REMOVED)


@dataclass(frozen=True, slots=True)
class Removal:
    """An item that is gone; `settled` once its bytes are out of the stores' logs."""

    record: bytes
    at: datetime
    settled: bool


class Removals:
    """Removes contributed items."""

    def __init__(
        self,
        *,
        database: Database,
        identity: IdentityStore,
        removed: RemovalStore,
        records: RecordStore,
        subjects: SubjectStore,
        index: BlindIndex,
        catalog: Catalog,
        tickets: Tickets,
        acts: Acts,
        orders: Ordering,
        clock: Clock,
    ) -> None:
        self._database = database
        self._identity = identity
        self._removed = removed
        self._records = records
        self._subjects = subjects
        self._index = index
        self._catalog = catalog
        self._tickets = tickets
        self._acts = acts
        self._orders = orders
        self._clock = clock

    def remove_own(
        self, question: Question, record: bytes, *, by: str = AUTHOR
    ) -> Removal:
        """Remove an item of the customer that is asking; again changes nothing.

        `by` is who did it, if not they themselves.

        Raises:
            NotFound: they contributed no such item.
            Refused: it is under a legal hold, or the policy says no.
            Unavailable: engine, access log or mirror cannot answer; repeat it.

        """
        subject = required(question.principal.subject)
        if self._removed.find(subject, record) is None:
            self._remove(question, subject, record, by)
        else:
            with self._database.write() as session:
                self._orders.confirm(session)
        self.try_finish()
        found = self._removed.find(subject, record)
        if found is None:  # erased with all the rest meanwhile
            raise NotFound
        return _said(record, found)

    def is_there(self, session: WriteSession, subject: bytes, record: bytes) -> bool:
        """Tell whether a subject has a record, inside a unit of work."""
        return self._records.known(session, subject, record) is not None

    def replayers(self) -> dict[str, Replayer]:
        """Give what brings such an order back, after a restore."""
        return {REMOVED: self._removed_again}

    def finish(self) -> None:
        """Finish what was removed: the index, and what both stores' logs still hold.

        Raises:
            Unavailable: a reader keeps a log open; the next beat tries again.

        """
        items = self._removed.unsettled()
        if not items:
            return
        entries = [IndexEntry(*item, ()) for item in items]
        with self._index.indexing(entries) as put:
            for entry in entries:
                put(entry)
        self._identity.truncate_log()
        self._database.truncate_wal(patience=PATIENCE)
        with self._database.write() as session:
            for item in items:
                self._removed.mark_settled(session, *item)

    def try_finish(self) -> None:
        """Finish what was removed, or have the next beat do it."""
        try:
            self.finish()
        except Unavailable as error:
            telemetry.alarm(WAITS, code=error.reason_code)

    def _remove(
        self, question: Question, subject: bytes, record: bytes, by: str
    ) -> None:
        target = self._target(subject, record)

        def work(ticket: WriteTicket) -> tuple[None, list[bytes]]:
            with self._tickets.unit_of_work(ticket) as session:
                self._take_away(session, subject, record, by=by)
                item = {"record": record.hex()}
                self._orders.add(session, REMOVED, item, subject=subject)
            return None, [subject]

        self._tickets.spend(lambda: self._tickets.ask_one(question, target), work)

    def _target(self, subject: bytes, record: bytes) -> Target:
        """Say what is to be written over: a contribution, with all that it may hold."""
        name = self._records.collection_of(subject, record)
        if name is None or not self._catalog.collection(name).ugc:
            raise NotFound
        collection = self._catalog.collection(name)
        fields = frozenset(collection.fields)
        known = class_of(collection, collection.fields)
        return Target(subject, known, fields, collection.ugc, record)

    def _take_away(
        self, session: WriteSession, subject: bytes, record: bytes, *, by: str
    ) -> None:
        if self._removed.find(subject, record, session) is not None:
            return
        forget_item(session, subject, record)
        at = unix(self._clock.now())
        self._removed.remove(session, subject, record, at=at)
        self._acts.note(session, subject, REMOVED, {}, by=by, record=record)

    def _removed_again(
        self, session: WriteSession, subject: bytes | None, result: Mapping[str, Any]
    ) -> None:
        subject, record = required(subject), bytes.fromhex(result["record"])
        known = self._subjects.class_of(subject, session)
        if known is not None and known.state != "erased":
            self._take_away(session, subject, record, by=RESTORE)


def _said(record: bytes, found: RemovedRow) -> Removal:
    return Removal(record, from_unix(found.at), found.settled)
