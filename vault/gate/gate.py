"""The gate: the one door to sealed records (the PEP, in XACML's words).

A read goes: fresh snapshot → decision → durable access-log event → permit → keys →
cleartext → masks → disclosure. Whatever fails on the way, nothing is disclosed.

The gate opens its own snapshot for each call, never the caller's session, and will
not be called inside a unit of work: so a withdrawal that was acknowledged before the
call is always seen, and the log's writer never waits for a lock that its own caller
holds.

Absent, another's and out of reach look the same: `NotFound`, one text for all three.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from kit.clock import Clock, unix
from kit.db import in_write
from kit.errors import Fault, Invalid, NotFound, TooLarge
from vault._internal.blind_index import BlindIndex
from vault._internal.classes import Classes
from vault._internal.customer_lookup import CustomerIds
from vault._internal.permit import Permit, issue
from vault._internal.ports.changes import ChangeStore
from vault._internal.ports.records import (
    PackedClasses,
    ReadContext,
    RecordStore,
    SealedRow,
    sealed_bytes,
)
from vault.audit.access_log import AccessLog
from vault.catalog.catalog import Catalog
from vault.gate.aggregates import AggregateQuery, AggregateResult
from vault.gate.allowance import Allowance
from vault.gate.counting import Counts
from vault.gate.disclosure import (
    Answer,
    Batch,
    Disclosure,
    Outcome,
    Page,
    RecordOpener,
    answers_of,
    only_of,
    page_of,
)
from vault.gate.evaluation import Evaluation
from vault.gate.following import MAX_CHANGES, Changes, Follows
from vault.gate.listing import Lists
from vault.gate.lookups import TOO_MANY, Lookups
from vault.gate.policies import Policies
from vault.gate.positions import FeedPositions
from vault.gate.question import NOBODY, Naming, Question, asked_of
from vault.gate.selection import ALL, ListQuery
from vault.gate.sheets import Sheet, SheetRecheck, Sheets
from vault.gate.verdict_plans import VerdictCache
from vault.gate.verifying import Claim, Opened, VerifiedValue

MAX_MANY: Final = 100
MAX_MANY_BYTES: Final = 4 << 20
INLINE_BYTES: Final = 128 << 10
"""More than so much ciphertext is opened off the event loop."""
WHOLE: Final = (bytes(16), b"\xff" * 16)

# A record somebody wants: whose (None: the calling customer's own) and which.
Target = tuple[str | None, bytes]


class Gate:
    """Answers questions with disclosures, or refuses; there is no third way."""

    def __init__(
        self,
        *,
        records: RecordStore,
        packed: PackedClasses,
        changes: ChangeStore,
        positions: FeedPositions,
        discloser: RecordOpener,
        ids: CustomerIds,
        index: BlindIndex,
        catalog: Catalog,
        classes: Classes,
        policies: Policies,
        verdicts: VerdictCache,
        allowance: Allowance,
        log: AccessLog,
        clock: Clock,
    ) -> None:
        self._records = records
        self._discloser = discloser
        self._ids = ids
        self._naming = Naming(ids)
        self._catalog = catalog
        self._classes = classes
        self._purposes = policies.purposes
        self._verdicts = verdicts
        self._log = log
        self._clock = clock
        self._lookups = Lookups(
            records=records,
            index=index,
            catalog=catalog,
            naming=self._naming,
            policies=policies,
            allowance=allowance,
            log=log,
            begin=self._begin,
            numbers=self._numbers,
            values=self._values,
        )
        self._lists = Lists(
            records=records,
            packed=packed,
            catalog=catalog,
            classes=classes,
            naming=self._naming,
            log=log,
            begin=self._begin,
            numbers=self._numbers,
            page=self._page,
        )
        self._counts = self._counting(packed)
        self._follows = Follows(
            store=changes,
            positions=positions,
            catalog=catalog,
            classes=classes,
            log=log,
            begin=self._begin,
            numbers=self._numbers,
            opened=self._open,
        )

    def _counting(self, packed: PackedClasses) -> Counts:
        return Counts(
            records=self._records,
            packed=packed,
            catalog=self._catalog,
            classes=self._classes,
            log=self._log,
            asked=self._asked,
            begin=self._begin,
            numbers_of=self._numbers,
            values=partial(self._values, bulk=True),
        )

    def read(
        self, question: Question, customer: str | None, record: bytes
    ) -> Disclosure:
        """Read one record of a customer; None is the calling customer's own.

        Raises:
            NotFound: there is none by that name within the caller's reach.
            Refused: the policy says no; reasons and decision id are with it.
            Damaged: it does not open as it was sealed, or its row says something else.
            Invalid: unknown purpose or field.
            Unavailable: engine or access log cannot answer.

        """
        asked, reading = self._begin(question)
        subject = self._naming.subject(question.principal, customer)
        reading.judge(self._point(asked, subject, record))
        self._log.append_all(reading.events(one=subject))
        return self._only(reading)

    async def read_async(
        self, question: Question, customer: str | None, record: bytes
    ) -> Disclosure:
        """Read one record from an event loop; otherwise as `read`."""
        asked, reading = self._begin(question)
        subject = self._naming.subject(question.principal, customer)
        await reading.judge_async(self._point(asked, subject, record))
        for event in reading.events(one=subject):
            await self._log.append_async(event)
        return self._only(reading)

    async def read_many(self, question: Question, targets: Sequence[Target]) -> Batch:
        """Read up to 100 records with one decision id and one durable wait.

        The answers stand in the order of the targets; one that is not disclosed is
        the error that `read` would have raised.

        Raises:
            Invalid: too many records, or none.
            TooLarge: they are too long together; none was judged or opened.

        """
        if not 0 < len(targets) <= MAX_MANY:
            fault = Fault("/items", f"between 1 and {MAX_MANY} records")
            raise Invalid("too many records, or none", faults=(fault,))
        asked, reading = self._begin(question)
        subjects = self._naming.subjects(question.principal, {c for c, _ in targets})
        wanted = [
            (subjects.get(customer, NOBODY), record) for customer, record in targets
        ]
        found = self._records.many(asked, wanted)
        size = sealed_bytes(found.values())
        if size > MAX_MANY_BYTES:
            raise TooLarge("these records are too long to be read at once")
        reading.absent = len({*wanted} - found.keys())
        await reading.judge_async(list(found.values()))
        await asyncio.gather(*map(self._log.append_async, reading.events()))
        if size > INLINE_BYTES:
            answers = await asyncio.to_thread(self._answers, reading)
        else:
            answers = self._answers(reading)
        return Batch(
            answers=tuple(answers.get(each, NotFound()) for each in wanted),
            decision_id=reading.decision_id,
        )

    def list_records(
        self,
        question: Question,
        customer: str | None,
        collection: str,
        wish: ListQuery = ALL,
        *,
        after: bytes = b"",
        limit: int = MAX_MANY,
    ) -> Page:
        """List a customer's records of one collection, in order of their ids.

        What is denied is counted, not shown, and so is what could not be decided: a
        page may be empty, and not be the last. Where nothing of the whole list may be
        shown, each page is a refusal with its reasons. A wish filters and sorts what
        would be shown, by fields that are clear, or else all is refused before anything
        is opened; a page looks at `limit` records, and one that is sorted at all there
        are.
        """
        return self._lists.records_of(
            question, customer, collection, wish, after=after, limit=limit
        )

    def find(self, question: Question, collection: str, field: str, value: str) -> Page:
        """Look records up by an identifier field that is clear for the caller.

        Where the decision does not leave the field clear, or denies the record, the
        answer is that of a search without a match; the access log holds the difference.
        But where the policies let the purpose verify, a record is found by a masked
        field too, as one question of `verify`. A shared identifier gives the records
        of all who have it within reach, 50 at most: only those left out are counted.

        Raises:
            NotFound: there is none, or none that the caller may find.
            TooMany: nothing was found in clear, and too much was verified lately.

        """
        reading, beyond = self._lookups.find(question, collection, field, value)
        reasons = (TOO_MANY.code,) if beyond else ()
        return replace(self._page(reading, None), withheld=beyond, reasons=reasons)

    def verify(
        self, question: Question, customer: str | None, claim: Claim
    ) -> VerifiedValue:
        """Tell whether a value is the one held in a field that the caller sees masked.

        Compared are the first 100 records of the collection; a customer without any is
        as good as absent. The field is on record first, and the value never.

        Raises:
            NotFound: nobody by that name within the caller's reach.
            Refused: the policy says no; or the field is clear, or dropped.
            TooMany: too much was asked, by the caller or about the customer.
            Invalid: unknown purpose or field, or one of few values.
            Unavailable: engine or access log cannot answer.

        """
        return self._lookups.verify(question, customer, claim)

    def scan(
        self,
        question: Question,
        collection: str,
        *,
        span: tuple[bytes, bytes] = WHOLE,
    ) -> Iterator[Page]:
        """Read all records of a collection in a span of subjects, by class.

        For whoever takes each page whole and at once; otherwise as `sheets`.
        """
        for sheet in self.sheets(question, collection, span=span):
            if sheet.page is not None:
                yield sheet.page

    def sheets(
        self,
        question: Question,
        collection: str,
        *,
        span: tuple[bytes, bytes] = WHOLE,
    ) -> Iterator[Sheet]:
        """Read as `scan`, in pages to be handed out piece by piece.

        Each page (at most 1,000 records, or a megabyte) has its own snapshot, instant,
        decision id, durable event and permit; the event of the next page is written
        while this one is opened. All are judged under one revision.
        """
        _, first = self._begin(question)

        def judged(rows: Sequence[SealedRow]) -> Evaluation:
            reading = Evaluation(question, first.verdicts)
            reading.judge(rows)
            return reading

        yield from Sheets(
            records=self._records,
            standing=SheetRecheck(
                self._records, self._ids, lambda: self._asked(question)
            ),
            log=self._log,
            collection=collection,
            numbers=self._numbers(collection),
            span=span,
            ugc=self._catalog.collection(collection).ugc,
            judged=judged,
            opened=partial(self._open, bulk=True),
        )

    def follow(
        self,
        question: Question,
        collection: str,
        position: str | None = None,
        *,
        whole: bool = False,
        limit: int = MAX_CHANGES,
    ) -> Changes:
        """Give what changed in a collection since a position, as it may be shown now.

        At most `limit` records, each shown or gone. Without a position it gives one:
        that of now, or, for the `whole`, one that begins with all there is. It raises
        what `aggregate` raises, and `Resync` where it is not known what came since.
        """
        return self._follows.changes(
            question, collection, position, whole=whole, limit=limit
        )

    def aggregate(
        self, question: Question, collection: str, counting: AggregateQuery
    ) -> AggregateResult:
        """Give numbers about groups of a collection's records, and about no person.

        Raises:
            Refused: the policy says no to all there is, or a field is not clear.
            Invalid: what is to be counted does not fit the collection.
            Unavailable: engine or access log cannot answer.

        """
        return self._counts.numbers(question, collection, counting)

    def _begin(self, question: Question) -> tuple[ReadContext, Evaluation]:
        if in_write():
            raise RuntimeError("the gate is not called inside a unit of work")
        self._purposes().get(question.purpose)
        self._catalog.require_fields(question.fields or ())
        return self._asked(question), Evaluation(question, self._verdicts.of(question))

    def _asked(self, question: Question) -> ReadContext:
        return asked_of(question, unix(self._clock.now()))

    def _point(
        self, asked: ReadContext, subject: bytes | None, record: bytes
    ) -> list[SealedRow]:
        row = self._records.point(asked, subject, record) if subject else None
        return [] if row is None else [row]

    def _numbers(self, collection: str) -> list[int]:
        self._catalog.collection(collection)
        return self._classes.numbers_of(collection)

    def _only(self, reading: Evaluation) -> Disclosure:
        reading.require_answer()
        return only_of(self._open(reading))

    def _answers(self, reading: Evaluation) -> dict[tuple[bytes, bytes], Answer]:
        return answers_of(reading, self._open(reading))

    def _values(self, reading: Evaluation, *, bulk: bool = False) -> list[Opened]:
        return self._discloser.values(self._permit(reading), reading, bulk=bulk)

    def _page(self, reading: Evaluation, following: bytes | None) -> Page:
        return page_of(reading, self._open(reading), following)

    def _open(self, reading: Evaluation, *, bulk: bool = False) -> list[Outcome]:
        if not reading.allowed:
            return []
        return self._discloser.disclose(self._permit(reading), reading, bulk=bulk)

    def _permit(self, reading: Evaluation) -> Permit:
        return issue(
            decision_id=reading.decision_id,
            purpose=reading.question.purpose,
            records=frozenset([row.record for row in reading.allowed]),
        )
