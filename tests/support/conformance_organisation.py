"""What every store of who reaches whom does, tried on whatever makes one."""

from collections.abc import Callable
from typing import Final

import pytest
from conformance_stores import ADA, BOB, FIRST, MakeData, Opened, Undone

from kit.sqlite import ConstraintBroken
from vault._internal.ports.organisation import (
    AssignmentRow,
    GrantRow,
    HoldRow,
    PostRow,
    UnitRow,
)
from vault._internal.ports.records import ReadContext

RECORD, OTHER = b"r" * 16, b"s" * 16
HOUSE: Final = UnitRow("house", "company", None)
NORTH: Final = UnitRow("north", "region", "house")
SHOP: Final = UnitRow("shop", "branch", "north")
SOUTH: Final = UnitRow("south", "region", "house")


def _by_hand(opened: Opened, statement: str) -> None:
    with opened.write() as session:
        session.connection().exec_driver_sql(statement)


def _reaches(opened: Opened, *, now: int = 9, purpose: str = "p") -> bool:
    asked = ReadContext(purpose, now, "none", staff="al")
    return opened.data.records.reaches(asked, ADA)


def _tree(make: MakeData) -> Opened:
    opened = make()
    opened.known(ADA, BOB)
    with opened.write() as session:
        for row in (HOUSE, NORTH, SHOP, SOUTH):
            opened.data.units.add(session, row)
    return opened


def who_looks_after_a_subject_does_so_until_an_instant(make: MakeData) -> None:
    opened = make()
    opened.known(ADA, BOB)
    care = opened.data.care
    for until in (10, 20):
        with opened.write() as session:
            care.assign(session, ADA, AssignmentRow("bo", 99))
            care.assign(session, ADA, AssignmentRow("al", until))
    assert care.assignments(ADA, 19) == [("al", 20), ("bo", 99)]
    assert care.assignments(ADA, 20) == [("bo", 99)]
    assert care.assignments(BOB, 0) == []
    assert (_reaches(opened, now=19), _reaches(opened, now=20)) == (True, False)
    with opened.write() as session:
        assert care.assigned_until(session, ADA, "al") == 20
        assert care.assigned_until(session, BOB, "al") is None
        assert [care.unassign(session, ADA, "al") for _ in "12"] == [True, False]
    assert care.assignments(ADA, 0) == [("bo", 99)]


def a_grant_is_in_force_for_one_purpose_until_it_ends(make: MakeData) -> None:
    opened = make()
    opened.known(ADA)
    care = opened.data.care
    rows = [
        GrantRow(bytes([n] * 16), "al", "p", until) for n, until in ((2, 9), (1, 9))
    ]
    with opened.write() as session:
        for row in rows:
            care.grant(session, ADA, row)
    assert care.grants(ADA, 8) == [rows[1], rows[0]]
    assert care.grants(ADA, 9) == []
    assert [_reaches(opened, now=8, purpose=each) for each in "pq"] == [True, False]
    with opened.write() as session:
        ended = [care.revoke(session, ADA, rows[0].grant_id, now) for now in (9, 8, 8)]
    assert ended == [False, True, False]
    assert care.grants(ADA, 0) == [rows[1]]
    with pytest.raises(ConstraintBroken), opened.write() as session:
        care.grant(session, ADA, rows[0])
        care.grant(session, ADA, rows[1])
    assert care.grants(ADA, 0) == [rows[1]]


def what_another_hand_arranged_leads_nowhere_and_is_told_as_it_lies(
    make: MakeData,
) -> None:
    opened = _tree(make)
    care, units = opened.data.care, opened.data.units
    with opened.write() as session:
        care.assign(session, ADA, AssignmentRow("al", 10))
        care.grant(session, ADA, GrantRow(b"g" * 16, "al", "p", 10))
        units.place(session, ADA, "shop")
        units.post(session, PostRow("al", "shop", 10))
    _by_hand(opened, "UPDATE vault_assignment SET until = 99")
    _by_hand(opened, "UPDATE vault_access_grant SET until = 99")
    _by_hand(opened, "UPDATE vault_post SET until = 99")
    _by_hand(opened, "UPDATE vault_placement SET unit = 'south'")
    _by_hand(opened, "UPDATE vault_unit SET kind = 'else' WHERE unit = 'north'")
    assert not _reaches(opened)
    assert (care.assignments(ADA, 9), care.grants(ADA, 9)) == ([], [])
    assert (units.units_of(ADA), units.posts()) == ([], [])
    assert units.units() == [HOUSE, SHOP, SOUTH]
    assert care.assignments(ADA, 9, lying=True) == [("al", 99)]
    assert [each.until for each in care.grants(ADA, 9, lying=True)] == [99]
    assert units.units_of(ADA, lying=True) == ["south"]


def a_hold_stands_on_a_record_or_on_all_of_a_subject(make: MakeData) -> None:
    opened = make()
    opened.put(ADA, RECORD, OTHER)
    opened.put(BOB, RECORD)
    care = opened.data.care
    one, every = HoldRow(b"2" * 16, RECORD), HoldRow(b"1" * 16, None)

    def held() -> list[int]:
        with opened.write() as session:
            care.mark(session, ADA)
        return [row.status for row in opened.data.records.lot(None, FIRST, 9)]

    with opened.write() as session:
        assert not care.is_held(session, ADA)
        care.hold(session, ADA, one)
        assert care.is_held(session, ADA)
    assert not care.is_marked(ADA)
    assert (held(), care.is_marked(ADA)) == ([1, 0, 0], True)
    with opened.write() as session:
        care.hold(session, ADA, every)
        assert care.is_hold(session, ADA, every.hold_id)
        assert not care.is_hold(session, BOB, every.hold_id)
    assert (held(), care.holds(ADA)) == ([1, 1, 0], [every, one])
    opened.put(ADA, b"t" * 16)
    assert care.is_marked(ADA)
    with opened.write() as session:
        assert [care.lift(session, ADA, every.hold_id) for _ in "12"] == [True, False]
    assert held() == [1, 0, 0, 0]


