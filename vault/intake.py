"""The way in: check, seal, index, stamp; one unit of work for all that is durable.

A write carries the caller's own id for it (`Idempotency-Key`). The record's id is a
keyed hash of that id under the customer's key, so a retried write finds the record
that it made, and a retried contribution is one leaf. A retry with other content is a
conflict: a keyed fingerprint of the content tells, without opening anything.

Order: keys exist before anything is sealed, identifiers before the record that they
lead to. A crash leaves at most a key or an index row that leads nowhere.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, Final

from kit.clock import Clock
from kit.db import Database, WriteSession
from kit.errors import AllodError, Conflict, NotFound, Refused
from vault._internal.blind_index import BlindIndex
from vault._internal.classes import CustomerClass, intern_record
from vault._internal.keyring import Keyring
from vault._internal.register import Register
from vault._internal.store import SqliteRecords
from vault._internal.subjects import SqliteSubjects
from vault.acceptance import Acceptance
from vault.catalog import Catalog
from vault.holds import FROZEN
from vault.indexing import Indexing
from vault.openings import Openings
from vault.sealing import Sealed, record_id, seal

NOBODY: Final = b""


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


class Intake:
    """Writes records about customers."""

    def __init__(
        self,
        *,
        database: Database,
        records: SqliteRecords,
        subjects: SqliteSubjects,
        register: Register,
        index: BlindIndex,
        keyring: Keyring,
        catalog: Catalog,
        openings: Openings,
        acceptance: Acceptance,
        clock: Clock,
    ) -> None:
        self._database = database
        self._records = records
        self._subjects = subjects
        self._register = register
        self._indexing = Indexing(index, catalog)
        self._keyring = keyring
        self._catalog = catalog
        self._openings = openings
        self._acceptance = acceptance
        self._clock = clock

    def register(
        self,
        customer_id: str,
        *,
        region: str,
        minor: str = "unknown",
        again: bool = False,
    ) -> bool:
        """Make a customer known: subject, key, row. False if they were known already.

        Raises:
            Refused: `fence.erased`: they were erased, and `again` does not say that
                they come back by an explicit registration.

        """
        registered = self._register.register(customer_id, again=again)
        known = CustomerClass(region, "active", minor)
        with self._database.write() as session:
            self._subjects.add(session, [registered.subject], known)
        return registered.created

    def register_many(
        self, customer_ids: Iterable[str], *, region: str, minor: str = "unknown"
    ) -> dict[str, bytes | AllodError]:
        """Make many customers known; gives each their subject, or why not."""
        outcome = self._register.register_many(customer_ids)
        subjects = [each for each in outcome.values() if isinstance(each, bytes)]
        known = CustomerClass(region, "active", minor)
        with self._database.write() as session:
            self._subjects.add(session, subjects, known)
        return outcome

    def put(self, customer_id: str, item: Item) -> Written:
        """Write one record about a customer.

        Raises:
            NotFound: no such customer.
            Invalid: unknown collection, or values that it does not allow.
            TooLarge: the values are longer than a record may be.
            Conflict: the same client id came before with other content.

        """
        subject = self._register.resolve(customer_id)
        if subject is None:
            raise NotFound
        return self.put_own(subject, item)

    def put_own(self, subject: bytes, item: Item) -> Written:
        """Write one record about the customer that is calling; otherwise as `put`."""
        if (earlier := self._earlier(subject, item)) is not None:
            return earlier
        sealed = self._sealed(subject, item)
        self._indexing.index_one(sealed)
        with self._database.write() as session:
            self._acceptance.require_still(session)
            self._require_active(session, subject)
            return self._store(session, sealed)

    def put_batch(
        self,
        items: Sequence[tuple[bytes, Item]],
        *,
        also: Callable[[WriteSession, Sequence[Written | AllodError]], None],
    ) -> list[Written | AllodError]:
        """Write many records in one unit of work.

        `also` runs in the same one and is told what became of each item. An item
        that cannot be written is answered by its error, in its place, and keeps no
        other from being written.
        """
        sealed = [self._try_seal(subject, item) for subject, item in items]
        kept_out = self._indexing.index(
            [each for each in sealed if isinstance(each, Sealed)]
        )
        sealed = [
            kept_out.get(each.record, each) if isinstance(each, Sealed) else each
            for each in sealed
        ]
        with self._database.write() as session:
            self._acceptance.require_still(session)
            subjects = {subject for subject, _ in items}
            active = self._subjects.active(session, sorted(subjects))
            written = [self._try_store(session, each, active) for each in sealed]
            also(session, written)
        return written

    def update(
        self,
        customer_id: str,
        record: bytes,
        values: Mapping[str, Any],
        *,
        version: int,
    ) -> Written:
        """Put a new version in the place of `version`; the old one is not kept.

        Raises:
            NotFound: no such record of this customer.
            Conflict: `version` is not the newest; read again, then decide again.
            Refused: the record is under a legal hold.
            Invalid: values that the record's collection does not allow.

        """
        subject = self._register.resolve(customer_id) or NOBODY
        collection = self._records.collection_of(subject, record)
        if collection is None:
            raise NotFound
        item = Item(collection, values)
        sealed = self._sealed(subject, item, record=record, version=version + 1)
        with self._database.write() as session:
            self._acceptance.require_still(session)
            self._require_active(session, subject)
            known = self._records.known(session, subject, record)
            if known is None:
                raise NotFound
            if self._records.is_held(session, subject, record):
                raise Refused("the record is held as evidence", reasons=(FROZEN,))
            row = sealed.row(intern_record(session, sealed.known, self._keyring.rows))
            if not self._records.replace(session, row, sealed.parts):
                raise Conflict(
                    "the record has changed since this version was read",
                    code="version.stale",
                    fix="read the record again and repeat the change",
                )
            index = self._stamp(session, sealed, "contribution.updated")
            # Last, and under the lock: only the version that wins is found by what
            # it says, and one that drops an identifier is not found by it any more.
            self._indexing.index_one(sealed, emptied=True)
        return Written(record, sealed.version, created=False, index=index)

    def _earlier(self, subject: bytes, item: Item) -> Written | None:
        """Find a write that an older program took under an id others could have."""
        if item.earlier_id is None:
            return None
        record = record_id(self._keyring.main(subject), item.earlier_id)
        if self._records.collection_of(subject, record) is None:
            return None
        sealed = self._sealed(subject, item, record=record)
        with self._database.write() as session:
            known = self._records.known(session, subject, record)
        if known is None or not compare_digest(known[1], sealed.fingerprint):
            return None
        return self._repeated(sealed, *known)

    def _sealed(
        self,
        subject: bytes,
        item: Item,
        *,
        record: bytes | None = None,
        version: int = 1,
    ) -> Sealed:
        collection = self._catalog.collection(item.collection)
        keys = self._keyring.main(subject)
        return seal(
            keys,
            collection,
            item.values,
            record=record or record_id(keys, item.client_id),
            version=version,
            at=self._clock.now(),
        )

    def _try_seal(self, subject: bytes, item: Item) -> Sealed | AllodError:
        try:
            return self._sealed(subject, item)
        except AllodError as error:
            return error

    def _try_store(
        self, session: WriteSession, sealed: Sealed | AllodError, active: set[bytes]
    ) -> Written | AllodError:
        if isinstance(sealed, AllodError):
            return sealed
        if sealed.subject not in active:
            return NotFound()
        try:
            return self._store(session, sealed)
        except Conflict as error:  # raised before anything was written
            return error

    def _require_active(self, session: WriteSession, subject: bytes) -> None:
        if subject not in self._subjects.active(session, [subject]):
            raise NotFound

    def _store(self, session: WriteSession, sealed: Sealed) -> Written:
        known = self._records.known(session, sealed.subject, sealed.record)
        if known is not None:
            return self._repeated(sealed, *known)
        row = sealed.row(intern_record(session, sealed.known, self._keyring.rows))
        self._records.insert(session, [row], sealed.parts)
        index = self._stamp(session, sealed, "contribution")
        return Written(sealed.record, sealed.version, created=True, index=index)

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
