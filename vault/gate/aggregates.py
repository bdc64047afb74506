"""Aggregates: numbers about groups of records, never about persons.

The records of a whole collection are read class by class, as in a scan, with one
decision id; only the fields that are grouped by or measured are opened. A field that
is not clear in any record that would be counted refuses the whole, before the first
is opened. What the policy keeps from single answers by an obligation alone may be
counted, and the obligation then binds each group: see `withheld`.

A record without the measured field is not measured; without a field that is grouped
by, it stands in the group of those without it. Sums are exact, and rounded once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from itertools import combinations
from typing import Any, Final, TypeAlias

from kit.errors import AllodError, Damaged, Fault, Invalid
from pdp.decision.decision import Obligation
from vault._internal.classes import Classes
from vault._internal.ports.records import SealedRow
from vault.audit.access_log import AccessLog
from vault.catalog.catalog import MAX_NUMBER, Collection, FieldType
from vault.gate.evaluation import Evaluation
from vault.gate.masking import unmet
from vault.gate.selection import NOT_CLEAR, is_unclear

MAX_GROUPED_BY: Final = 3
MAX_GROUPS: Final = 1_000
_LONG: Final = frozenset({FieldType.TEXT})
_NUMBERS: Final = frozenset({FieldType.INTEGER, FieldType.NUMBER})

Number: TypeAlias = int | float
Key: TypeAlias = tuple[Any, ...]
Persons: TypeAlias = Mapping[Key, AbstractSet[bytes]]


class Measure(StrEnum):
    """What is said of a group."""

    COUNT = "count"
    SUM = "sum"
    MEAN = "mean"


_MEASURES: Final = tuple(Measure)


@dataclass(frozen=True, slots=True)
class AggregateQuery:
    """What to count: by which fields, and which measure of which field."""

    group_by: tuple[str, ...] = ()
    measure: str = Measure.COUNT
    field: str | None = None

    @property
    def fields(self) -> frozenset[str]:
        """The fields that are opened."""
        return frozenset(self.group_by) | ({self.field} if self.field else set())


@dataclass(frozen=True, slots=True)
class AggregateGroup:
    """One group: what its records have in common, and the number.

    The number is None where there is no mean, of nothing.
    """

    key: dict[str, Any]
    value: Number | None


@dataclass(frozen=True, slots=True)
class AggregateResult:
    """The groups that may be shown, and how many may not.

    `damaged` counts the records that did not open as they were sealed, `undecided`
    those about which the policies could not decide; both are in no group.
    """

    groups: tuple[AggregateGroup, ...]
    withheld_groups: int
    decision_id: bytes
    damaged: int = 0
    undecided: int = 0


@dataclass(slots=True)
class _Heap:
    persons: set[bytes] = field(default_factory=set)
    count: int = 0
    total: Fraction = Fraction(0)


class Aggregator:
    """Numbers under way: what was judged, and the groups so far."""

    def __init__(
        self, counting: AggregateQuery, collection: Collection, classes: Classes
    ) -> None:
        check(counting, collection)
        self._counting = counting
        self._collection = collection
        self._classes = classes
        self._damaged = 0
        self._undecided = 0
        # None until something may be counted: before, no group is large enough.
        self._obligations: set[Obligation] | None = None
        # Nobody at all is a group too, or it could be told from a few.
        self._heaps: dict[Key, _Heap] = {} if counting.group_by else {(): _Heap()}

    def judged(self, first: Evaluation, rows: Sequence[SealedRow]) -> Evaluation:
        """Judge a page, as a part of what `first` began."""
        reading = Evaluation(first.question, first.verdicts, first.decision_id)
        reading.judge(rows)
        obligations = reading.allow_for_groups()
        if reading.allowed:
            self._obligations = obligations | (self._obligations or set())
        if is_unclear(self._counting.fields, reading, self._collection, self._classes):
            reading.refuse(NOT_CLEAR)
        return reading

    def survey(self, first: Evaluation, ks: Iterable[int], log: AccessLog) -> None:
        """Judge the classes of all that would be counted, before any is opened.

        Raises:
            Refused: a field is not clear, or nothing may be counted; it is on record.
            Unavailable: the engine gave no decision, or the log cannot be written.

        """
        # The class of a row is all that is judged; these have no record to be opened.
        reading = self.judged(first, [_of_class(k) for k in ks])
        try:
            reading.require_any()
        except AllodError:
            log.append(reading.refused(self._collection.name))
            raise

    def add(
        self, reading: Evaluation, opened: Iterable[Mapping[str, Any] | Damaged | None]
    ) -> None:
        """Count what was opened of a page; None is what was erased meanwhile.

        Raises:
            Invalid: there are too many groups.

        """
        self._undecided += reading.undecided
        for row, values in zip(reading.allowed, opened, strict=True):
            if isinstance(values, Damaged):
                self._damaged += 1
            elif values is not None:
                self._count(row.subject, values)
        if len(self._heaps) > MAX_GROUPS:
            raise Invalid(
                "there are too many groups",
                code="aggregate.too_many_groups",
                faults=(Fault("/group_by", f"makes more than {MAX_GROUPS} groups"),),
                fix="group by fewer fields, or by one with fewer values",
            )

    def _count(self, subject: bytes, values: Mapping[str, Any]) -> None:
        measured, number = self._counting.field, None
        if measured is not None:
            number = self._value(measured, values)
            if number is None:
                return
        key = tuple([self._value(name, values) for name in self._counting.group_by])
        heap = self._heaps.get(key)
        if heap is None:
            heap = self._heaps[key] = _Heap()
        heap.persons.add(subject)
        heap.count += 1
        if number is not None:
            heap.total += Fraction(number)

    def numbers(self, decision_id: bytes) -> AggregateResult:
        """Give the numbers, less the groups that are too small."""
        names = self._counting.group_by
        heaps = dict(sorted(self._heaps.items(), key=_order))
        hidden = withheld(
            {key: heap.persons for key, heap in heaps.items()}, self._meets
        )
        shown = [
            AggregateGroup(dict(zip(names, key, strict=True)), self._number(heap))
            for key, heap in heaps.items()
            if key not in hidden
        ]
        return AggregateResult(
            tuple(shown), len(hidden), decision_id, self._damaged, self._undecided
        )

    def _meets(self, persons: int) -> bool:
        obligations = self._obligations
        return obligations is not None and not unmet([*obligations], persons=persons)

    def _value(self, name: str, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a field's value
        # A record may be older than its collection's declaration.
        value = values.get(name)
        fits = self._collection.fields[name].fault(value) is None
        return value if fits else None

    def _number(self, heap: _Heap) -> Number | None:
        if self._counting.measure == Measure.COUNT:
            return heap.count
        if self._counting.measure == Measure.MEAN:
            return float(heap.total / heap.count) if heap.count else None
        whole = heap.total.denominator == 1 and abs(heap.total) <= MAX_NUMBER
        return int(heap.total) if whole else float(heap.total)


def _of_class(k: int) -> SealedRow:
    return SealedRow(b"", b"", 0, "", k, b"", 0, None, 0, None, None)


def check(counting: AggregateQuery, collection: Collection) -> None:
    """Check what is to be counted against what the collection declares.

    Raises:
        Invalid: with one fault for each thing that does not fit.

    """
    faults = tuple(_faults(counting, collection))
    if faults:
        raise Invalid(
            "the records cannot be counted like this",
            code="aggregate.invalid",
            faults=faults,
            fix=f"see collection {collection.name} in the catalogue",
        )


def _order(item: tuple[Key, _Heap]) -> tuple[tuple[bool, Any], ...]:
    return tuple((value is None, value) for value in item[0])


def _faults(counting: AggregateQuery, collection: Collection) -> Iterable[Fault]:
    names, measure = counting.group_by, counting.measure
    groups = [n for n, each in collection.fields.items() if each.type not in _LONG]
    numbers = [n for n, each in collection.fields.items() if each.type in _NUMBERS]
    if len(names) > MAX_GROUPED_BY or len(set(names)) < len(names):
        yield Fault("/group_by", f"at most {MAX_GROUPED_BY} fields, each once")
    for at, name in enumerate(names):
        if name not in groups:
            yield Fault(f"/group_by/{at}", _one_of(groups))
    if measure not in _MEASURES:
        yield Fault("/measure/kind", _one_of(_MEASURES))
    elif measure == Measure.COUNT and counting.field is not None:
        yield Fault("/measure/field", "a count is of records, and of no field")
    elif measure != Measure.COUNT and counting.field not in numbers:
        yield Fault("/measure/field", _one_of(numbers))


def _one_of(names: Iterable[str]) -> str:
    return f"name one of: {', '.join(names) or 'none, for there is none'}"


def withheld(persons: Persons, meets: Callable[[int], bool]) -> set[Key]:
    """Name the groups that stay inside, given the persons in each.

    A group with fewer persons than an obligation asks for is withheld. If it were
    alone, the sum of all would give it away, less the others: so what is withheld of a
    whole must meet the obligation together, or else the smallest group beside it is
    withheld too. A whole is any coarser question that could be asked about the same
    fields: all groups, or those that are equal in some of them. Not protected: a
    difference between two moments, or between questions about other fields or purposes;
    a number that one person dominates.

    `meets` tells whether numbers about so many persons may be shown. Among groups of
    one size the first named goes first.
    """
    hidden = {key for key, each in persons.items() if not meets(len(each))}
    wholes = list(_wholes(persons))
    settled = not hidden
    while not settled:
        settled = True
        for whole in wholes:
            if (beside := _needed(whole, persons, hidden, meets)) is not None:
                hidden.add(beside)
                settled = False
    return hidden


def _needed(
    whole: list[Key], persons: Persons, hidden: set[Key], meets: Callable[[int], bool]
) -> Key | None:
    """Name the group that is withheld next for the sake of those that are."""
    inside = [key for key in whole if key in hidden]
    shown = [key for key in whole if key not in hidden]
    if not inside or not shown:
        return None
    if meets(len(set[bytes]().union(*(persons[key] for key in inside)))):
        return None
    return min(shown, key=lambda key: len(persons[key]))


def _wholes(persons: Persons) -> Iterator[list[Key]]:
    """Give the groups that a coarser question would put together."""
    places = range(len(next(iter(persons), ())))
    for size in places:
        for kept in combinations(places, size):
            cells = defaultdict[Key, list[Key]](list)
            for key in persons:
                cells[tuple(key[place] for place in kept)].append(key)
            yield from cells.values()
