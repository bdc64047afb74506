"""What was judged once and needs no second look: a digest stands for every byte.

A proposal is checked when it is made and again before it decides. What of that depends
on nothing but the texts of two bundles comes out the same; it is kept for as long as
the process runs, and nowhere where somebody could write it.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Final, Generic, TypeVar

KEPT: Final = 16

T = TypeVar("T")


class Judged(Generic[T]):
    """The last few results by what they depend on; an error is never kept."""

    def __init__(self) -> None:
        self._found: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, on: Hashable, judge: Callable[[], T]) -> T:
        """Give what was found before, else judge."""
        # One look: between two, another thread could put it out.
        with suppress(KeyError):
            return self._found[on]
        found = judge()
        self._found[on] = found
        while len(self._found) > KEPT:
            self._found.popitem(last=False)
        return found
