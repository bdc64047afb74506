"""What other policies would change, in numbers of records: who gains, who loses.

Both bundles are asked about every class that was observed, by everybody who might ask,
each on an embedded engine of its own. No engine that decides for the house is touched,
and no record is looked at: classes and numbers are all there is.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pdp.bundle.bundle import Bundle
from pdp.change.callers import View, groups
from pdp.change.comparison import Pair
from pdp.change.effects import GROUPS, HIDDEN, RECORDS, Delta, deltas
from pdp.decision.port import ClassCount, ObservedClasses
from pdp.review.tables import require_known

NO_RECORDS: Final = "there are no records yet, so nothing of anybody's would change"


@dataclass(frozen=True, slots=True)
class SeenDifference:
    """Some who see a difference alike, and on how many records; any of each list."""

    records: int
    kinds: tuple[str, ...]
    actions: tuple[str, ...]
    reaches: tuple[str, ...]
    regions: tuple[str, ...]
    assurances: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """One difference for one role, with the records on which anybody in it sees it.

    `what` is `records` (refused or allowed), a data class (its masks; `drop` is not
    shown), or `groups` (the least size).
    """

    purpose: str
    role: str
    what: str
    before: str
    after: str
    gain: bool
    records: int
    by: tuple[SeenDifference, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """Of one purpose's records, those that anybody gains or loses, each once."""

    purpose: str
    records: int
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class Impact:
    """What the newer bundle changes for the records that were observed."""

    old: str
    new: str
    classes: int
    asked: int
    totals: tuple[Total, ...]
    shifts: tuple[Shift, ...]

    @property
    def widens(self) -> bool:
        """Whether anybody would see more of any observed record.

        A change can widen without one: `pdp.change.widening` has the whole answer.
        """
        return any(shift.gain for shift in self.shifts)

    def lines(self) -> list[str]:
        """Put it into words, one purpose after the other."""
        return [*_lines(self)]


def impact(old: Bundle, new: Bundle, observed: ObservedClasses) -> Impact:
    """Compare two bundles on the observed classes.

    Raises:
        Invalid: a table names what is not there, so nobody knows who might ask.
        Undecided: an engine does not answer.

    """
    for bundle in (old, new):
        require_known(bundle)
    with Pair(old, new) as pair:
        tallies = [
            _of_purpose(purpose, pair, observed)
            for purpose in sorted({*old.tables["purposes"], *new.tables["purposes"]})
        ]
        asked = len(pair.known)
    return Impact(
        old=old.digest,
        new=new.digest,
        classes=sum(len(tally.cells) for tally in tallies),
        asked=asked,
        totals=tuple(
            total
            for total in map(ImpactTally.total, tallies)
            if total.gained or total.lost
        ),
        shifts=tuple(shift for tally in tallies for shift in tally.shifts()),
    )


class ImpactTally:
    """Adds up, for one purpose, the records of each difference for each role."""

    def __init__(self, purpose: str, cells: Sequence[ClassCount]) -> None:
        self.purpose, self.cells = purpose, cells
        self._seen: defaultdict[tuple[str, Delta], set[ClassCount]] = defaultdict(set)
        self._by: defaultdict[tuple[str, Delta], Counter[View]] = defaultdict(Counter)

    def add(self, views: Sequence[View], cell: ClassCount, delta: Delta) -> None:
        """Count a class on which these views, of one role, see a difference."""
        key = (views[0].role, delta)
        self._seen[key].add(cell)
        self._by[key].update(dict.fromkeys(views, cell.records))

    def total(self) -> Total:
        """Give the records that anybody gains or loses."""
        gained, lost = (self._records(gain=gain) for gain in (True, False))
        return Total(self.purpose, _records(self.cells), gained, lost)

    def shifts(self) -> Iterator[Shift]:
        """Give each difference, with those who see it."""
        for key in sorted(self._seen):
            role, delta = key
            yield Shift(
                purpose=self.purpose,
                role=role,
                **delta._asdict(),
                records=_records(self._seen[key]),
                by=tuple(_seen(self._by[key])),
            )

    def _records(self, *, gain: bool) -> int:
        cells = [
            found
            for (_, delta), found in self._seen.items()
            if delta.what == RECORDS and delta.gain is gain
        ]
        return _records(set().union(*cells))


def _records(cells: Iterable[ClassCount]) -> int:
    return sum(cell.records for cell in cells)


def _seen(counted: Mapping[View, int]) -> Iterator[SeenDifference]:
    alike: defaultdict[int, list[View]] = defaultdict(list)
    for view, records in counted.items():
        alike[records].append(view)
    for records, views in sorted(alike.items(), reverse=True):
        yield SeenDifference(
            records=records,
            kinds=_all(view.caller.kind for view in views),
            actions=_all(view.action for view in views),
            reaches=_all(view.reach for view in views),
            regions=_all(view.caller.region for view in views),
            assurances=tuple(sorted({view.caller.assurance for view in views})),
        )


def _all(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({str(word) for word in words}))


def _of_purpose(purpose: str, pair: Pair, observed: ObservedClasses) -> ImpactTally:
    tally = ImpactTally(purpose, list(observed.cells(purpose)))
    for group in groups(purpose, tally.cells, pair.tables, pair.decide):
        first = group.views[0]
        rows = pair.decide([first.on(cell.resource) for cell in group.cells])
        for cell, (before, after) in zip(group.cells, rows, strict=True):
            for delta in deltas(before, after):
                tally.add(group.views, cell, delta)
    return tally


def _lines(impact: Impact) -> Iterator[str]:
    totals = {total.purpose: total for total in impact.totals}
    for purpose in sorted({shift.purpose for shift in impact.shifts}):
        yield f"{purpose}: {_total(totals.get(purpose))}"
        for shift in impact.shifts:
            if shift.purpose == purpose:
                yield f"  {_change(shift)}; {_who(shift)}"
    if not impact.classes:
        yield NO_RECORDS
    elif not impact.shifts:
        yield "no record would be shown to anybody otherwise than now"


def _total(total: Total | None) -> str:
    if total is None:
        return "the same records, shown otherwise"
    parts = [(f"+{total.gained:,}", total.gained), (f"-{total.lost:,}", total.lost)]
    return ", ".join(word for word, many in parts if many) + " records"


def _change(shift: Shift) -> str:
    if shift.what == RECORDS:
        sign = "+" if shift.gain else "-"
        return f"{sign}{shift.records:,} records for {shift.role}"
    before, after = (_shown(shift, word) for word in (shift.before, shift.after))
    words = f"{shift.what}: {before} -> {after} for {shift.role}"
    return f"{words} ({shift.records:,} records)"


def _shown(shift: Shift, word: str) -> str:
    if shift.what == GROUPS:
        return f"of {word} or more"
    return "not shown" if word == HIDDEN else word


def _who(shift: Shift) -> str:
    kinds = _all(kind for seen in shift.by for kind in seen.kinds)
    actions = _all(action for seen in shift.by for action in seen.actions)
    regions = _all(region for seen in shift.by for region in seen.regions)
    return f"{' or '.join(kinds)}, to {', '.join(actions)}, from {', '.join(regions)}"
