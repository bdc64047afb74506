"""What every store does that a decision asks: classes, people, counts of records."""

from collections.abc import Callable
from typing import Final

import pytest
from conformance_stores import ADA, ANYBODY, BOB, NOBODY, MakeData, Opened, Undone

from kit.errors import IntegrityFault
from vault._internal.classes import CustomerClass, RecordClass
from vault._internal.ports.organisation import (
    AssignmentRow,
    GrantRow,
    PostRow,
    UnitRow,
)
from vault._internal.ports.records import ReadContext

EVE: Final = b"e" * 16
ONE, TWO = b"1" * 16, b"2" * 16
STAFF: Final = ReadContext("p", 9, "none", staff="al")
HELD: Final = (("house", 9), ("shop", 9), ("shop", 10), ("else", 9))


def _arranged(make: MakeData) -> Opened:
    """Give four subjects whom a member of staff reaches in three ways, and in none."""
    opened = make()
    opened.known(ADA, BOB, EVE, b"z" * 16)
    data = opened.data
    with opened.write() as session:
        data.units.add(session, UnitRow("house", "company", None))
        data.units.add(session, UnitRow("shop", "branch", "house"))
        data.units.post(session, PostRow("al", "house", 10))
        data.units.place(session, BOB, "shop")
        data.care.assign(session, ADA, AssignmentRow("al", 10))
        data.care.grant(session, EVE, GrantRow(b"g" * 16, "al", "p", 10))
    return opened


def a_class_has_one_number_and_another_one_another(make: MakeData) -> None:
    opened = make()
    classes, plain = opened.data.classes, RecordClass("profile", ())
    with pytest.raises(Undone), opened.write() as session:
        classes.number_of(session, RecordClass("else", ()))
        raise Undone
    wanted = (plain, RecordClass("profile", ("contact",)), RecordClass("notes", ()))
    for _ in "12":
        with opened.write() as session:
            numbers = [classes.number_of(session, each) for each in wanted]
        assert len(set(numbers)) == 3
        assert [classes.record(each) for each in numbers] == [*wanted]
    assert sorted(classes.numbers_of("profile")) == sorted(numbers[:2])
    assert classes.numbers_of("else") == []


def a_class_of_another_hand_means_nothing(make: MakeData) -> None:
    opened, plain = make(), RecordClass("profile", ())
    with opened.write() as session:
        number = opened.data.classes.number_of(session, plain)
        session.connection().exec_driver_sql(
            "UPDATE vault_record_class SET collection = 'notes'"
        )
    with pytest.raises(IntegrityFault):
        opened.data.classes.record(number)
    with pytest.raises(IntegrityFault), opened.write() as session:
        opened.data.classes.number_of(session, RecordClass("notes", ()))


CLASS_EXERCISES: Final[tuple[Callable[[MakeData], None], ...]] = (
    a_class_has_one_number_and_another_one_another,
    a_class_of_another_hand_means_nothing,
)


def _reach(opened: Opened, person: int) -> str:
    classes, plain = opened.data.classes, RecordClass("profile", ())
    return classes.unpack_new(person, plain, contributed=False).reach


def whoever_is_there_follows_in_order(make: MakeData) -> None:
    opened = _arranged(make)
    people = opened.data.people
    found = people.following(ANYBODY, after=b"", limit=9)
    assert [subject for subject, _ in found] == [ADA, BOB, EVE, b"z" * 16]
    assert [person for _, person in found if person is None] == []
    after = people.following(ANYBODY, after=ADA, limit=2)
    assert [subject for subject, _ in after] == [BOB, EVE]
    with opened.write() as session:
        session.connection().exec_driver_sql("UPDATE vault_subject SET version = 9")
    assert people.following(ANYBODY, after=b"", limit=1) == [(ADA, None)]


def staff_is_led_to_those_whom_something_may_lead_to(make: MakeData) -> None:
    opened = _arranged(make)
    people = opened.data.people
    found = dict(people.following(STAFF, after=b"", limit=9))
    assert sorted(found) == [ADA, BOB, EVE]
    said = people.persons(STAFF, [ADA, BOB, EVE, b"z" * 16, b"x" * 16])
    ways = {subject: _reach(opened, person) for subject, person in said.items()}
    assert ways == {ADA: "assigned", BOB: "in_scope", EVE: "granted", b"z" * 16: "none"}
    assert {subject: said[subject] for subject in found} == found
    over = people.persons(ReadContext("p", 10, "none", staff="al"), [ADA, BOB, EVE])
    assert {_reach(opened, person) for person in over.values()} == {"none"}


def the_unit_of_work_asks_as_the_gate_does(make: MakeData) -> None:
    opened = _arranged(make)
    opened.put(ADA, ONE)
    people = opened.data.people
    with opened.write() as session:
        everyone = [ADA, BOB, EVE]
        assert people.persons(STAFF, everyone, session) == people.persons(
            STAFF, everyone
        )
        k = people.record(STAFF, ADA, ONE, session)
        assert k is not None
        assert k == people.record(STAFF, ADA, ONE)
        assert people.record(STAFF, ADA, TWO, session) is None
        held = [people.holds("al", unit, now, session) for unit, now in HELD]
        assert held == [people.holds("al", unit, now) for unit, now in HELD]
        assert held == [True, True, False, False]
    row = opened.data.records.point(STAFF, ADA, ONE)
    assert row is not None
    assert row.k == k


def one_who_is_nowhere_yet_is_reached_by_whom_reaches_all(make: MakeData) -> None:
    opened = _arranged(make)
    own = ReadContext("p", 9, "none", own=ADA)
    wanted = [ADA, b"z" * 16, b"x" * 16]
    with opened.write() as session:
        reached = {
            name: [opened.data.people.reached(session, asked, each) for each in wanted]
            for name, asked in {
                "anybody": ANYBODY,
                "nobody": NOBODY,
                "staff": STAFF,
                "own": own,
            }.items()
        }
    assert reached == {
        "anybody": [True, True, True],
        "nobody": [False, False, False],
        "staff": [True, False, False],
        "own": [True, False, False],
    }


PEOPLE_EXERCISES: Final[tuple[Callable[[MakeData], None], ...]] = (
    whoever_is_there_follows_in_order,
    staff_is_led_to_those_whom_something_may_lead_to,
    the_unit_of_work_asks_as_the_gate_does,
    one_who_is_nowhere_yet_is_reached_by_whom_reaches_all,
)


def each_packed_class_is_named_once_and_counted(make: MakeData) -> None:
    opened = make()
    number = opened.put(ADA, ONE, TWO)
    opened.put(BOB, ONE)
    data = opened.data
    with opened.write() as session:
        minor = CustomerClass("eu", "active", "yes")
        data.subjects.set_class(session, BOB, minor)
    ada, bob = (data.packed.of_subject(ANYBODY, each, [number]) for each in (ADA, BOB))
    assert (len(ada), len(bob)) == (1, 1)
    assert data.classes.unpack(bob[0]).customer == minor
    assert data.packed.of_all(ANYBODY, [number], ugc=True) == sorted([*ada, *bob])
    assert data.packed.of_all(ANYBODY, [number + 1], ugc=True) == []
    counts = data.census.count("support.case", 0)
    assert sorted(count for _, count in counts) == [1, 2]
    regions = {data.classes.unpack(k).customer.minor: count for k, count in counts}
    assert regions == {"no": 2, "yes": 1}


PACKED_EXERCISES: Final[tuple[Callable[[MakeData], None], ...]] = (
    each_packed_class_is_named_once_and_counted,
)
