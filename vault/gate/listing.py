"""A customer's records of one collection, page by page.

What is denied is counted, not shown. A page of which nothing may be shown is a page
like any other, empty and with its cursor, as long as something of the list may be: or
whoever reads on would stop before it. Only where all of the list is denied the answer
is a refusal, on each of its pages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from kit.errors import NotFound
from vault._internal.classes import Classes
from vault._internal.ports.records import (
    PackedClasses,
    ReadContext,
    RecordStore,
    is_full,
)
from vault.audit.access_log import AccessLog
from vault.catalog.catalog import Catalog
from vault.gate.disclosure import Page
from vault.gate.evaluation import Evaluation
from vault.gate.question import Naming, Question
from vault.gate.selection import ListQuery, Selection, too_many


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Lists records; the gate begins each question, and opens what was judged."""

    records: RecordStore
    packed: PackedClasses
    catalog: Catalog
    classes: Classes
    naming: Naming
    log: AccessLog
    begin: Callable[[Question], tuple[ReadContext, Evaluation]]
    numbers: Callable[[str], list[int]]
    page: Callable[[Evaluation, bytes | None], Page]

    def records_of(
        self,
        question: Question,
        customer: str | None,
        collection: str,
        wish: ListQuery,
        *,
        after: bytes,
        limit: int,
    ) -> Page:
        """Give one page; see `Gate.list_records`."""
        asked, reading = self.begin(question)
        numbers = self.numbers(collection)
        declared = self.catalog.collection(collection)
        selection = Selection.of(wish, declared, question)
        subject = self.naming.subject(question.principal, customer)
        if subject is None or not self.records.reaches(asked, subject):
            self.log.append_all(reading.events(collection=collection, one=subject))
            raise NotFound
        start, many = selection.looks_at(after, limit)
        rows = self.records.page(asked, subject, numbers, after=start, limit=many)
        full = is_full(rows)
        more = full or len(rows) == many
        reading.judge(rows)
        selection.require(reading, declared, self.classes, whole=not full)
        self.log.append_all(reading.events(collection=collection, one=subject))
        if more or start:
            held = partial(self.packed.of_subject, asked, subject, numbers)
            _require_some(reading, selection, held)
        else:
            reading.require_any()
        if reading.absent:
            raise NotFound
        page = self.page(reading, rows[-1].record if more else None)
        return selection.applied(page, after=after, limit=limit)


def _require_some(
    reading: Evaluation, selection: Selection, held: Callable[[], list[int]]
) -> None:
    """Check that something may be shown of a page, or else of another of the list.

    `held` names the packed classes of the whole list.

    Raises:
        Refused: the policy says no to all of the list.
        Invalid: it cannot be sorted, for not all of it was looked at.
        Unavailable: the engine gave no decision.

    """
    reading.require_decided()
    if reading.allowed or not reading.would_show(held()):
        reading.require_any()
    elif selection.sort is not None:
        raise too_many()
