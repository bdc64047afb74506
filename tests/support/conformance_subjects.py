"""What every store of subjects, of birth dates and of removals does."""

from collections.abc import Callable
from typing import Final

import pytest
from conformance_stores import ADA, BOB, FIRST, MakeData, Undone, new_record

from vault._internal.classes import CustomerClass
from vault._internal.ports.organisation import HoldRow
from vault._internal.ports.records import RemovedRow
from vault._internal.ports.subjects import OWNED

ONE, TWO = b"1" * 16, b"2" * 16


def what_decisions_know_of_a_subject_changes_in_one_row(make: MakeData) -> None:
    opened = make()
    opened.known(ADA, BOB)
    subjects, erased = opened.data.subjects, CustomerClass("cn", "erased", "no")
    with opened.write() as session:
        subjects.set_class(session, ADA, erased)
        assert subjects.class_of(ADA, session) == erased
        assert subjects.said_of(ADA, session) == erased
        assert subjects.active(session, [ADA, BOB, b"c" * 16]) == {BOB}
    assert subjects.class_of(ADA) == erased
    assert subjects.class_of(b"c" * 16) is None
    assert subjects.regions() == {"cn": 1, "eu": 1}
    assert (sorted(subjects.all()), subjects.dangling()) == ([ADA, BOB], [])


def an_opening_is_found_by_its_handle_and_by_its_tag(make: MakeData) -> None:
    opened = make()
    opened.known(ADA, BOB)
    subjects = opened.data.subjects
    with opened.write() as session:
        for number in (1, 2):
            assert subjects.number_next(session, ADA) == number
            name = b"%d" % number
            subjects.add_opening(
                session, subject=ADA, handle=name * 8, tag=name, sealed=b"s" + name
            )
    assert subjects.opening(ADA, b"1" * 8) == b"s1"
    assert subjects.opening(BOB, b"1" * 8) is None
    assert sorted(subjects.openings(ADA)) == [(b"1" * 8, b"s1"), (b"2" * 8, b"s2")]
    assert subjects.openings(ADA, b"2") == [(b"2" * 8, b"s2")]
    assert subjects.tags(ADA) == {b"1" * 8: b"1", b"2" * 8: b"2"}
    assert (subjects.entries(ADA), subjects.entries(BOB)) == (2, 0)
    assert subjects.count_all_openings() == 2
    assert subjects.stamped() == [ADA]


def a_purge_takes_all_of_one_subject_and_nothing_of_another(make: MakeData) -> None:
    opened = make()
    data = opened.data
    for subject in (ADA, BOB):
        opened.put(subject, ONE, TWO)
        with opened.write() as session:
            data.births.put(session, subject, b"born")
            data.care.hold(session, subject, HoldRow(b"h" * 16, None))
            data.removed.remove(session, subject, TWO, at=7)
    with pytest.raises(Undone), opened.write() as session:
        data.subjects.purge(session, ADA)
        raise Undone
    assert data.subjects.count() == 2
    with opened.write() as session:
        counts = data.subjects.purge(session, ADA)
    assert set(counts) == set(OWNED)
    assert {table for table, count in counts.items() if count} == {
        *("vault_record", "vault_birth", "vault_hold", "vault_removed"),
        "vault_subject",
    }
    left = {
        subject: sum(data.subjects.rows_about(subject, table) for table in OWNED)
        for subject in (ADA, BOB)
    }
    assert left == {ADA: 0, BOB: 5}


SUBJECT_EXERCISES: Final[tuple[Callable[[MakeData], None], ...]] = (
    what_decisions_know_of_a_subject_changes_in_one_row,
    an_opening_is_found_by_its_handle_and_by_its_tag,
    a_purge_takes_all_of_one_subject_and_nothing_of_another,
)


def a_birth_date_stands_in_the_place_of_the_one_before(make: MakeData) -> None:
    opened = make()
    opened.known(ADA, BOB)
    births = opened.data.births
    with opened.write() as session:
        births.put(session, ADA, b"first")
        births.put(session, ADA, b"second")
        births.put(session, BOB, b"other")
        assert births.find(ADA, session) == b"second"
    with pytest.raises(Undone), opened.write() as session:
        births.put(session, ADA, b"third")
        raise Undone
    assert (births.find(ADA), births.find(b"c" * 16)) == (b"second", None)
    assert births.after(b"", 1) == [ADA]
    assert births.after(ADA, 9) == [BOB]


BIRTH_EXERCISES: Final[tuple[Callable[[MakeData], None], ...]] = (
    a_birth_date_stands_in_the_place_of_the_one_before,
)


def a_removed_item_is_gone_with_its_parts_and_is_remembered(make: MakeData) -> None:
    opened = make()
    number, data = opened.known(ADA), opened.data
    with opened.write() as session:
        parts = [(ADA, ONE, "contact", b"part")]
        data.records.insert(session, [new_record(ADA, ONE, number)], parts)
    with opened.write() as session:
        there = [data.removed.remove(session, ADA, ONE, at=at) for at in (7, 8)]
        assert data.removed.find(ADA, ONE, session) == RemovedRow(7, settled=False)
    assert there == [True, False]
    assert data.records.lot(None, FIRST, 9) == []
    assert data.subjects.rows_about(ADA, "vault_part") == 0
    assert data.removed.find(ADA, ONE) == RemovedRow(7, settled=False)
    assert data.removed.find(ADA, TWO) is None
    assert data.removed.gone(ADA) == [ONE]


def what_lies_about_of_an_item_is_settled_once(make: MakeData) -> None:
    opened = make()
    opened.put(ADA, ONE, TWO)
    removed = opened.data.removed
    with pytest.raises(Undone), opened.write() as session:
        removed.remove(session, ADA, ONE, at=7)
        raise Undone
    assert removed.unsettled() == []
    with opened.write() as session:
        for record in (ONE, TWO):
            removed.remove(session, ADA, record, at=7)
        removed.mark_settled(session, ADA, TWO)
    assert removed.unsettled() == [(ADA, ONE)]
    assert removed.find(ADA, TWO) == RemovedRow(7, settled=True)
    opened.put(ADA, ONE)
    assert removed.gone(ADA) == [TWO]


REMOVAL_EXERCISES: Final[tuple[Callable[[MakeData], None], ...]] = (
    a_removed_item_is_gone_with_its_parts_and_is_remembered,
    what_lies_about_of_an_item_is_settled_once,
)
