"""Consent: given, withdrawn, objected to, and never rewritten."""

import json
from datetime import datetime, timedelta

import pytest
from consents import ConsentHouse

from consent import ConsentAct, ConsentEvent, ConsentWord, Grants, Purposes, Recorded
from kit.canonical import canonical
from kit.db import raw
from kit.errors import Conflict, Invalid

EMAIL = "marketing.email"


def grant(
    house: ConsentHouse,
    *,
    notice_version: int = 1,
    language: str = "en",
    until: datetime | None = None,
) -> Recorded[ConsentEvent]:
    with house.database.write() as session:
        return house.grants.grant(
            session,
            house.anna,
            EMAIL,
            notice_version=notice_version,
            language=language,
            until=until,
        )


def withdraw(house: ConsentHouse, purpose: str = EMAIL) -> Recorded[ConsentEvent]:
    with house.database.write() as session:
        return house.grants.withdraw(session, house.anna, purpose)


def state(house: ConsentHouse, purpose: str = EMAIL) -> ConsentWord:
    with house.database.read() as session:
        return house.grants.state(session, house.anna, purpose)


def history(house: ConsentHouse) -> tuple[ConsentEvent, ...]:
    with house.database.read() as session:
        return house.grants.history(session, house.anna)


def test_nothing_is_granted_until_the_person_says_so(house: ConsentHouse) -> None:
    assert state(house) is ConsentWord.UNKNOWN
    grant(house)
    assert state(house) is ConsentWord.GRANTED
    assert state(house, "marketing.sms") is ConsentWord.UNKNOWN


def test_a_withdrawal_holds_at_once_and_the_grant_stays_in_the_history(
    house: ConsentHouse,
) -> None:
    grant(house)
    withdraw(house)
    assert state(house) is ConsentWord.WITHDRAWN
    acts = [event.act for event in history(house)]
    assert acts == [ConsentAct.GRANTED, ConsentAct.WITHDRAWN]


def test_a_consent_ends_exactly_when_it_said_it_would(house: ConsentHouse) -> None:
    grant(house, until=house.clock.now() + timedelta(seconds=10))
    house.clock.advance(seconds=9.999)
    assert state(house) is ConsentWord.GRANTED
    house.clock.advance(seconds=0.001)
    assert state(house) is ConsentWord.EXPIRED


def test_an_expired_consent_can_be_given_again(house: ConsentHouse) -> None:
    until = house.clock.now() + timedelta(seconds=1)
    grant(house, until=until)
    house.clock.advance(seconds=1)
    grant(house, until=until + timedelta(days=1))
    assert state(house) is ConsentWord.GRANTED


def test_an_end_that_is_not_in_the_future_is_refused(house: ConsentHouse) -> None:
    with pytest.raises(Invalid) as refusal:
        grant(house, until=house.clock.now())
    assert [fault.pointer for fault in refusal.value.faults] == ["/until"]
    assert history(house) == ()


def test_every_event_is_stamped_with_its_canonical_content(
    house: ConsentHouse,
) -> None:
    granted, withdrawn = grant(house, language="zh"), withdraw(house)
    assert (granted.index, withdrawn.index) == (0, 1)
    first, second = house.stamp.entries
    assert (first.kind, first.subject, first.record) == ("consent", house.anna, None)
    assert first.content == granted.event.content()
    assert second.content == withdrawn.event.content()
    said = json.loads(first.content)
    assert canonical(said) == first.content
    with house.database.read() as session:
        notice = house.notices.get(session, EMAIL, version=1, language="zh")
    assert said == {
        "v": 1,
        "act": "granted",
        "at": "2026-11-22T12:00:00Z",
        "language": "zh",
        "notice_sha256": notice.digest.hex(),
        "notice_version": 1,
        "purpose": EMAIL,
        "seq": 1,
        "until": None,
    }


def test_the_history_reproduces_what_was_stamped(house: ConsentHouse) -> None:
    grant(house)
    withdraw(house)
    contents = [entry.content for entry in house.stamp.entries]
    assert [event.content() for event in history(house)] == contents


def test_saying_the_same_again_adds_no_event(house: ConsentHouse) -> None:
    first, again = grant(house), grant(house)
    assert again == Recorded(first.event, None)
    gone, still_gone = withdraw(house), withdraw(house)
    assert still_gone == Recorded(gone.event, None)
    assert len(house.stamp.entries) == 2


