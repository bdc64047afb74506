"""Consent receipts: complete, nameless, and verified by anybody."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from consents import ConsentHouse
from ledgers import signer

from consent import ConsentEvent
from consent.receipts import Controller, consent_record, sign_receipt
from kit.errors import Invalid
from ledger.note import CONSENT, verify_document
from ledger.signing import NoteError

EMAIL = "marketing.email"
ACME = Controller("Acme GmbH", "https://acme.example/me/consents")


def spoken(house: ConsentHouse) -> tuple[ConsentEvent, ...]:
    with house.database.write() as session:
        house.grants.withdraw(session, house.anna, EMAIL)
        house.grants.grant(
            session,
            house.anna,
            EMAIL,
            notice_version=1,
            language="zh",
            until=house.clock.now() + timedelta(days=365),
        )
    house.clock.advance(hours=1)
    with house.database.write() as session:
        house.grants.withdraw(session, house.anna, EMAIL)
        return house.grants.history(session, house.anna)


def record_of(house: ConsentHouse, events: tuple[ConsentEvent, ...]) -> dict[str, Any]:
    return consent_record(
        str(uuid.UUID(int=7)),
        events,
        purpose=house.purposes.get(EMAIL),
        controller=ACME,
        classes=["contact", "preference"],
        at=house.clock.now(),
    )


def test_a_record_tells_what_was_said_when_and_after_which_notice(
    house: ConsentHouse,
) -> None:
    events = spoken(house)
    record = record_of(house, events)
    assert record["@type"] == "dpv:ConsentRecord"
    assert record["dpv:hasProcess"]["dpv:hasPurpose"]["@id"] == f"purpose:{EMAIL}"
    refused, given, withdrawn = record["dpv:hasConsentStatus"]
    assert refused["@type"] == "dpv:ConsentRefused"
    assert given["@type"] == ["dpv:ConsentGiven", "dpv:ExpressedConsent"]
    assert given["dpv:hasDuration"]["rdf:value"] == "2027-11-22T12:00:00Z"
    assert withdrawn["@type"] == "dpv:ConsentWithdrawn"
    assert withdrawn["dpv:isIndicatedAtTime"] == "2026-11-22T13:00:00Z"
    assert record["dct:created"] == "2026-11-22T13:00:00Z"
    assert record["dct:conformsTo"].endswith("/dpv-27560#record")
    (notice,) = record["dpv:hasNotice"]
    digest = events[1].notice_digest
    assert digest is not None
    assert notice["dct:identifier"] == f"sha256:{digest.hex()}"


def test_every_term_belongs_to_a_vocabulary_that_the_record_names(
    house: ConsentHouse,
) -> None:
    record = record_of(house, spoken(house))

    def terms(value: object) -> set[str]:
        if isinstance(value, dict):
            inner = [terms(each) for key, each in value.items() if key != "@context"]
            return set().union({key for key in value if key[0] != "@"}, *inner)
        return set().union(*map(terms, value)) if isinstance(value, list) else set()

    assert {term.split(":")[0] for term in terms(record)} <= set(record["@context"])


def test_a_record_does_not_say_whom_it_is_about(house: ConsentHouse) -> None:
    assert house.anna.hex() not in json.dumps(record_of(house, spoken(house)))


def test_a_record_without_a_notice_has_no_notice(house: ConsentHouse) -> None:
    assert "dpv:hasNotice" not in record_of(house, spoken(house)[:1])


def test_a_receipt_verifies_and_a_changed_one_does_not(house: ConsentHouse) -> None:
    key = signer()
    record = record_of(house, spoken(house))
    receipt = sign_receipt(record, key)
    assert verify_document(CONSENT, receipt, [key.verifier]) == record
    receipt["document"]["dpv:hasConsentStatus"].pop()
    with pytest.raises(NoteError):
        verify_document(CONSENT, receipt, [key.verifier])


def test_an_objection_ends_a_consent_and_taking_it_back_gives_none(
    house: ConsentHouse,
) -> None:
    events = spoken(house)
    with house.database.write() as session:
        for verb in (house.grants.object_, house.grants.end_objection):
            verb(session, house.anna, EMAIL)
        events = house.grants.history(session, house.anna)
    assert [event.act for event in events[3:]] == ["objected", "objection_withdrawn"]
    statuses = record_of(house, events)["dpv:hasConsentStatus"]
    assert [each["@type"] for each in statuses[2:]] == [
        "dpv:ConsentWithdrawn",
        "dpv:ConsentRefused",
    ]


def test_an_objection_alone_is_no_consent_record(house: ConsentHouse) -> None:
    with house.database.write() as session:
        said = house.grants.object_(session, house.anna, EMAIL).event
    with pytest.raises(Invalid) as refusal:
        record_of(house, (said,))
    assert refusal.value.reason_code == "consent.other_basis"


def test_a_record_is_about_one_purpose_and_at_least_one_event(
    house: ConsentHouse,
) -> None:
    with house.database.write() as session:
        other = house.grants.withdraw(session, house.anna, "marketing.sms").event
    for events in ((), (other,)):
        with pytest.raises(Invalid):
            record_of(house, events)
