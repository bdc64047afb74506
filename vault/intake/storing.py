"""Inside the unit of work of a write: index, store, stamp; all of it or nothing.

Whoever calls has checked the ticket in the same unit of work (`vault.writes.tickets`).
Identifiers come before the record that they lead to, and in a store of their own: a
crash leaves at most an index row that leads nowhere. Many are written one after the
other, by the same steps as one: what keeps one out is raised before anything of it is
written, and keeps no other out.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from kit.db import WriteSession
from kit.errors import AllodError, Conflict, Gone, Invalid, Reason, Refused, TooMany
from vault._internal.blind_index import Taken
from vault._internal.classes import Classes, RecordClass
from vault._internal.ports.people import PeopleStore
from vault._internal.ports.records import RecordStore, RemovalStore
from vault._internal.ticket import WriteTicket
from vault.intake.indexing import Index, Indexing, Said
from vault.intake.sealing import FIRST, SealedRecord
from vault.proofs.openings import Openings
from vault.writes.in_use import InUse

Outcome: TypeAlias = Literal["created", "replaced", "there_already"]
KEPT_OUT: Final = (Conflict, Gone, Invalid, Refused, TooMany)
"""What may be raised about one record before anything of it is written."""

GONE: Final = Reason(
    "contribution.removed",
    "GDPR 17(1); PIPL 47",
    "leave it out; what is contributed anew has an id of its own",
)


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What became of a write. `index` is the ledger entry of a contribution.

    `doubtful` are the fields with an address or number that nobody can have as it is
    written: it was kept, and is compared as it is.
    """

    record: bytes
    version: int
    outcome: Outcome
    index: int | None = None
    doubtful: tuple[str, ...] = ()

    @property
    def created(self) -> bool:
        """Whether this write made the record."""
        return self.outcome == "created"


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


class _Under(NamedTuple):
    """What records are written under: a unit of work, and its ticket if it limits."""

    session: WriteSession
    find_by: Index
    classes: dict[RecordClass, int]
    ticket: WriteTicket | None
    erased: dict[bytes, AllodError | None]