def test_another_language_or_end_is_another_event(house: ConsentHouse) -> None:
    grant(house)
    assert grant(house, language="zh").index == 1
    until = house.clock.now() + timedelta(days=1)
    assert grant(house, language="zh", until=until).index == 2


def test_a_refusal_that_nobody_asked_for_is_recorded_too(house: ConsentHouse) -> None:
    withdraw(house)
    assert state(house) is ConsentWord.WITHDRAWN


def test_an_objection_outweighs_a_withdrawal_and_a_new_grant_ends_it(
    house: ConsentHouse,
) -> None:
    grant(house)
    with house.database.write() as session:
        house.grants.object_(session, house.anna, EMAIL)
    assert withdraw(house).index is None
    assert state(house) is ConsentWord.OBJECTED
    grant(house)
    assert state(house) is ConsentWord.GRANTED


def test_legitimate_interests_are_objected_to_and_contracts_are_not(
    house: ConsentHouse,
) -> None:
    with house.database.write() as session:
        house.grants.object_(session, house.anna, "analytics.aggregate")
        with pytest.raises(Invalid) as refusal:
            house.grants.object_(session, house.anna, "billing.invoice")
    assert refusal.value.reason_code == "consent.no_objection"
    assert state(house, "analytics.aggregate") is ConsentWord.OBJECTED


@pytest.mark.parametrize("purpose", ["billing.invoice", "self.access"])
def test_consent_is_not_faked_where_another_ground_applies(
    house: ConsentHouse, purpose: str
) -> None:
    with pytest.raises(Invalid) as grant_refusal, house.database.write() as session:
        house.grants.grant(
            session, house.anna, purpose, notice_version=1, language="en"
        )
    with pytest.raises(Invalid) as withdrawal_refusal:
        withdraw(house, purpose)
    assert grant_refusal.value.reason_code == "consent.other_basis"
    assert withdrawal_refusal.value.reason_code == "consent.other_basis"


def test_an_unknown_purpose_is_refused(house: ConsentHouse) -> None:
    with pytest.raises(Invalid) as refusal:
        withdraw(house, "no.such")
    assert refusal.value.reason_code == "purpose.unknown"


def test_a_purpose_that_left_the_tables_can_still_be_withdrawn_from(
    house: ConsentHouse,
) -> None:
    grant(house)
    fewer = Purposes({p.name: p for p in house.purposes if p.name != EMAIL})
    grants = Grants(
        lambda: fewer,
        house.notices,
        house.stamp,
        house.orders,
        house.clock,
        lambda *_: {},
    )
    with house.database.write() as session:
        grants.withdraw(session, house.anna, EMAIL)
    assert state(house) is ConsentWord.WITHDRAWN


def test_a_grant_needs_the_notice_that_is_current(house: ConsentHouse) -> None:
    with pytest.raises(Invalid):
        grant(house, notice_version=7)
    with house.database.write() as session:
        house.notices.publish(session, EMAIL, {"en": "A new text."})
    with pytest.raises(Conflict):
        grant(house, notice_version=1)
    assert grant(house, notice_version=2).event.notice_version == 2


def test_standings_show_each_purpose_with_the_event_behind_it(
    house: ConsentHouse,
) -> None:
    grant(house, until=house.clock.now() + timedelta(seconds=5))
    withdraw(house, "marketing.sms")
    house.clock.advance(seconds=5)
    with house.database.read() as session:
        email, sms = house.grants.standings(session, house.anna)
    assert (email.purpose, email.state) == (EMAIL, ConsentWord.EXPIRED)
    assert email.event.notice_version == 1
    assert (sms.state, sms.event.act) == (ConsentWord.WITHDRAWN, ConsentAct.WITHDRAWN)


def test_an_event_and_its_fact_fall_with_the_unit_of_work(house: ConsentHouse) -> None:
    with pytest.raises(RuntimeError), house.database.write() as session:
        house.grants.grant(session, house.anna, EMAIL, notice_version=1, language="en")
        raise RuntimeError
    assert state(house) is ConsentWord.UNKNOWN
    assert history(house) == ()


def test_an_event_does_not_print_whom_it_is_about(house: ConsentHouse) -> None:
    assert repr(house.anna) not in repr(grant(house))


def test_the_database_itself_refuses_a_state_that_has_no_word(
    house: ConsentHouse,
) -> None:
    with pytest.raises(Exception, match="CHECK"), house.database.write() as session:
        raw(session).execute(
            "INSERT INTO consent_fact (subject, purpose, state, seq)"
            " VALUES (x'00', 'a.b', 2, 1)"
        )