def what_was_done_about_a_subject_is_kept(make: MakeData) -> None:
    opened = make()
    opened.put(ADA, RECORD)
    care = opened.data.care
    with pytest.raises(Undone), opened.write() as session:
        care.keep_act(session, ADA, b"a" * 16, b"sealed")
        assert care.acts(ADA, session) == [(b"a" * 16, b"sealed")]
        assert care.acts(ADA) == []
        assert care.has_record(session, ADA, RECORD)
        assert not care.has_record(session, BOB, RECORD)
        raise Undone
    assert care.acts(ADA) == []


CARE_EXERCISES: Final[tuple[Callable[[MakeData], None], ...]] = (
    who_looks_after_a_subject_does_so_until_an_instant,
    a_grant_is_in_force_for_one_purpose_until_it_ends,
    what_another_hand_arranged_leads_nowhere_and_is_told_as_it_lies,
    a_hold_stands_on_a_record_or_on_all_of_a_subject,
    what_was_done_about_a_subject_is_kept,
)


def a_unit_is_below_itself_and_all_that_is_above_it(make: MakeData) -> None:
    opened = _tree(make)
    units = opened.data.units
    assert units.units() == [HOUSE, NORTH, SHOP, SOUTH]
    assert units.is_tree()
    with opened.write() as session:
        assert units.unit(session, "shop") == SHOP
        assert units.unit(session, "else") is None
        above = [
            each.unit
            for each in units.units()
            if units.is_below(session, "shop", each.unit)
        ]
    assert above == ["house", "north", "shop"]


def a_unit_moves_with_all_below_it(make: MakeData) -> None:
    opened = _tree(make)
    units = opened.data.units
    with opened.write() as session:
        units.move(session, "north", "south")
        assert units.is_below(session, "shop", "south")
        assert units.unit(session, "north") == NORTH._replace(within="south")
    assert units.is_tree()
    with opened.write() as session:
        units.move(session, "shop", None)
        assert not units.is_below(session, "shop", "house")
    assert units.is_tree()
    with opened.write() as session:
        units.set(session, SHOP._replace(kind="kiosk", within="south"))
    assert not units.is_tree()


def the_state_is_another_after_every_change(make: MakeData) -> None:
    opened = _tree(make)
    units, seen = opened.data.units, [opened.data.units.state()]
    changes: tuple[Callable[..., object], ...] = (
        lambda session: units.post(session, PostRow("al", "shop", 10)),
        lambda session: units.post(session, PostRow("al", "shop", 10)),
        lambda session: units.set(session, SHOP._replace(kind="kiosk")),
        lambda session: units.move(session, "shop", "south"),
        lambda session: units.unpost(session, "al", "shop"),
    )
    for change in changes:
        with opened.write() as session:
            change(session)
            seen.append(units.state(session))
        assert units.state() == seen[-1]
    assert len(set(seen)) == len(seen)


def who_holds_a_unit_holds_those_below_it(make: MakeData) -> None:
    opened = _tree(make)
    units = opened.data.units
    with opened.write() as session:
        units.place(session, ADA, "shop")
        for row in (PostRow("bo", "house", 5), PostRow("al", "north", 10)):
            units.post(session, row)
        units.post(session, PostRow("al", "north", 20))
    assert units.posts() == [("bo", "house", 5), ("al", "north", 20)]
    assert (_reaches(opened, now=19), _reaches(opened, now=20)) == (True, False)
    with opened.write() as session:
        held = [
            (unit, now)
            for unit in ("house", "north", "shop", "south")
            for now in (19, 20)
            if units.holds(session, "al", unit, now)
        ]
        assert held == [("north", 19), ("shop", 19)]
        assert units.posted_until(session, "bo", "house") == 5
        assert units.posted_until(session, "al", "shop") is None
        assert [units.unpost(session, "al", "north") for _ in "12"] == [True, False]
        units.empty(session, "house")
    assert units.posts() == []


def a_subject_is_placed_once_and_a_unit_that_is_used_says_so(make: MakeData) -> None:
    opened = _tree(make)
    units = opened.data.units
    with opened.write() as session:
        placed = [units.place(session, ADA, each) for each in ("shop", "shop", "house")]
        assert placed == [True, False, True]
        used = [units.is_used(session, each.unit) for each in (NORTH, SHOP, SOUTH)]
        assert used == [True, True, False]
    assert units.units_of(ADA) == ["house", "shop"]
    with opened.write() as session:
        assert [units.displace(session, ADA, "shop") for _ in "12"] == [True, False]
        units.post(session, PostRow("al", "shop", 10))
        units.remove(session, "shop")
    assert units.units() == [HOUSE, NORTH, SOUTH]
    assert (units.posts(), units.is_tree()) == ([], True)


UNIT_EXERCISES: Final[tuple[Callable[[MakeData], None], ...]] = (
    a_unit_is_below_itself_and_all_that_is_above_it,
    a_unit_moves_with_all_below_it,
    the_state_is_another_after_every_change,
    who_holds_a_unit_holds_those_below_it,
    a_subject_is_placed_once_and_a_unit_that_is_used_says_so,
)
