"""Selections: which of a customer's records are wanted, and in which order.

To filter or to sort by a field is to learn it, one question at a time. So it works on
fields that the decision leaves clear, in every record that would be compared, or not
at all; and it works on disclosures, after they are opened, never on what is sealed. A
filtered list holds nothing that the list as a whole would not.

What a filter is compared with is checked like a value of its field, and never
repeated. A record without the field meets no filter, and is sorted last.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from operator import eq, ge, gt, itemgetter, le, lt, ne
from typing import Any, Final, Self, TypeAlias

from kit.clock import parse_iso
from kit.errors import Fault, Invalid, Reason
from vault._internal.classes import Classes
from vault.catalog.catalog import Collection, Field, FieldType
from vault.gate.disclosure import Disclosure, Page
from vault.gate.evaluation import Evaluation
from vault.gate.question import Question

MAX_FILTERS: Final = 10
MAX_SORTED: Final = 1_000
NOT_CLEAR: Final = Reason(
    "selection.not_clear",
    "GDPR 5(1)(c); PIPL 6(2)",
    "filter on a field that you see in clear, or leave the filter out",
)
TOO_MANY: Final = Reason(
    "selection.too_many",
    fix="leave the order out, and read page by page",
)
_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,15})")
_NUMBER: Final = re.compile(
    r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?"
)
_UNORDERED: Final = frozenset({FieldType.BOOLEAN, FieldType.TEXT})

# A value made fit to be compared with others of its field.
Comparable: TypeAlias = Any


class Operator(StrEnum):
    """How a field is compared with a filter's value."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"


