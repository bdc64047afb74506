"""What every store of checkpoints' time stamps does, tried on whatever makes one."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, TypeAlias

import pytest

from kit.db import WriteSession
from ledger.ports import LedgerStore, StampedCheckpoint, TimeStore


@dataclass(frozen=True, slots=True)
class Stamping:
    """A ledger that is empty: its checkpoints, their time stamps, its unit of work."""

    ledger: Callable[[WriteSession], LedgerStore]
    writing: Callable[[WriteSession], TimeStore]
    reading: Callable[[], TimeStore]
    write: Callable[[], AbstractContextManager[WriteSession]]

    def stamp(self, size: int, token: bytes, at: int) -> None:
        """Add a time stamp in a unit of work of its own."""
        with self.write() as session:
            self.writing(session).add(size, token, b"chain", at)


MakeTimes: TypeAlias = Callable[[], Stamping]


class _Undone(Exception):
    """Undoes a unit of work."""


def _stamped(size: int, note: bytes, token: bytes = b"token") -> StampedCheckpoint:
    return StampedCheckpoint(size, note, token, b"chain")


def the_first_of_two_time_stamps_of_a_checkpoint_stays(make: MakeTimes) -> None:
    opened = make()
    assert (opened.reading().newest(), opened.reading().all()) == (None, [])
    opened.stamp(5, b"token", 70)
    opened.stamp(5, b"another", 60)
    assert opened.reading().all() == [_stamped(5, b"")]
    assert opened.reading().newest() == (5, 70)


def time_stamps_come_by_size_each_with_its_checkpoint(make: MakeTimes) -> None:
    opened = make()
    with opened.write() as session:
        for size in (3, 9):
            opened.ledger(session).add_note(size, f"note {size}", 7)
    for size in (9, 5, 3):
        opened.stamp(size, b"token", size * 10)
    stamped = [(3, b"note 3"), (5, b""), (9, b"note 9")]
    assert opened.reading().all() == [_stamped(*each) for each in stamped]
    assert opened.reading().newest() == (9, 90)


def an_entry_is_covered_by_the_first_stamped_tree_that_holds_it(
    make: MakeTimes,
) -> None:
    opened = make()
    with opened.write() as session:
        for size in (3, 6, 9):
            opened.ledger(session).add_note(size, f"note {size}", 7)
    for size in (3, 5, 9):
        opened.stamp(size, b"token", 70)
    covering = [opened.reading().covering(index) for index in (0, 2, 3, 8, 9)]
    first, last = _stamped(3, b"note 3"), _stamped(9, b"note 9")
    assert covering == [first, first, last, last, None]


def a_time_stamp_that_is_undone_was_never_there(make: MakeTimes) -> None:
    opened = make()
    with pytest.raises(_Undone), opened.write() as session:
        opened.writing(session).add(5, b"token", b"chain", 70)
        assert opened.writing(session).newest() == (5, 70)
        assert opened.reading().newest() is None
        raise _Undone
    assert opened.reading().newest() is None


TIME_EXERCISES: Final[tuple[Callable[[MakeTimes], None], ...]] = (
    the_first_of_two_time_stamps_of_a_checkpoint_stays,
    time_stamps_come_by_size_each_with_its_checkpoint,
    an_entry_is_covered_by_the_first_stamped_tree_that_holds_it,
    a_time_stamp_that_is_undone_was_never_there,
)
