"""Whether a change of the policies lets anybody see more than before.

It is looked for in three ways, and one that finds it is enough: on the classes that
were observed, on generated questions, which are about what might yet come, and in the
tables' own words. None alone would do: a house may have no such record yet, a
generator may miss the one fact, and a changed rule's text does not say what it opens.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from pdp.bundle.bundle import TABLES, Bundle
from pdp.bundle.judged import Judged
from pdp.change.comparison import Pair
from pdp.change.diff import ChangeEffect, diff
from pdp.change.differential import Input
from pdp.change.effects import widens
from pdp.change.generated import Drawn
from pdp.change.impact import Impact
from pdp.review.cases import described

GENERATED: Final = 5_000
KEPT: Final = 5
SEEDS: Final = (1, 2)


@dataclass(frozen=True, slots=True)
class Widening:
    """A question to which more is shown than before, and both answers in words."""

    asked: Input
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Widenings:
    """Where a change opens something: on records, on questions, in the tables."""

    observed: bool
    generated: tuple[Widening, ...]
    words: tuple[str, ...]
    asked: int = 0
    """How many generated questions were asked."""

    @property
    def widens(self) -> bool:
        """Whether the change needs an approval of its widening, with a reason."""
        return self.observed or bool(self.generated) or bool(self.words)

    def lines(self) -> list[str]:
        """Put into words what the tables say, else a question that is now answered."""
        said = [f"opens: {words}" for words in self.words]
        if not self.widens or self.words:
            return said
        asked = [
            f"opens: {each.asked.text}: {each.after}, instead of {each.before}"
            for each in self.generated
        ]
        return asked or ["opens: records that are there now, as listed"]


_OPENING: Final[Judged[tuple[tuple[Widening, ...], int]]] = Judged()


def opened_by(
    old: Bundle, new: Bundle, found: Impact, generated: int = GENERATED
) -> Widenings:
    """Look for a widening in all three ways; `found` is what observing showed.

    Raises:
        Invalid: a table names what is not there, so its cells cannot be compared.
        PolicyFault: a rule file that differs is not Rego; the fault says where.
        Undecided: an engine does not answer.

    """
    changes = (each for each in diff(old, new) if each.effect is ChangeEffect.OPENS)
    words = [
        each.words if each.file == TABLES else f"{each.file}: {each.words}"
        for each in changes
    ]
    asked = (old.digest, new.digest, generated)
    opening, many = _OPENING.get(asked, lambda: _opening(old, new, generated))
    return Widenings(found.widens, opening, tuple(words), many)


def _opening(old: Bundle, new: Bundle, count: int) -> tuple[tuple[Widening, ...], int]:
    asked = [*drawn(old, new, count)]
    with Pair(old, new) as pair:
        return tuple(widenings(pair, asked)), len(asked)


def opened_now(old: Bundle, new: Bundle, found: Impact) -> Widenings:
    """Look for a widening for whoever asks only for the impact.

    Of an empty vault they wait for no generated question: what might yet come is looked
    for when the policies are proposed, and again before they decide.

    Raises:
        Invalid, PolicyFault, Undecided: as `opened_by`.

    """
    return opened_by(old, new, found, GENERATED if found.classes else 0)


def widenings(pair: Pair, inputs: Iterable[Input]) -> list[Widening]:
    """Give the first few questions to which the newer bundle shows more.

    Raises:
        Undecided: an engine does not answer.

    """
    asked = list(inputs)
    found = (
        Widening(question, described(before), described(after))
        for question, (before, after) in zip(asked, pair.compare(asked), strict=True)
        if widens(before, after)
    )
    return [*islice(found, KEPT)]


def drawn(old: Bundle, new: Bundle, count: int) -> Iterator[Input]:
    """Draw questions about the tables of both, so that what is new is asked about."""
    return chain.from_iterable(
        Drawn(bundle.tables).inputs(count // len(SEEDS), seed=seed)
        for bundle, seed in zip((old, new), SEEDS, strict=True)
    )
