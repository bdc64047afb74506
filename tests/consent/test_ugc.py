"""Authorizations: nothing is allowed until licensed, and everything ends."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product

import pytest
from consents import ConsentHouse

from consent import Recorded, UgcAct, UgcEvent, UgcWord
from consent.authorization import TRANSITIONS
from kit.db import WriteSession
from kit.errors import Conflict, Invalid, NotFound
from kit.ids import new_id

IDEA = new_id()
ADS = "ugc.advertise"


def terms(
    house: ConsentHouse, *, purpose: str = ADS, days: float = 30, start: float = 0
) -> dict[str, object]:
    since = house.clock.now() + timedelta(days=start)
    return {
        "purpose": purpose,
        "product": "kettle-2",
        "territory": "de",
        "since": since,
        "until": since + timedelta(days=days),
    }


def license_(
    house: ConsentHouse, *, purpose: str = ADS, days: float = 30, start: float = 0
) -> Recorded[UgcEvent]:
    wanted = terms(house, purpose=purpose, days=days, start=start)
    with house.database.write() as session:
        return house.ugc.license(session, house.anna, IDEA, wanted)


Call = Callable[[WriteSession, bytes, bytes], Recorded[UgcEvent]]


def say(house: ConsentHouse, call: Call) -> Recorded[UgcEvent]:
    with house.database.write() as session:
        return call(session, house.anna, IDEA)


def status(house: ConsentHouse) -> UgcWord:
    with house.database.read() as session:
        return house.ugc.get(session, house.anna, IDEA).status


def word(house: ConsentHouse, purpose: str = ADS) -> UgcWord:
    with house.database.read() as session:
        return house.ugc.word(session, house.anna, IDEA, purpose)


def until(house: ConsentHouse) -> datetime | None:
    with house.database.read() as session:
        return house.ugc.get(session, house.anna, IDEA).until


def test_an_item_is_not_authorized_until_its_author_says_so(
    house: ConsentHouse,
) -> None:
    assert status(house) is UgcWord.UNASKED
    assert word(house) is UgcWord.UNASKED
    license_(house)
    assert word(house) is UgcWord.GRANTED


def test_nothing_is_said_of_an_item_that_is_gone(house: ConsentHouse) -> None:
    license_(house)
    house.removed.add(IDEA)
    for call in (house.ugc.restrict, house.ugc.lift, house.ugc.withdraw):
        with pytest.raises(NotFound):
            say(house, call)
    with pytest.raises(NotFound):
        license_(house, days=60)
    assert len(house.stamp.entries) == 1


def test_a_licence_covers_its_own_purpose_and_no_other(house: ConsentHouse) -> None:
    license_(house, purpose="ugc.display")
    assert word(house, "ugc.display") is UgcWord.GRANTED
    assert word(house, ADS) is UgcWord.OUT_OF_SCOPE
    assert status(house) is UgcWord.GRANTED


def test_a_licence_ends_to_the_second(house: ConsentHouse) -> None:
    license_(house, days=1)
    house.clock.advance(days=1, seconds=-0.001)
    assert (word(house), status(house)) == (UgcWord.GRANTED, UgcWord.GRANTED)
    house.clock.advance(seconds=0.001)
    assert (word(house), status(house)) == (UgcWord.EXPIRED, UgcWord.EXPIRED)


def test_a_licence_begins_to_the_second(house: ConsentHouse) -> None:
    license_(house, start=1)
    house.clock.advance(days=1, seconds=-1)
    assert word(house) is UgcWord.OUT_OF_SCOPE
    house.clock.advance(seconds=1)
    assert word(house) is UgcWord.GRANTED


def test_one_use_can_end_while_another_goes_on(house: ConsentHouse) -> None:
    license_(house, days=1)
    license_(house, purpose="ugc.display", days=9)
    house.clock.advance(days=1)
    assert word(house) is UgcWord.EXPIRED
    assert word(house, "ugc.display") is UgcWord.GRANTED
    assert until(house) == house.clock.now() + timedelta(days=8)


def test_a_withdrawal_binds_at_once_and_revives_with_nothing_old(
    house: ConsentHouse,
) -> None:
    license_(house)
    say(house, house.ugc.withdraw)
    assert word(house) is UgcWord.WITHDRAWN
    license_(house, purpose="ugc.display")
    assert word(house) is UgcWord.OUT_OF_SCOPE


def test_a_restriction_holds_every_use_until_it_is_lifted(house: ConsentHouse) -> None:
    license_(house)
    say(house, house.ugc.restrict)
    assert (word(house), status(house)) == (UgcWord.RESTRICTED, UgcWord.RESTRICTED)
    with pytest.raises(Conflict) as refusal:
        license_(house, purpose="ugc.display")
    assert refusal.value.reason_code == "ugc.transition"
    say(house, house.ugc.lift)
    assert word(house) is UgcWord.GRANTED


def test_a_licence_runs_out_while_it_is_on_hold(house: ConsentHouse) -> None:
    license_(house, days=1)
    say(house, house.ugc.restrict)
    house.clock.advance(days=1)
    assert word(house) is UgcWord.RESTRICTED
    say(house, house.ugc.lift)
    assert word(house) is UgcWord.EXPIRED


def test_lifting_the_hold_on_an_item_that_was_never_licensed_leaves_it_unasked(
    house: ConsentHouse,
) -> None:
    say(house, house.ugc.restrict)
    say(house, house.ugc.lift)
    assert status(house) is UgcWord.UNASKED
    with house.database.read() as session:
        acts = [event.act for event in house.ugc.history(session, house.anna, IDEA)]
    assert acts == [UgcAct.RESTRICTED, UgcAct.LIFTED]


def test_new_dates_for_the_same_use_replace_the_old(house: ConsentHouse) -> None:
    license_(house, days=30)
    license_(house, days=1)
    house.clock.advance(days=1)
    assert word(house) is UgcWord.EXPIRED


def test_saying_the_same_again_adds_no_event(house: ConsentHouse) -> None:
    first = license_(house)
    assert license_(house) == Recorded(first.event, None)
    held = say(house, house.ugc.restrict)
    assert say(house, house.ugc.restrict) == Recorded(held.event, None)
    gone = say(house, house.ugc.withdraw)
    assert say(house, house.ugc.withdraw) == Recorded(gone.event, None)
    assert len(house.stamp.entries) == 3


def test_what_the_table_of_transitions_does_not_name_is_refused(
    house: ConsentHouse,
) -> None:
    calls = {UgcAct.RESTRICTED: house.ugc.restrict, UgcAct.LIFTED: house.ugc.lift}
    with pytest.raises(Conflict):
        say(house, calls[UgcAct.LIFTED])
    say(house, house.ugc.withdraw)
    for call in calls.values():
        with pytest.raises(Conflict):
            say(house, call)


def test_every_status_has_its_say_in_the_table_of_transitions() -> None:
    shown = set(UgcWord) - {UgcWord.NONE, UgcWord.OUT_OF_SCOPE}
    assert {status for status, _ in TRANSITIONS} == shown
    missing = set(product(shown, UgcAct)) - set(TRANSITIONS)
    assert missing == {
        (UgcWord.UNASKED, UgcAct.LIFTED),
        (UgcWord.GRANTED, UgcAct.LIFTED),
        (UgcWord.EXPIRED, UgcAct.LIFTED),
        (UgcWord.WITHDRAWN, UgcAct.LIFTED),
        (UgcWord.WITHDRAWN, UgcAct.RESTRICTED),
        (UgcWord.WITHDRAWN, UgcAct.WITHDRAWN),
        (UgcWord.RESTRICTED, UgcAct.LICENSED),
        (UgcWord.RESTRICTED, UgcAct.RESTRICTED),
    }


@pytest.mark.parametrize(
    ("changed", "code", "pointer"),
    [
        ({"purpose": "no.such"}, "purpose.unknown", None),
        ({"purpose": "marketing.email"}, "ugc.not_a_use", "/purpose"),
        (
            {"since": "2020-01-01T00:00:00Z", "until": "2021-01-01T00:00:00Z"},
            "ugc.terms",
            "/until",
        ),
        ({"until": "永久"}, "ugc.vague", "/until"),
    ],
)
def test_a_licence_that_cannot_be_is_refused_and_leaves_nothing(
    house: ConsentHouse, changed: dict[str, object], code: str, pointer: str | None
) -> None:
    with pytest.raises(Invalid) as refusal, house.database.write() as session:
        house.ugc.license(session, house.anna, IDEA, terms(house) | changed)
    assert refusal.value.reason_code == code
    assert [f.pointer for f in refusal.value.faults] == ([pointer] if pointer else [])
    assert status(house) is UgcWord.UNASKED
    assert house.stamp.entries == []


def test_every_event_is_stamped_under_its_record(house: ConsentHouse) -> None:
    licensed, withdrawn = license_(house, days=1), say(house, house.ugc.withdraw)
    first, second = house.stamp.entries
    assert (first.kind, first.subject, first.record) == (
        "authorization",
        house.anna,
        IDEA,
    )
    assert first.content == licensed.event.content()
    assert second.content == withdrawn.event.content()
    assert json.loads(first.content) == {
        "v": 1,
        "act": "licensed",
        "at": "2026-11-22T12:00:00Z",
        "product": "kettle-2",
        "purpose": ADS,
        "seq": 1,
        "since": "2026-11-22T12:00:00Z",
        "territory": "de",
        "until": "2026-11-23T12:00:00Z",
    }
    with house.database.read() as session:
        history = house.ugc.history(session, house.anna)
    assert [event.content() for event in history] == [first.content, second.content]


def test_all_items_of_an_author_are_listed_with_their_licences(
    house: ConsentHouse,
) -> None:
    other = new_id()
    license_(house)
    with house.database.write() as session:
        house.ugc.withdraw(session, house.anna, other)
    with house.database.read() as session:
        items = {a.record: a for a in house.ugc.all_of(session, house.anna)}
        assert house.ugc.all_of(session, new_id()) == ()
    assert items[other].status is UgcWord.WITHDRAWN
    assert [licence.purpose for licence in items[IDEA].licences] == [ADS]


def test_an_event_does_not_print_whom_it_is_about(house: ConsentHouse) -> None:
    printed = repr(license_(house))
    assert repr(house.anna) not in printed
    assert repr(IDEA) not in printed
