"""Lots: how much of a long list goes into one commit.

A unit of work keeps every other writer waiting, and its ticket lives for seconds. So
what comes in at once, by a batch or a file, is committed in lots of so many persons
and items, in order; whoever waits gets in between two of them.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Final, TypeVar

MOST_PERSONS: Final = 200
MOST_ITEMS: Final = 1_000

Each = TypeVar("Each")


def lots(
    items: Iterable[Each], person: Callable[[Each], Hashable]
) -> Iterator[list[Each]]:
    """Cut a list into lots; `person` tells whom an item is about."""
    lot: list[Each] = []
    persons: set[Hashable] = set()
    for each in items:
        whose = person(each)
        new = whose not in persons
        if len(lot) == MOST_ITEMS or (new and len(persons) == MOST_PERSONS):
            yield lot
            lot, persons = [], set()
        lot.append(each)
        persons.add(whose)
    if lot:
        yield lot
