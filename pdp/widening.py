"""What a change of the policies opens, whether there are records of that kind or not.

It is looked for on generated questions, which are about what might yet come, and in
the tables' own words. Neither would do alone, nor would counting what was observed
(`pdp.impact`): a house may have no such record yet, a generator may miss the one fact,
and a changed rule's text does not say what it opens.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from pdp.bundle import Bundle
from pdp.cases import described
from pdp.diff import Effect, diff
from pdp.differential import Input
from pdp.drawn import Drawn
from pdp.effects import widens
from pdp.pair import Pair

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
class Opening:
    """What opens: the first few generated questions, and cells of the tables."""

    asked: tuple[Widening, ...]
    words: tuple[str, ...]

    def __bool__(self) -> bool:
        """Tell whether anything opens."""
        return bool(self.asked or self.words)

    def lines(self) -> Iterator[str]:
        """Put it into words."""
        for words in self.words:
            yield f"opens: {words}"
        for each in self.asked:
            yield f"opens: {each.asked.text}"
            yield f"  now {each.before}; then {each.after}"


def opening(pair: Pair) -> Opening:
    """Look for what the newer of two bundles opens.

    Raises:
        Invalid: a table names what is not there, so its cells cannot be compared.
        PolicyFault: a rule file that differs is not Rego; the fault says where.
        Undecided: an engine does not answer.

    """
    old, new = pair.bundles
    words = [change.words for change in diff(old, new) if change.effect is Effect.OPENS]
    return Opening(tuple(widenings(pair, drawn(old, new))), tuple(words))


def widenings(pair: Pair, inputs: Iterable[Input]) -> list[Widening]:
    """Give the first few questions to which the newer bundle shows more.

    Raises:
        Undecided: an engine does not answer.

    """
    asked = list(inputs)
    order = pair.bundles[0].tables["mask_order"]
    found = (
        Widening(question, described(before), described(after))
        for question, (before, after) in zip(asked, pair.compare(asked), strict=True)
        if widens(before, after, order)
    )
    return [*islice(found, KEPT)]


def drawn(old: Bundle, new: Bundle, count: int = GENERATED) -> Iterator[Input]:
    """Draw questions about the tables of both, so that what is new is asked about."""
    return chain.from_iterable(
        Drawn(bundle.tables).inputs(count // len(SEEDS), seed=seed)
        for bundle, seed in zip((old, new), SEEDS, strict=True)
    )
