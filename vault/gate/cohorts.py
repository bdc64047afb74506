"""Cohorts: which groups of an answer are too small to be shown.

A group with fewer persons than an obligation asks for is withheld. If it were alone,
the sum of all would give it away, less the others: so what is withheld of a whole
must meet the obligation together, or else the smallest group beside it is withheld
too. A whole is any coarser question that could be asked about the same fields: all
groups, or those that are equal in some of them.

Not protected: a difference between two moments, or between questions about other
fields or purposes; a number that one person dominates.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import combinations
from typing import Any, TypeAlias

Key: TypeAlias = tuple[Any, ...]
Persons: TypeAlias = Mapping[Key, AbstractSet[bytes]]


def withheld(persons: Persons, meets: Callable[[int], bool]) -> set[Key]:
    """Name the groups that stay inside, given the persons in each.

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
