"""From where lines are written: a command acts where the data is kept.

Records of a region may be written from the regions that the table of residency lists
for it. A file of many countries is written from one that all lines of a lot have in
common, and cut where they have none.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from vault.import_lines import Line
from vault.question import Question


def placed(
    question: Question,
    lines: Iterable[Line],
    reached_from: Callable[[str], Collection[str]],
) -> Iterator[tuple[Question, list[Line]]]:
    """Cut a lot so that each piece can be written from one region, and ask from there.

    `reached_from` names the regions from which one may be written.
    """
    piece: list[Line] = []
    common: frozenset[str] = frozenset()
    for line in lines:
        if line.newcomer is not None:
            places = frozenset(reached_from(line.newcomer.region))
            if common and not common & places:
                yield _from(question, common), piece
                piece, common = [], frozenset()
            common = common & places or places
        piece.append(line)
    if piece:
        yield _from(question, common), piece


def _from(question: Question, places: Collection[str]) -> Question:
    own = question.principal.region
    if not places or own in places:
        return question
    principal = replace(question.principal, region=min(places))
    return replace(question, principal=principal)
