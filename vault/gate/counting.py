"""Counting: numbers about groups of a collection's records, page by page, on record."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from pdp.decision.question import Kind
from vault._internal.classes import Classes
from vault._internal.ports.records import PackedClasses, ReadContext, RecordStore
from vault.audit.access_log import AccessLog
from vault.catalog.catalog import Catalog
from vault.gate.aggregates import AggregateQuery, AggregateResult, Aggregator
from vault.gate.bulk import logged
from vault.gate.evaluation import Evaluation
from vault.gate.question import Question
from vault.gate.verifying import Opened

GROUPS: Final = "in_scope"
"""How auditors have to do with a group; with a record of anybody's, not at all."""
_WHOLE: Final = (bytes(16), b"\xff" * 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Counts groups; the gate begins each question, and opens what was judged."""

    records: RecordStore
    packed: PackedClasses
    catalog: Catalog
    classes: Classes
    log: AccessLog
    asked: Callable[[Question], ReadContext]
    begin: Callable[[Question], tuple[ReadContext, Evaluation]]
    numbers_of: Callable[[str], list[int]]
    values: Callable[[Evaluation], list[Opened]]

    def numbers(
        self, question: Question, collection: str, counting: AggregateQuery
    ) -> AggregateResult:
        """Give numbers about groups; see `Gate.aggregate`."""
        declared = self.catalog.collection(collection)
        tally = Aggregator(counting, declared, self.classes)
        question = replace(question, action="aggregate", fields=counting.fields)
        _, first = self.begin(question)
        numbers = self.numbers_of(collection)

        def asked() -> ReadContext:
            now = self.asked(question)
            groups = question.principal.kind is Kind.AUDITOR
            return replace(now, reach=GROUPS) if groups else now

        ks = self.packed.of_all(asked(), numbers, ugc=declared.ugc)
        tally.survey(first, ks, self.log)
        pages = self.records.scan(asked, numbers, span=_WHOLE, ugc=declared.ugc)
        judged = partial(tally.judged, first)
        for reading in logged(self.log, pages, judged, collection):
            tally.add(reading, self.values(reading))
        return tally.numbers(first.decision_id)
