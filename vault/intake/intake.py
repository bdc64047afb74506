"""The way in: decided, checked, sealed, indexed, stamped; all of it or nothing.

A write carries the caller's own id for it (`Idempotency-Key`). The record's id is a
keyed hash of that id under the customer's key, so a retried write finds the record
that it made, and a retried contribution is one leaf. A retry with other content is a
conflict: a keyed fingerprint of the content tells, without opening anything.

Every write asks the gate first, and its unit of work begins by looking whether what
was decided on still holds (`vault.writes.tickets`). Values are checked before, for that
needs no person; keys are touched only after.

Order: keys exist before anything is sealed, identifiers before the record that they
lead to. A crash leaves at most a key or an index row that leads nowhere.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from kit.clock import Clock
from kit.db import WriteSession
from kit.errors import AllodError, NotFound
from ledger.formats.order_kinds import neither
from vault._internal.classes import RecordClass
from vault._internal.customer_registry import Register
from vault._internal.keyring import KeyDestroyed, Keyring
from vault._internal.ports.records import RecordStore
from vault._internal.ticket import WriteTicket
from vault.acceptance.acceptance import Acceptance
from vault.catalog.catalog import Catalog
from vault.gate.question import Question
from vault.intake.lots import lots
from vault.intake.sealing import Checked, SealedRecord, check, class_of, record_id, seal
from vault.intake.storing import Item, Storing, WriteResult
from vault.writes.in_use import InUse
from vault.writes.tickets import Tickets, TicketVoid
from vault.writes.write_events import Target

NOBODY: Final = b""
NOTHING: Final = RecordClass("", ())

Told = Callable[[WriteSession, bytes, WriteResult], object]
Also = Callable[[WriteSession, Sequence[WriteResult | AllodError]], None]


class Wanted(NamedTuple):
    """One record to be written, and whose it is by their own name (`BatchEntry`)."""

    customer_id: str
    item: Item
    record: bytes | None = None
    version: int = 0


class BatchEntry(NamedTuple):
    """One record of a batch, and whose it is; over `version` of `record`, if named."""

    subject: bytes | None
    item: Item
    record: bytes | None = None
    version: int = 0


def nothing_more(
    _session: WriteSession, _written: Sequence[WriteResult | AllodError]
) -> None:
    """Do nothing else in the unit of work of a batch."""


# What is held may be lost with a copy; who may have it is said elsewhere.
neither("contribution", "contribution.updated", "record.written")


class Intake:
    """Writes records about customers."""

    def __init__(
        self,
        *,
        tickets: Tickets,
        in_use: InUse,
        records: RecordStore,
        register: Register,
        storing: Storing,
        keyring: Keyring,
        catalog: Catalog,
        acceptance: Acceptance,
        clock: Clock,
    ) -> None:
        self._tickets = tickets
        self._in_use = in_use
        self._records = records
        self._register = register
        self._storing = storing
        self._keyring = keyring
        self._catalog = catalog
        self._acceptance = acceptance
        self._clock = clock

    def put(self, question: Question, customer_id: str, item: Item) -> WriteResult:
        """Write one record about a customer.

        Raises:
            Invalid: unknown purpose or collection, or values that it does not allow.
            TooLarge: the values are longer than a record may be.
            NotFound: no such customer within the caller's reach.
            Refused: the policy says no.
            Conflict: the same client id came before with other content, or an
                identifier cannot be had.
            Unavailable: engine or access log cannot answer.

        """
        checked = self._checked(item)
        return self._put(question, self._register.resolve(customer_id), item, checked)

    def put_own(self, question: Question, item: Item) -> WriteResult:
        """Write one record about the customer that is calling; otherwise as `put`."""
        return self._put(
            question, question.principal.subject, item, self._checked(item)
        )

    def put_many(
        self, question: Question, wanted: Sequence[Wanted]
    ) -> list[WriteResult | AllodError]:
        """Write many records about many customers, in lots.

        Each lot is decided, logged and committed for itself; each item is answered in
        its place, by what became of it or by what keeps it out, as `put` and `update`
        would say it. What was committed before an error that stops the rest is found
        by a repetition, which finishes it.

        Raises:
            Invalid: unknown purpose.
            TooMany: the caller was told too often that something is in use.
            Unavailable: engine or access log cannot answer; nothing behind is written.

        """
        self._in_use.require_few(question.principal)
        subjects = self._register.resolve_many({each.customer_id for each in wanted})
        entries = [
            BatchEntry(subjects.get(each.customer_id), *each[1:]) for each in wanted
        ]
        erased = self._storing.erased(each[:2] for each in entries)
        return [
            outcome
            for lot in lots(entries, lambda each: each.subject)
            for outcome in self.put_batch(question, lot, erased=erased)
        ]

    def put_batch(
        self,
        question: Question,
        entries: Sequence[BatchEntry],
        *,
        also: Also = nothing_more,
        erased: Collection[bytes] | None = None,
    ) -> list[WriteResult | AllodError]:
        """Write many records by one ticket, in one unit of work.

        `also` runs in the same one and is told what became of each. One that cannot be
        written is answered by its error, in its place, and keeps no other from being
        written. With `erased`, those of whom nothing is written, whoever asks learns of
        others' identifiers no more, and no oftener, than by single writes.

        Raises:
            Invalid: unknown purpose.
            Unavailable: engine or access log cannot answer.

        """
        checked = [self._try_check(each) for each in entries]
        asked = [
            (at, _target(entries[at].subject, each, entries[at].record))
            for at, each in enumerate(checked)
            if isinstance(each, Checked)
        ]
        kept_out: dict[int, AllodError] = {}

        def ask() -> WriteTicket:
            ticket, errors = self._tickets.ask(question, [each for _, each in asked])
            kept_out.clear()
            for (at, _), error in zip(asked, errors, strict=True):
                if error is not None:
                    kept_out[at] = error
            return ticket

        def work(
            ticket: WriteTicket,
        ) -> tuple[list[WriteResult | AllodError], list[bytes]]:
            ready = [
                kept_out.get(at) or self._try_seal(entry, each)
                for at, (entry, each) in enumerate(zip(entries, checked, strict=True))
            ]
            with self._unit_of_work(ticket) as session:
                limit = None if erased is None else ticket
                written = self._storing.many(
                    session, ready, ticket=limit, erased=erased or ()
                )
                also(session, written)
            return written, _touched(entries, written)

        return self._tickets.spend(ask, work)

    def update(
        self,
        question: Question,
        customer_id: str,
        record: bytes,
        values: Mapping[str, Any],
        *,
        version: int,
    ) -> WriteResult:
        """Put a new version in the place of `version`; the old one is not kept.

        Raises:
            NotFound: no such record of this customer within the caller's reach.
            Refused: the policy says no, the record is under a legal hold, or it is
                somebody else's contribution.
            Conflict: `version` is not the newest; read again, then decide again.
            Invalid: unknown purpose, or values that the collection does not allow.
            Unavailable: engine or access log cannot answer.

        """
        subject = self._register.resolve(customer_id)
        return self._update(question, subject, record, values, version)

    def update_own(
        self,
        question: Question,
        record: bytes,
        values: Mapping[str, Any],
        *,
        version: int,
        told: Told = lambda *_: None,
    ) -> WriteResult:
        """Change a record of the customer that is calling; otherwise as `update`.

        `told` runs in the same unit of work, and is told whose record it was.
        """
        subject = question.principal.subject
        return self._update(question, subject, record, values, version, told)

    def _put(
        self, question: Question, subject: bytes | None, item: Item, checked: Checked
    ) -> WriteResult:
        self._in_use.require_few(question.principal)
        target = _target(subject, checked)

        def work(ticket: WriteTicket) -> tuple[WriteResult, list[bytes]]:
            owner = subject or NOBODY
            sealed = self._sealed(owner, item.client_id, checked)
            earlier = self._earlier(owner, item, checked)
            with self._unit_of_work(ticket) as session:
                written = earlier and self._storing.earlier(session, earlier)
                written = written or self._storing.one(session, ticket, sealed)
            return written, [owner]

        return self._tickets.spend(
            lambda: self._tickets.ask_one(question, target), work
        )

    def _update(
        self,
        question: Question,
        subject: bytes | None,
        record: bytes,
        values: Mapping[str, Any],
        version: int,
        told: Told = lambda *_: None,
    ) -> WriteResult:
        self._in_use.require_few(question.principal)
        owner = subject or NOBODY
        name = self._records.collection_of(owner, record)
        target = self._replacing(subject, name, record, values)

        def work(ticket: WriteTicket) -> tuple[WriteResult, list[bytes]]:
            checked = self._checked(Item(name or "", values))
            sealed = self._sealed(
                owner, None, checked, record=record, version=version + 1
            )
            with self._unit_of_work(ticket) as session:
                written = self._storing.one(session, ticket, sealed)
                if written.outcome == "replaced":
                    told(session, owner, written)
            return written, [owner]

        return self._tickets.spend(
            lambda: self._tickets.ask_one(question, target), work
        )

    def _replacing(
        self,
        subject: bytes | None,
        name: str | None,
        record: bytes,
        values: Mapping[str, Any],
    ) -> Target:
        """Say what a change comes to, before anything is said about its values.

        Whether they are allowed is told only to who reaches the record.
        """
        if name is None:
            return Target(subject, NOTHING, record=record)
        collection = self._catalog.collection(name)
        names = values.keys() & collection.fields.keys()
        known = class_of(collection, names or collection.fields)
        return Target(subject, known, frozenset(names), collection.ugc, record)

    def _checked(self, item: Item) -> Checked:
        return check(self._catalog.collection(item.collection), item.values)

    def _sealed(
        self,
        subject: bytes,
        client_id: str | None,
        checked: Checked,
        *,
        record: bytes | None = None,
        version: int = 1,
    ) -> SealedRecord:
        try:
            keys = self._keyring.main(subject)
        except KeyDestroyed:  # erased since it was decided
            raise TicketVoid from None
        record = record or record_id(keys, client_id)
        at = self._clock.now()
        return seal(keys, checked, record=record, version=version, at=at)

    def _earlier(
        self, subject: bytes, item: Item, checked: Checked
    ) -> SealedRecord | None:
        if item.earlier_id is None:
            return None
        return self._sealed(subject, item.earlier_id, checked)

    @contextmanager
    def _unit_of_work(self, ticket: WriteTicket) -> Iterator[WriteSession]:
        with self._tickets.unit_of_work(ticket) as session:
            self._acceptance.require_still(session)
            yield session

    def _try_check(self, entry: BatchEntry) -> Checked | AllodError:
        try:
            checked = self._checked(entry.item)
        except AllodError as error:
            return error
        if entry.record is not None:
            name = self._records.collection_of(entry.subject or NOBODY, entry.record)
            if name != entry.item.collection:
                return NotFound()
        return checked

    def _try_seal(
        self, entry: BatchEntry, checked: Checked | AllodError
    ) -> SealedRecord | AllodError:
        if isinstance(checked, AllodError):
            return checked
        try:
            return self._sealed(
                entry.subject or NOBODY,
                entry.item.client_id,
                checked,
                record=entry.record,
                version=entry.version + 1,
            )
        except (AllodError, TicketVoid) as error:
            return error if isinstance(error, AllodError) else NotFound()


def _target(
    subject: bytes | None, checked: Checked, record: bytes | None = None
) -> Target:
    collection = checked.collection
    names = frozenset(checked.values)
    return Target(subject, checked.known, names, collection.ugc, record)


def _touched(
    entries: Sequence[BatchEntry], written: Sequence[WriteResult | AllodError]
) -> list[bytes]:
    pairs = zip(entries, written, strict=True)
    return [
        entry.subject
        for entry, each in pairs
        if entry.subject and isinstance(each, WriteResult)
    ]
