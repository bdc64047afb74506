"""Whether one text means the same on two engines: they are asked and compared.

The same rule has allowed on one engine and denied on another. So no bundle is trusted
on two engines until they have been compared, question by question: the effect (allowed
or not, the masks, the obligations) must be one; the reasons may differ and are counted.
An engine that cannot evaluate a question refuses it, and so it counts as a denial; one
that does not answer at all cannot be compared, and that stops everything.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from kit.canonical import canonical
from pdp.decision.decision import Decision, Undecided, denied, parse_decision
from pdp.decision.port import Engine

BATCH: Final = 64
KEPT: Final = 100
SILENT: Final = frozenset({"gate.timeout", "gate.unreachable", "gate.child_died"})

ChangeEffect = tuple[bool, tuple[tuple[str, str], ...], tuple[tuple[str, int], ...]]


@dataclass(frozen=True, slots=True)
class Input:
    """One question in its two parts, as an engine is asked it; well formed or not."""

    common: Mapping[str, Any]
    item: Any

    @property
    def text(self) -> str:
        """The question as JSON, the common part first."""
        return canonical([dict(self.common), self.item]).decode()

    @property
    def size(self) -> int:
        """How long it is when written down."""
        return len(self.text)


@dataclass(frozen=True, slots=True)
class Difference:
    """An input that the engines do not agree on, and what each of them says."""

    input: Input
    decisions: Mapping[str, Decision]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What comparing showed; `smallest` is an input cut down as far as it goes."""

    compared: int
    allowed: int
    differing: int
    other_reasons: int
    smallest: Difference | None

    @property
    def agreed(self) -> bool:
        """Whether every effect was the same on every engine, and there was one."""
        return self.compared > 0 and self.differing == 0


def compare(
    engines: Sequence[Engine], revision: str, inputs: Iterable[Input]
) -> Comparison:
    """Ask every engine every question.

    Raises:
        Undecided: an engine does not answer, or has not loaded this revision.

    """
    asked = list(inputs)
    with ThreadPoolExecutor(len(engines)) as threads:
        columns = list(
            threads.map(lambda engine: decided(engine, revision, asked), engines)
        )
    rows = list(zip(*columns, strict=True))
    differing = [place for place, row in enumerate(rows) if not _agree(row)]
    worst = sorted(differing[:KEPT], key=lambda place: asked[place].size)
    return Comparison(
        compared=len(rows),
        allowed=sum(row[0].allow for row in rows),
        differing=len(differing),
        other_reasons=sum(len({it.reasons for it in row}) > 1 for row in rows),
        smallest=_cut_down(engines, revision, asked[worst[0]]) if worst else None,
    )


def effect(decision: Decision) -> ChangeEffect:
    """Give the part of a decision that changes what anybody gets to see."""
    duties = sorted((it.type, it.min) for it in decision.obligations)
    return decision.allow, tuple(sorted(decision.masks.items())), tuple(duties)


def decided(engine: Engine, revision: str, asked: Sequence[Input]) -> list[Decision]:
    """Decide all, in order; questions with one common part go together.

    What the engine cannot evaluate is a denial.

    Raises:
        Undecided: the engine does not answer, or has not loaded this revision.

    """
    groups: defaultdict[bytes, list[int]] = defaultdict(list)
    for place, each in enumerate(asked):
        groups[canonical(dict(each.common))].append(place)
    made: dict[int, Decision] = {}
    for places in groups.values():
        for start in range(0, len(places), BATCH):
            part = places[start : start + BATCH]
            common = asked[part[0]].common
            items = [asked[place].item for place in part]
            made |= zip(part, _batch(engine, revision, common, items), strict=True)
    return [made[place] for place in range(len(asked))]


def _agree(decisions: Sequence[Decision]) -> bool:
    return len({effect(each) for each in decisions}) == 1


def _batch(
    engine: Engine, revision: str, common: Mapping[str, Any], items: Sequence[Any]
) -> list[Decision]:
    """Decide a batch; one that fails is halved until the culprit stands alone."""
    try:
        answer = engine.decide(common, items)
        if answer.revision != revision:
            raise Undecided("another bundle is loaded", code="gate.revision_mismatch")
        results = answer.results
        if not isinstance(results, list) or len(results) != len(items):
            raise Undecided("the batch came back changed", code="gate.batch_length")
    except Undecided as error:
        if error.reason_code == "gate.revision_mismatch":
            raise
        if len(items) > 1:
            half = len(items) // 2
            return [
                *_batch(engine, revision, common, items[:half]),
                *_batch(engine, revision, common, items[half:]),
            ]
        if error.reason_code in SILENT:
            raise
        return [denied(error.reason_code)]
    return [_read(result) for result in results]


def _read(result: object) -> Decision:
    try:
        return parse_decision(result)
    except Undecided as error:
        return denied(error.reason_code)


def _cut_down(
    engines: Sequence[Engine], revision: str, found: Input
) -> Difference | None:
    """Take parts away for as long as the engines go on to differ."""
    smallest = _difference(engines, revision, found)
    shrinking = smallest is not None
    while shrinking:
        shrinking = False
        for simpler in _simpler(found):
            difference = _difference(engines, revision, simpler)
            if difference is not None:
                found, smallest, shrinking = simpler, difference, True
                break
    return smallest


def _difference(
    engines: Sequence[Engine], revision: str, asked: Input
) -> Difference | None:
    row = [decided(engine, revision, [asked])[0] for engine in engines]
    if _agree(row):
        return None
    names = (engine.name for engine in engines)
    return Difference(asked, dict(zip(names, row, strict=True)))


def _simpler(asked: Input) -> Iterator[Input]:
    for item in _less(asked.item):
        yield Input(asked.common, item)
    for common in _less(dict(asked.common)):
        yield Input(common, asked.item)


def _less(value: Any) -> Iterator[Any]:  # noqa: ANN401 - any JSON value
    """Give every value that is this one with one part left out, at any depth."""
    if isinstance(value, dict):
        for key in value:
            yield {other: value[other] for other in value if other != key}
        for key, inner in value.items():
            yield from ({**value, key: less} for less in _less(inner))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield value[:place] + value[place + 1 :]
            rest = value[place + 1 :]
            yield from ([*value[:place], less, *rest] for less in _less(inner))
