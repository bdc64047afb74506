"""What a person's word does to each use of a purpose, and what is said of it."""

from collections.abc import Mapping

import pytest
from consents import ConsentHouse

from consent import ConsentAct, ConsentWord, LawfulBasis, Recorded, Stop
from consent.events import ConsentEvent
from kit.errors import Conflict, Invalid

ANALYTICS = "analytics.aggregate"
CLAIMS = "legal.claims"
OFFER = "sales.offer"
CONSENT, CONTRACT = LawfulBasis.CONSENT, LawfulBasis.CONTRACT
INTERESTS = LawfulBasis.LEGITIMATE_INTERESTS


def bind(house: ConsentHouse, purpose: str, **bases: LawfulBasis) -> None:
    house.bound[purpose] = bases


def say(house: ConsentHouse, verb: str, purpose: str) -> Recorded[ConsentEvent]:
    with house.database.write() as session:
        said: Recorded[ConsentEvent] = getattr(house.grants, verb)(
            session, house.anna, purpose
        )
        return said


def grant(house: ConsentHouse, purpose: str) -> None:
    with house.database.write() as session:
        house.grants.grant(
            session, house.anna, purpose, notice_version=1, language="en"
        )


def stopped(house: ConsentHouse, purpose: str) -> Mapping[str, bool]:
    with house.database.read() as session:
        standing = house.grants.standing(session, house.anna, purpose)
    return {use.collection: use.stopped for use in standing.uses}


def test_a_no_to_legitimate_interests_is_an_objection(house: ConsentHouse) -> None:
    bind(house, ANALYTICS, profile=INTERESTS, purchase=INTERESTS)
    said = say(house, "withdraw", ANALYTICS)
    assert said.event.act is ConsentAct.OBJECTED
    assert stopped(house, ANALYTICS) == {"profile": True, "purchase": True}
    assert house.orders.kinds == ["consent.objected"]


@pytest.mark.parametrize("verb", ["withdraw", "object_"])
def test_a_no_to_a_contract_says_which_article_and_stamps_nothing(
    house: ConsentHouse, verb: str
) -> None:
    bind(house, OFFER, profile=CONTRACT)
    with pytest.raises(Invalid) as refusal:
        say(house, verb, OFFER)
    (reason,) = refusal.value.reasons
    assert (reason.code, reason.article) == (
        "basis.contract",
        "GDPR 6(1)(b); PIPL 13(2)",
    )
    assert house.stamp.entries == []
    assert stopped(house, OFFER) == {"profile": False}


def test_where_some_rests_on_consent_that_stops_and_the_rest_is_named(
    house: ConsentHouse,
) -> None:
    bind(house, OFFER, profile=CONSENT, purchase=CONTRACT)
    grant(house, OFFER)
    assert say(house, "withdraw", OFFER).event.act is ConsentAct.WITHDRAWN
    with house.database.read() as session:
        profile, purchase = house.grants.standing(session, house.anna, OFFER).uses
    assert (profile.stopped, profile.code) == (True, "consent.withdrawn")
    assert (purchase.stopped, purchase.stop, purchase.code) == (
        *(False, None, "basis.contract"),
    )


def test_one_no_stops_consent_and_legitimate_interests_at_once(
    house: ConsentHouse,
) -> None:
    bind(house, ANALYTICS, profile=CONSENT, purchase=INTERESTS)
    grant(house, ANALYTICS)
    assert stopped(house, ANALYTICS) == {"profile": False, "purchase": False}
    say(house, "withdraw", ANALYTICS)
    assert stopped(house, ANALYTICS) == {"profile": True, "purchase": True}


def test_an_objection_that_is_taken_back_gives_no_consent(house: ConsentHouse) -> None:
    bind(house, ANALYTICS, profile=CONSENT, purchase=INTERESTS)
    grant(house, ANALYTICS)
    say(house, "object_", ANALYTICS)
    say(house, "end_objection", ANALYTICS)
    assert stopped(house, ANALYTICS) == {"profile": True, "purchase": False}
    assert house.orders.kinds[-1] == "consent.objection_withdrawn"
    with house.database.read() as session:
        found = house.grants.standing(session, house.anna, ANALYTICS)
    # Neither a yes nor a no: a no would go on stopping what was objected to.
    assert found.state is ConsentWord.UNKNOWN


def test_whoever_withdrew_said_no_to_legitimate_interests_too(
    house: ConsentHouse,
) -> None:
    bind(house, ANALYTICS, profile=CONSENT)
    grant(house, ANALYTICS)
    say(house, "withdraw", ANALYTICS)
    bind(house, ANALYTICS, profile=INTERESTS)
    assert stopped(house, ANALYTICS) == {"profile": True}


def test_a_legal_claim_goes_on_against_an_objection(house: ConsentHouse) -> None:
    bind(house, CLAIMS, profile=INTERESTS)
    with pytest.raises(Invalid) as refusal:
        say(house, "object_", CLAIMS)
    (reason,) = refusal.value.reasons
    assert (reason.code, reason.article) == ("basis.claim", "GDPR 21(1); PIPL 13(3)")
    assert house.stamp.entries == []