_COMPARE: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = {
    Operator.EQ: eq,
    Operator.NE: ne,
    Operator.LT: lt,
    Operator.LE: le,
    Operator.GT: gt,
    Operator.GE: ge,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition: a field, how it is compared, and with what, as text."""

    field: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a caller wants of a list: conditions that all hold, and an order."""

    filters: tuple[Filter, ...] = ()
    sort: str = ""
    descending: bool = False

    @property
    def fields(self) -> frozenset[str]:
        """The fields that are compared."""
        return frozenset(each.field for each in self.filters) | (
            {self.sort} if self.sort else set()
        )


ALL: Final = ListQuery()


@dataclass(frozen=True, slots=True)
class _Test:
    field: Field
    holds: Callable[[Comparable], bool]


@dataclass(frozen=True, slots=True)
class Selection:
    """A wish that fits its collection."""

    fields: frozenset[str]
    tests: tuple[_Test, ...]
    sort: Field | None
    descending: bool

    @classmethod
    def of(cls, wish: ListQuery, collection: Collection, question: Question) -> Self:
        """Check a wish against what the collection declares.

        Raises:
            Invalid: with one fault for each thing that does not fit.

        """
        faults: list[Fault] = []
        if len(wish.filters) > MAX_FILTERS:
            faults.append(Fault("/filter", f"at most {MAX_FILTERS} filters"))
        tests = [
            _test(each, collection, f"/filter/{at}", faults)
            for at, each in enumerate(wish.filters)
        ]
        sort = _sorted_by(wish.sort, collection, faults) if wish.sort else None
        if question.fields is not None and not wish.fields <= question.fields:
            faults.append(Fault("/fields", "ask for the fields that are compared too"))
        if faults:
            raise Invalid(
                "the records cannot be selected like this",
                code="selection.invalid",
                faults=tuple(faults),
                fix=f"see collection {collection.name} in the catalogue",
            )
        known = tuple(test for test in tests if test is not None)
        return cls(wish.fields, known, sort, wish.descending)

    def looks_at(self, after: bytes, limit: int) -> tuple[bytes, int]:
        """Say after which record to begin, and how many to look at, for one page.

        What is sorted has to be looked at as a whole; one more shows that it is not.
        """
        return (after, limit) if self.sort is None else (b"", MAX_SORTED + 1)

    def require(
        self,
        reading: Evaluation,
        collection: Collection,
        classes: Classes,
        *,
        whole: bool = True,
    ) -> None:
        """Refuse all of a reading that may not, or cannot, be selected from.

        `whole` says that no record was left out for its length.
        """
        if is_unclear(self.fields, reading, collection, classes):
            reading.refuse(NOT_CLEAR)
        elif self.sort and reading.allowed and _is_too_many(reading, whole=whole):
            reading.refuse(TOO_MANY, too_many())

    def applied(self, page: Page, *, after: bytes, limit: int) -> Page:
        """Give what is wanted of a page, and where to read on.

        Raises:
            Invalid: sorted, and what to read on after is not among them any more.

        """
        met = [each for each in page.items if all(_meets(each, t) for t in self.tests)]
        if self.sort is None:
            return replace(page, items=tuple(met))
        ordered = _ordered(met, self.sort, descending=self.descending)
        rest = ordered[_begin(ordered, after) :]
        more = rest[limit - 1].record if len(rest) > limit else None
        return replace(page, items=tuple(rest[:limit]), following=more)


def too_many() -> Invalid:
    """Say that a list is too long to be sorted."""
    return Invalid(
        "there are too many records to sort",
        code=TOO_MANY.code,
        faults=(Fault("/sort", f"sorts {MAX_SORTED} records or a megabyte"),),
        fix=TOO_MANY.fix,
    )


def is_unclear(
    fields: Iterable[str], reading: Evaluation, collection: Collection, classes: Classes
) -> bool:
    """Tell whether any allowed record holds one of the fields, but not in clear.

    It goes by classes: a record that has nothing of a field's data class lacks the
    field, and lacking it is no secret of the record's.
    """
    asked = [(name, collection.class_of(name)) for name in fields]
    for k in {row.k for row in reading.allowed}:
        held, clear = classes.unpack(k).record.classes, reading.plans[k].clear
        if any(each in held and name not in clear for name, each in asked):
            return True
    return False


def comparable(field: Field, value: object) -> Comparable | None:
    """Make a value comparable; None if there is none, or none that fits its field.

    A record may be older than its collection's declaration.
    """
    if value is None or field.fault(value) is not None:
        return None
    return parse_iso(str(value)) if field.type is FieldType.DATETIME else value


def _meets(disclosure: Disclosure, test: _Test) -> bool:
    value = comparable(test.field, disclosure.values.get(test.field.name))
    return value is not None and test.holds(value)


def _ordered(
    items: list[Disclosure], field: Field, *, descending: bool
) -> list[Disclosure]:
    # Stable: equal ones stay in order of their ids, in both directions.
    keyed = [(comparable(field, each.values.get(field.name)), each) for each in items]
    present = [pair for pair in keyed if pair[0] is not None]
    present.sort(key=itemgetter(0), reverse=descending)
    absent = [each for key, each in keyed if key is None]
    return [each for _, each in present] + absent


def _begin(ordered: Sequence[Disclosure], after: bytes) -> int:
    if not after:
        return 0
    for at, each in enumerate(ordered):
        if each.record == after:
            return at + 1
    raise Invalid(
        "the records have changed since the page before",
        code="selection.cursor",
        faults=(Fault("/after", "is not among the sorted records"),),
        fix="begin again without `after`",
    )


def _is_too_many(reading: Evaluation, *, whole: bool) -> bool:
    return not whole or _rows(reading) > MAX_SORTED


def _rows(reading: Evaluation) -> int:
    return len(reading.allowed) + len(reading.denied) + reading.absent


def _test(
    wanted: Filter, collection: Collection, pointer: str, faults: list[Fault]
) -> _Test | None:
    field = collection.fields.get(wanted.field)
    if field is None:
        faults.append(Fault(pointer, _unknown(collection)))
        return None
    if wanted.operator not in _COMPARE:
        faults.append(Fault(pointer, f"compare by one of: {', '.join(_COMPARE)}"))
        return None
    operator = Operator(wanted.operator)
    if operator not in {Operator.EQ, Operator.NE} and field.type in _UNORDERED:
        faults.append(Fault(pointer, "this field has no order: compare by eq or ne"))
        return None
    value = _read(field.type, wanted.value)
    message = field.fault(value)
    if message is not None:
        faults.append(Fault(pointer, message))
        return None
    compare, other = _COMPARE[operator], comparable(field, value)
    return _Test(field, lambda mine: compare(mine, other))


def _sorted_by(name: str, collection: Collection, faults: list[Fault]) -> Field | None:
    field = collection.fields.get(name)
    if field is None:
        faults.append(Fault("/sort", _unknown(collection)))
    elif field.type in _UNORDERED:
        faults.append(Fault("/sort", "this field has no order"))
    return field


def _unknown(collection: Collection) -> str:
    return f"name one of: {', '.join(collection.fields)}"


def _read(kind: FieldType, text: str) -> object:
    """Read a filter's value as its field's type; what it cannot be stays text."""
    if kind is FieldType.BOOLEAN:
        return {"true": True, "false": False}.get(text, text)
    if kind is FieldType.INTEGER and _INTEGER.fullmatch(text):
        return int(text)
    if kind is FieldType.NUMBER and _NUMBER.fullmatch(text):
        return int(text) if _INTEGER.fullmatch(text) else float(text)
    return text