class Storing:
    """Puts sealed records where they belong."""

    def __init__(
        self,
        *,
        records: RecordStore,
        indexing: Indexing,
        openings: Openings,
        in_use: InUse,
        classes: Classes,
        people: PeopleStore,
        removed: RemovalStore,
    ) -> None:
        self._records = records
        self._indexing = indexing
        self._openings = openings
        self._in_use = in_use
        self._classes = classes
        self._people = people
        self._removed = removed

    def one(
        self, session: WriteSession, ticket: WriteTicket, sealed: SealedRecord
    ) -> WriteResult:
        """Store one record, or give the one that this write made before.

        A later version takes the place of the one before it.

        Raises:
            Conflict: the same client id came before with other content, the version
                before it is not the newest, or an identifier cannot be had.

        """
        with self._indexing.of([sealed]) as index:
            under = _Under(session, index, {}, ticket, {})
            return self._admitted(under, sealed) or self._stored(under, sealed)

    def many(
        self,
        session: WriteSession,
        ready: Sequence[SealedRecord | AllodError],
        *,
        ticket: WriteTicket | None = None,
        erased: Collection[bytes] = (),
    ) -> list[WriteResult | AllodError]:
        """Store what is sealed, one after the other; an error stays in its place.

        With a ticket, what is in use beyond the caller's reach has one answer, and is
        counted: who is told so too often is told nothing more. Nothing is stored of
        whom all that was said shows to be `erased`.
        """
        with self._indexing.of(ready) as index:
            under = _Under(session, index, {}, ticket, dict.fromkeys(erased))
            return [self._tried(under, each) for each in ready]

    def earlier(
        self, session: WriteSession, sealed: SealedRecord
    ) -> WriteResult | None:
        """Find a write that an older program took under an id others could have."""
        known = self._records.known(session, sealed.subject, sealed.record)
        if known is None or not compare_digest(known[1], sealed.fingerprint):
            return None
        return self._repeated(sealed, *known)

    def _tried(
        self, under: _Under, sealed: SealedRecord | AllodError
    ) -> WriteResult | AllodError:
        if isinstance(sealed, AllodError):
            return sealed
        try:
            self._require_not_erased(under, sealed.subject)
            there = self._admitted(under, sealed)
        except KEPT_OUT as error:
            return error
        return there or self._stored(under, sealed)

    def erased(self, wanted: Iterable[tuple[bytes | None, Item]]) -> set[bytes]:
        """Find whom all that is said of them in a call shows to be somebody erased."""
        said: dict[bytes, list[Said]] = {}
        for subject, item in wanted:
            if subject is not None:
                said.setdefault(subject, []).append((item.collection, item.values))
        found = self._indexing.kept_out(list(said.values()))
        return {
            subject
            for subject, error in zip(said, found, strict=True)
            if error is not None
        }

    def _require_not_erased(self, under: _Under, subject: bytes) -> None:
        """Check that nothing here says so of them; one customer is one answer."""
        if under.ticket is None or subject not in under.erased:
            return
        error = under.erased[subject]
        if error is None:
            self._in_use.require_few(under.ticket.question.principal)
            error = under.erased[subject] = self._in_use.answer(under.ticket, None)
        raise error

    def _admitted(self, under: _Under, sealed: SealedRecord) -> WriteResult | None:
        """Give what this write did before, or make way for it: let it be found.

        Under the lock: what is found here is so until the unit of work ends. Nothing
        is written to this store yet, and only a version that wins is indexed.
        """
        self._require_not_removed(under.session, sealed)
        known = self._records.known(under.session, sealed.subject, sealed.record)
        there = self._before(sealed, known)
        if there is None:
            self._index(under, sealed)
        return there

    def _require_not_removed(self, session: WriteSession, sealed: SealedRecord) -> None:
        if self._removed.find(sealed.subject, sealed.record, session) is not None:
            raise Refused(
                "this item was removed at its author's word, and is not taken again",
                reasons=(GONE,),
            )

    def _before(
        self, sealed: SealedRecord, known: tuple[int, bytes] | None
    ) -> WriteResult | None:
        if sealed.version == FIRST:
            return None if known is None else self._repeated(sealed, *known)
        version, fingerprint = known or (0, b"")
        if version == sealed.version and compare_digest(
            fingerprint, sealed.fingerprint
        ):
            return self._repeated(sealed, version, fingerprint)
        if version != sealed.version - 1:
            raise Conflict(
                "the record has changed since this version was read",
                code="version.stale",
                fix="read the record again and repeat the change",
            )
        return None

    def _stored(self, under: _Under, sealed: SealedRecord) -> WriteResult:
        row = sealed.row(self._class_number(under, sealed.known))
        if sealed.version == FIRST:
            self._records.insert(under.session, [row], sealed.parts)
            outcome: Outcome = "created"
        else:
            self._records.replace(under.session, row, sealed.parts)
            outcome = "replaced"
        index = self._stamp(under.session, sealed)
        return WriteResult(
            sealed.record, sealed.version, outcome, index, sealed.doubtful
        )

    def _class_number(self, under: _Under, known: RecordClass) -> int:
        """Look a class up once in a unit of work, for many are of one."""
        if known not in under.classes:
            number = self._classes.number_of(under.session, known)
            under.classes[known] = number
        return under.classes[known]

    def _index(self, under: _Under, sealed: SealedRecord) -> None:
        """Let one record be found; what is in use beyond reach has one answer."""
        ticket = under.ticket
        if ticket is None:
            under.find_by(sealed)
            return
        self._in_use.require_few(ticket.question.principal)
        try:
            under.find_by(sealed)
        except Taken as taken:
            if self._people.reached(under.session, ticket.asked, taken.holder):
                raise
            raise self._in_use.answer(ticket, taken.holder) from None
        except Refused:
            raise self._in_use.answer(ticket, None) from None

    def _repeated(
        self, sealed: SealedRecord, version: int, fingerprint: bytes
    ) -> WriteResult:
        # Only a first version can be told from a repetition by its fingerprint; a
        # record that was changed since was certainly written once.
        if version == FIRST and not compare_digest(fingerprint, sealed.fingerprint):
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
        return WriteResult(
            sealed.record, version, "there_already", index, sealed.doubtful
        )

    def _stamp(self, session: WriteSession, sealed: SealedRecord) -> int | None:
        if not sealed.contributed:
            return None
        first = sealed.version == FIRST
        return self._openings.stamp(
            session,
            subject=sealed.subject,
            kind="contribution" if first else "contribution.updated",
            content=sealed.content(),
            record=sealed.record,
        )
