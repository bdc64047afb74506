"""Everybody who might ask, and how few of them have to be asked about every class.

A view is one way to look at records: a caller, for a purpose, to do something, with
some relation to the person. There are thousands of them, and thousands of classes, so
not every view is asked about every class. Each is tried first on an ideal class, about
which its purpose leaves nothing to be desired: one that is refused even that is
closed. The others are tried on the observed classes that between them hold the most
words; views that are answered alike on all of them are one.

This is exact for rules that can tell two views apart on a probe, or for no more
classes than there are probes; it is no proof for others. So what a change widens is
looked for among generated questions besides, and in the text (`pdp.change.widening`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pdp.bundle.regions import basis_in, condition_in
from pdp.change.differential import Input, effect
from pdp.decision.decision import Decision
from pdp.decision.port import ClassCount
from pdp.decision.question import (
    Action,
    Basis,
    Caller,
    Consent,
    Kind,
    Minor,
    Reach,
    ResourceClass,
    Ugc,
    common,
    item,
)

REACHES: Final[Mapping[Kind, tuple[Reach, ...]]] = {
    Kind.SERVICE: (Reach.IN_SCOPE,),
    Kind.STAFF: (Reach.ASSIGNED, Reach.IN_SCOPE, Reach.GRANTED),
    Kind.CUSTOMER: (Reach.SELF,),
    Kind.AUDITOR: (Reach.NONE,),
}
# A door is tried by the strongest; what is behind it, by the weakest too.
STRONGEST: Final = 3
ASSURANCES: Final = (1, STRONGEST)
# How many of the observed classes are probes, beside the ideal ones.
PROBES: Final = 4

Tables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at records."""

    purpose: str
    role: str
    caller: Caller
    action: Action
    reach: Reach

    def by(self, region: str, assurance: int) -> "View":
        """Give the view from another region, by somebody known more or less surely."""
        caller = replace(self.caller, region=region, assurance=assurance)
        return replace(self, caller=caller)

    def on(self, resource: ResourceClass) -> "PurposeQuestion":
        """Give the question that this view asks about a class."""
        return PurposeQuestion(
            self.purpose,
            self.action,
            self.caller,
            replace(resource, reach=self.reach),
        )


@dataclass(frozen=True, slots=True)
class PurposeQuestion:
    """One question."""

    purpose: str
    action: Action
    caller: Caller
    resource: ResourceClass


def written(asked: PurposeQuestion) -> Input:
    """Write a question down as engines are asked it."""
    return Input(
        common(asked.action, asked.purpose, asked.caller), item(asked.resource)
    )


def caller(role: str, kind: Kind, tables: Tables) -> Caller:
    """Give a caller in a role, the strongest there is; the region is still open."""
    implied = tables.get("implied_roles", {}).get(kind) == role
    return Caller(kind, () if implied else (role,), assurance=STRONGEST)


Decide = Callable[[Sequence[PurposeQuestion]], Sequence[tuple[Decision, ...]]]
"""Answers questions, in order: one decision by each set of policies in question."""


@dataclass(frozen=True, slots=True)
class CallerGroup:
    """Views that are answered alike about the classes of one region."""

    views: tuple[View, ...]
    cells: tuple[ClassCount, ...]


def groups(
    purpose: str, cells: Iterable[ClassCount], tables: Sequence[Tables], decide: Decide
) -> Iterator[CallerGroup]:
    """Find the views of a purpose that are open, with the classes they look at.

    Each class stands in one group of each view that is open in the class's region.
    """
    regions: defaultdict[str, list[ClassCount]] = defaultdict(list)
    for cell in cells:
        regions[cell.resource.region].append(cell)
    ideals = {region: _ideals(purpose, region, tables) for region in regions}
    doors = _open(list(_doors(purpose, tables)), ideals, decide)
    views = [view for door in doors for view in _behind(door, tables)]
    for region, inside in regions.items():
        ideal = ideals[region]
        let_in = [view for alike in _alike(views, ideal, decide) for view in alike]
        probes = [*ideal, *_covering(inside, PROBES)]
        for alike in _alike(let_in, probes, decide):
            yield CallerGroup(tuple(alike), tuple(inside))


def _doors(purpose: str, tables: Sequence[Tables]) -> Iterator[View]:
    found = {
        View(purpose, role, caller(role, kind, each), action, reach): None
        for each in tables
        for role, row in each["roles"].items()
        for kind in map(Kind, row["kinds"])
        for reach in REACHES[kind]
        for action in Action
    }
    yield from found


def _behind(door: View, tables: Sequence[Tables]) -> Iterator[View]:
    regions = sorted({region for each in tables for region in each["residency"]})
    for region in regions:
        for assurance in ASSURANCES:
            yield door.by(region, assurance)


def _open(
    doors: Sequence[View],
    ideals: Mapping[str, Sequence[ResourceClass]],
    decide: Decide,
) -> list[View]:
    """Leave out the doors that nobody comes through from the data's own region."""
    tried = [
        (door, door.by(region, STRONGEST).on(probe))
        for door in doors
        for region, inside in ideals.items()
        for probe in inside
    ]
    answers = decide([asked for _, asked in tried])
    let_in = {
        door
        for (door, _), row in zip(tried, answers, strict=True)
        if any(decision.allow for decision in row)
    }
    return [door for door in doors if door in let_in]


def _alike(
    views: Sequence[View], probes: Sequence[ResourceClass], decide: Decide
) -> Iterator[list[View]]:
    rows = iter(decide([view.on(probe) for view in views for probe in probes]))
    found: defaultdict[object, list[View]] = defaultdict(list)
    for view in views:
        answers = [next(rows) for _ in probes]
        if any(decision.allow for row in answers for decision in row):
            effects = tuple(effect(decision) for row in answers for decision in row)
            found[view.role, effects].append(view)
    yield from found.values()


def _ideals(purpose: str, region: str, tables: Sequence[Tables]) -> list[ResourceClass]:
    rows = [each["purposes"].get(purpose) for each in tables]
    found = [
        _ideal(row, region, basis_in(region, row["bases"], each))
        for row, each in zip(rows, tables, strict=True)
        if row
    ]
    return [*dict.fromkeys(found)]


def _ideal(row: Mapping[str, Any], region: str, basis: Basis) -> ResourceClass:
    """Give a class about which the row of a purpose leaves nothing to be desired."""
    return ResourceClass(
        collection="profile",
        classes=tuple(sorted(row["classes"])),
        reach=Reach.NONE,
        region=region,
        minor=Minor.NO,
        basis=basis,
        consent=Consent.GRANTED,
        ugc=Ugc.GRANTED if row["ugc"] else Ugc.NONE,
        condition=condition_in(row),
    )


def _covering(cells: Sequence[ClassCount], most: int) -> list[ResourceClass]:
    """Choose the classes that between them hold the most words, the fullest first."""
    ordered = sorted(cells, key=lambda cell: -cell.records)
    words = {id(cell): _words(cell.resource) for cell in ordered}
    chosen: list[ResourceClass] = []
    seen: set[tuple[str, str]] = set()
    while ordered and len(chosen) < most:
        best = max(ordered, key=lambda cell: len(words[id(cell)] - seen))
        ordered.remove(best)
        seen |= words[id(best)]
        chosen.append(best.resource)
    return chosen


def _words(resource: ResourceClass) -> set[tuple[str, str]]:
    return {(name, str(value)) for name, value in item(resource).items()}