def test_a_grant_does_not_end_an_objection_to_what_it_is_not_about(
    house: ConsentHouse,
) -> None:
    bind(house, ANALYTICS, profile=CONSENT, purchase=INTERESTS)
    say(house, "object_", ANALYTICS)
    with pytest.raises(Conflict) as refusal:
        grant(house, ANALYTICS)
    assert refusal.value.reason_code == "consent.objected"
    say(house, "end_objection", ANALYTICS)
    grant(house, ANALYTICS)
    assert stopped(house, ANALYTICS) == {"profile": False, "purchase": False}


def test_an_objection_to_what_rests_on_consent_alone_is_a_withdrawal(
    house: ConsentHouse,
) -> None:
    bind(house, OFFER, profile=CONSENT)
    assert say(house, "object_", OFFER).event.act is ConsentAct.WITHDRAWN


def test_direct_marketing_is_objected_to_whatever_it_rests_on(
    house: ConsentHouse,
) -> None:
    bind(house, "marketing.email", profile=CONSENT)
    said = say(house, "object_", "marketing.email")
    assert said.event.act is ConsentAct.OBJECTED
    with house.database.read() as session:
        standing = house.grants.standing(session, house.anna, "marketing.email")
    assert standing.article == "GDPR 21(2); PIPL 24, 44"


@pytest.mark.parametrize("verb", ["object_", "end_objection"])
def test_saying_it_again_adds_nothing_and_waits_for_the_order(
    house: ConsentHouse, verb: str
) -> None:
    say(house, "object_", ANALYTICS)
    first, entries = say(house, verb, ANALYTICS), len(house.stamp.entries)
    confirmed = house.orders.confirmed
    again = say(house, verb, ANALYTICS)
    assert again == Recorded(first.event, None)
    assert len(house.stamp.entries) == entries
    assert house.orders.confirmed == confirmed + 1


def test_what_was_never_objected_to_cannot_be_taken_back(house: ConsentHouse) -> None:
    say(house, "withdraw", "marketing.email")
    for purpose in ("marketing.email", ANALYTICS):
        with pytest.raises(Conflict) as refusal:
            say(house, "end_objection", purpose)
        assert refusal.value.reason_code == "objection.none"


def test_a_consent_that_was_given_is_taken_back_whatever_the_ground_is_now(
    house: ConsentHouse,
) -> None:
    grant(house, OFFER)
    bind(house, OFFER, profile=CONTRACT)
    assert say(house, "withdraw", OFFER).event.act is ConsentAct.WITHDRAWN
    assert stopped(house, OFFER) == {"profile": False}


def test_a_ground_that_the_purpose_does_not_list_is_no_use(house: ConsentHouse) -> None:
    bind(house, "marketing.email", profile=CONSENT, purchase=CONTRACT)
    assert stopped(house, "marketing.email") == {"profile": True}


def test_nothing_is_said_about_what_is_the_persons_own_right(
    house: ConsentHouse,
) -> None:
    bind(house, "self.access", profile=LawfulBasis.LEGAL_OBLIGATION)
    with pytest.raises(Invalid) as refusal:
        say(house, "withdraw", "self.access")
    assert [each.code for each in refusal.value.reasons] == ["basis.right"]


def test_everything_lists_what_was_never_spoken_about_too(house: ConsentHouse) -> None:
    bind(house, ANALYTICS, profile=INTERESTS)
    with house.database.read() as session:
        found = {e.purpose: e for e in house.grants.everything(session, house.anna)}
    assert found.keys() == house.purposes.names
    assert found[ANALYTICS].state is ConsentWord.UNKNOWN
    (use,) = found[ANALYTICS].uses
    assert (use.stop, use.stopped, use.article) == (
        *(Stop.OBJECTION, False, "GDPR 6(1)(f)"),
    )


def test_an_objection_taken_back_leaves_nothing_that_goes_on_called_withdrawn(
    house: ConsentHouse,
) -> None:
    bind(house, ANALYTICS, profile=INTERESTS)
    say(house, "withdraw", ANALYTICS)
    say(house, "end_objection", ANALYTICS)
    with house.database.read() as session:
        standing = house.grants.standing(session, house.anna, ANALYTICS)
    assert (standing.state, standing.article) == (ConsentWord.UNKNOWN, "GDPR 6(1)(f)")
    assert [use.stopped for use in standing.uses] == [False]


@pytest.mark.parametrize(
    ("purpose", "basis", "code", "article"),
    [
        (OFFER, CONTRACT, "basis.contract", "GDPR 6(1)(b); PIPL 13(2)"),
        (
            *("self.access", LawfulBasis.LEGAL_OBLIGATION, "basis.right"),
            "GDPR 15, 20; PIPL 45",
        ),
        (
            *("ugc.display", CONTRACT, "basis.licence"),
            "GDPR 7(2), 7(3); PIPL 14, 15",
        ),
    ],
)
def test_what_no_consent_is_asked_for_stands_by_its_own_ground(
    house: ConsentHouse, purpose: str, basis: LawfulBasis, code: str, article: str
) -> None:
    bind(house, purpose, profile=basis)
    with house.database.read() as session:
        standing = house.grants.standing(session, house.anna, purpose)
    (use,) = standing.uses
    assert (use.code, use.article, standing.article) == (code, article, article)
    with pytest.raises(Invalid) as refusal:
        say(house, "withdraw", purpose)
    assert [each.code for each in refusal.value.reasons] == [code]
