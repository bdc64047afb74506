"""What every store does with its change feed, tried on whatever makes one."""

from typing import Final

from conformance_stores import ADA, ANYBODY, BOB, MakeData, Opened, new_record

from vault._internal.classes import CustomerClass
from vault._internal.ports.changes import ChangeRow, Lapse

ONE, TWO = b"1" * 16, b"2" * 16
BEGINNING: Final = Lapse(0, b"", b"")


def _told(opened: Opened, after: int = 0, limit: int = 100) -> list[ChangeRow]:
    with opened.data.changes.snapshot() as now:
        number = opened.data.classes.numbers_of("profile")
        rows, _ = now.rows(after, number, "support.case", limit=limit)
        return rows


def every_write_is_told_in_its_order_with_what_was_before(make: MakeData) -> None:
    opened = make()
    number = opened.put(ADA, ONE)
    with opened.write() as session:
        row = new_record(ADA, ONE, number)._replace(version=2, sealed=b"other")
        opened.data.records.replace(session, row, ())
    with opened.write() as session:
        opened.data.removed.remove(session, ADA, ONE, at=0)
    rows = _told(opened)
    assert [(each.kind, each.record) for each in rows] == [
        ("class", None),
        *[("record", ONE)] * 3,
    ]
    assert [each.number for each in rows] == sorted({each.number for each in rows})
    assert [each.was for each in rows] == [None, None, number << 1, number << 1]
    assert {each.subject for each in rows} == {ADA}


def what_is_undone_is_not_told(make: MakeData) -> None:
    opened = make()
    opened.put(ADA, ONE)
    before = _told(opened)
    try:
        with opened.write() as session:
            opened.data.removed.remove(session, ADA, ONE, at=0)
            raise LookupError
    except LookupError:
        pass
    assert _told(opened) == before


def another_class_of_a_person_is_told_with_the_one_before(make: MakeData) -> None:
    opened = make()
    opened.known(ADA)
    with opened.write() as session:
        for minor in ("yes", "yes", "no"):
            known = CustomerClass("eu", "active", minor)
            opened.data.subjects.set_class(session, ADA, known)
    kinds = [(each.kind, each.was is None) for each in _told(opened)]
    assert kinds == [("class", True), ("class", False), ("class", False)]


def of_a_person_who_is_purged_that_alone_is_left(make: MakeData) -> None:
    opened = make()
    opened.put(ADA, ONE, TWO)
    opened.put(BOB, ONE)
    with opened.write() as session:
        opened.data.subjects.purge(session, ADA)
    assert [(r.kind, r.subject) for r in _told(opened) if r.subject == ADA] == [
        ("erased", ADA)
    ]
    with opened.data.changes.snapshot() as now:
        assert [r.kind for r in now.history(0, [ADA], limit=9)] == ["erased"]
        assert len(now.history(0, [BOB], limit=9)) == 2
        assert len(now.history(0, [BOB], limit=1)) == 1


def a_place_stands_until_the_next_start(make: MakeData) -> None:
    opened = make()
    changes = opened.data.changes
    with opened.write() as session:
        changes.start(session, ONE)
    opened.put(ADA, ONE)
    with changes.snapshot() as now:
        head = now.head()
        assert head.mark == ONE
        assert now.stands(ONE, head.number)
        assert not now.stands(ONE, head.number + 1)
        assert not now.stands(TWO, head.number)
    with opened.write() as session:
        changes.start(session, TWO)
    with changes.snapshot() as now:
        assert now.head() == (head.number + 1, TWO)
        assert now.stands(ONE, head.number)
        assert not now.stands(ONE, head.number + 1)
        assert now.stands(TWO, head.number + 1)


def a_look_goes_on_where_the_one_before_ended(make: MakeData) -> None:
    opened = make()
    opened.put(ADA, ONE, TWO)
    number = opened.data.classes.numbers_of("profile")
    with opened.data.changes.snapshot() as now:
        found, after = [], 0
        for _ in range(3):
            rows, after = now.rows(after, number, "support.case", limit=1)
            found += rows
        assert [each.kind for each in found] == ["class", "record", "record"]
        assert now.rows(after, number, "support.case", limit=1) == ([], after)
        assert now.rows(0, [], "support.case", limit=9)[1] == now.head().number


def the_oldest_rows_are_dropped_and_never_the_newest(make: MakeData) -> None:
    opened = make()
    changes = opened.data.changes
    with opened.write() as session:
        changes.start(session, ONE)
    opened.put(ADA, ONE, TWO)
    rows = _told(opened)
    late = rows[0].minute + 2
    with opened.write() as session:
        assert changes.drop(session, minute=0, most=10, limit=10) == 0
        assert changes.drop(session, minute=late, most=10, limit=2) == 1
        assert changes.drop(session, minute=late, most=10, limit=10) == 1
        assert changes.drop(session, minute=late, most=10, limit=10) == 0
    assert _told(opened) == rows[-1:]
    opened.put(BOB, ONE)
    with opened.write() as session:
        assert changes.drop(session, minute=0, most=1, limit=10) == 2
    assert [each.subject for each in _told(opened)] == [BOB]


def what_is_over_is_found_in_its_order_and_once(make: MakeData) -> None:
    opened = make()
    number = opened.known(ADA, BOB)
    with opened.write() as session:
        rows = [
            new_record(who, which, number)._replace(retain_until=until)
            for who, which, until in ((ADA, ONE, 5), (BOB, TWO, 5), (BOB, ONE, 9))
        ]
        opened.data.records.insert(session, rows)
    with opened.data.changes.snapshot() as now:
        found = now.lapsed([number], "p", BEGINNING, 8, limit=9)
        assert found == [Lapse(5, ADA, ONE), Lapse(5, BOB, TWO)]
        assert now.lapsed([number], "p", found[0], 9, limit=1) == found[1:]
        assert now.lapsed([number], "p", found[1], 9, limit=9) == [Lapse(9, BOB, ONE)]
        assert now.lapsed([number + 1], "p", BEGINNING, 9, limit=9) == []


def a_snapshot_holds_still(make: MakeData) -> None:
    opened = make()
    number = opened.put(ADA, ONE)
    with opened.data.changes.snapshot() as now:
        head = now.head()
        opened.put(ADA, TWO)
        assert now.head() == head
        rows = now.page(ANYBODY, ADA, [number], after=b"", limit=9)
        assert [each.record for each in rows] == [ONE]
        assert set(now.many(ANYBODY, [(ADA, ONE), (ADA, TWO)])) == {(ADA, ONE)}
        assert set(now.facts([ADA, BOB], "support.case")) == {ADA}
        rows = now.following(ANYBODY, [number], after=(b"", b""), limit=9)
        assert [each.record for each in rows] == [ONE]
        assert now.following(ANYBODY, [number], after=(ADA, ONE), limit=9) == []


CHANGE_EXERCISES: Final = (
    every_write_is_told_in_its_order_with_what_was_before,
    what_is_undone_is_not_told,
    another_class_of_a_person_is_told_with_the_one_before,
    of_a_person_who_is_purged_that_alone_is_left,
    a_place_stands_until_the_next_start,
    a_look_goes_on_where_the_one_before_ended,
    the_oldest_rows_are_dropped_and_never_the_newest,
    what_is_over_is_found_in_its_order_and_once,
    a_snapshot_holds_still,
)
