"""What every store and sequencer of a ledger does, tried on whatever makes one."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, TypeAlias

import pytest
from ledgers import AT, entries, leaves, naive_root

from kit.db import WriteSession
from kit.errors import IntegrityFault, Unavailable
from kit.sqlite import ConstraintBroken
from ledger.formats.merkle import CompactRange
from ledger.formats.tiles import TileRef
from ledger.ports import BACKLOG, LedgerStore, Sequencer, Waiting


@dataclass(frozen=True, slots=True)
class Opened:
    """A ledger that is empty: its rows, its places in order, its unit of work."""

    writing: Callable[[WriteSession], LedgerStore]
    reading: Callable[[], LedgerStore]
    sequencer: Callable[[int], Sequencer]
    write: Callable[[], AbstractContextManager[WriteSession]]


Make: TypeAlias = Callable[[], Opened]


class _Undone(Exception):
    """Undoes a unit of work."""


def an_empty_ledger_has_an_empty_tree(make: Make) -> None:
    store = make().reading()
    assert store.head().root() == CompactRange().root()
    assert (store.end(), store.published(), store.newest_note()) == (0, 0, None)
    assert store.tile(0, 0) == b""


def entries_come_back_in_order_and_a_gap_is_a_fault(make: Make) -> None:
    opened = make()
    with opened.write() as session:
        opened.writing(session).add_entries(0, [b"a", b"b", b"c"])
    store = opened.reading()
    assert store.entries(1, 3) == [b"b", b"c"]
    assert store.numbered(2, 9) == [(2, b"c")]
    assert (store.end(), store.count(b"b")) == (3, 1)
    with pytest.raises(IntegrityFault):
        store.entries(2, 4)


def an_index_that_is_taken_undoes_its_unit_of_work(make: Make) -> None:
    opened = make()
    with opened.write() as session:
        opened.writing(session).add_entries(0, [b"a"])
    with pytest.raises(ConstraintBroken), opened.write() as session:
        opened.writing(session).add_entries(1, [b"b"])
        opened.writing(session).add_entries(0, [b"c"])
    assert opened.reading().entries(0, 1) == [b"a"]
    assert opened.reading().end() == 1


def a_tile_grows_in_its_place(make: Make) -> None:
    opened = make()
    for data in (b"x" * 32, b"x" * 64):
        with opened.write() as session:
            ref = TileRef(0, 3, len(data) // 32)
            opened.writing(session).put_tiles([(ref, data)])
    assert opened.reading().tile(0, 3) == b"x" * 64
    assert opened.reading().tile_widths() == [(0, 3, 64)]


def checkpoints_are_listed_by_size_and_one_of_a_size_is_enough(make: Make) -> None:
    opened = make()
    for size in (3, 9, 5):
        with opened.write() as session:
            opened.writing(session).add_note(size, f"note {size}", AT)
    store = opened.reading()
    assert store.notes() == [(size, f"note {size}") for size in (3, 5, 9)]
    assert store.newest_note() == (9, "note 9")
    assert store.notes_from(4, 1, newest=True) == ["note 9"]
    assert store.notes_from(4, 1, newest=False) == ["note 5"]
    assert (store.note(5), store.note(4), store.published()) == ("note 5", None, 9)
    with pytest.raises(ConstraintBroken), opened.write() as session:
        opened.writing(session).add_note(5, "another", AT)
    assert opened.reading().note(5) == "note 5"


def operators_are_found_by_kind_and_by_member(make: Make) -> None:
    opened = make()
    payloads = [
        b'{"facts":{"a":1},"kind":"x","v":1}',
        b'{"facts":{"b":1},"kind":"y","v":1}',
    ]
    with opened.write() as session:
        for index, payload in enumerate(payloads):
            opened.writing(session).add_operator(index, b"salt", payload)
    store = opened.reading()
    assert store.operators("x") == [(0, b"salt", payloads[0])]
    assert store.operators_with("b") == [(1, b"salt", payloads[1])]
    assert store.newest_operator("b") == (1, b"salt", payloads[1])
    assert store.operators_between(0, 1) == [(0, b"salt", payloads[0])]
    assert store.operator(2) is None


def the_sequencer_gives_places_in_order_and_keeps_the_tree(make: Make) -> None:
    opened = make()
    sequencer = opened.sequencer(1_000)
    for first, count in ((0, 3), (3, 300), (303, 0)):
        with opened.write() as session:
            places = sequencer.append(session, entries(count, first))
        assert places == list(range(first, first + count))
    head = opened.reading().head()
    assert (head.size, head.root()) == (303, naive_root(leaves(303)))


def an_undone_append_leaves_no_gap(make: Make) -> None:
    opened = make()
    sequencer = opened.sequencer(1_000)
    with pytest.raises(_Undone), opened.write() as session:
        assert sequencer.append(session, entries(2)) == [0, 1]
        raise _Undone
    with opened.write() as session:
        assert sequencer.append(session, entries(1)) == [0]


def too_many_that_wait_refuse_the_next_before_anything_is_written(make: Make) -> None:
    opened = make()
    sequencer = opened.sequencer(2)
    assert sequencer.waiting() is None
    with opened.write() as session:
        sequencer.append(session, entries(2))
    assert sequencer.waiting() == Waiting(2, AT)
    with opened.write() as session, pytest.raises(Unavailable) as refused:
        sequencer.append(session, entries(1, 2))
    assert refused.value.reason_code == BACKLOG
    assert opened.reading().end() == 2


EXERCISES: Final[tuple[Callable[[Make], None], ...]] = (
    an_empty_ledger_has_an_empty_tree,
    entries_come_back_in_order_and_a_gap_is_a_fault,
    an_index_that_is_taken_undoes_its_unit_of_work,
    a_tile_grows_in_its_place,
    checkpoints_are_listed_by_size_and_one_of_a_size_is_enough,
    operators_are_found_by_kind_and_by_member,
    the_sequencer_gives_places_in_order_and_keeps_the_tree,
    an_undone_append_leaves_no_gap,
    too_many_that_wait_refuse_the_next_before_anything_is_written,
)
