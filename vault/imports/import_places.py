"""From where lines are written: a command acts where the data is kept.

Records of a region may be written from the regions that the table of residency lists
for it. A file of many countries is written from one that all lines of a lot have in
common, and cut where they have none.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from vault.gate.question import Question

Each = TypeVar("Each")


def placed(
    question: Question,
    items: Iterable[Each],
    reached_from: Callable[[str], Collection[str]],
    region: Callable[[Each], str | None],
) -> Iterator[tuple[Question, list[Each]]]:
    """Cut a lot so that each piece can be written from one region, and ask from there.

    `reached_from` names the regions from which one may be written, `region` the one
    that an item is of, if it is known.
    """
    piece: list[Each] = []
    common: frozenset[str] = frozenset()
    for each in items:
        whose = region(each)
        if whose is not None:
            places = frozenset(reached_from(whose))
            if common and not common & places:
                yield _from(question, common), piece
                piece, common = [], frozenset()
            common = common & places or places
        piece.append(each)
    if piece:
        yield _from(question, common), piece


def _from(question: Question, places: Collection[str]) -> Question:
    own = question.principal.region
    if not places or own in places:
        return question
    principal = replace(question.principal, region=min(places))
    return replace(question, principal=principal)
