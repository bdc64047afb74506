"""Consent receipts: complete, nameless, and verified by anybody."""

import json

import pytest
from allod.proofs import VerificationError
from consent_records import EMAIL, record_of, spoken
from consents import ConsentHouse
from ledgers import signer
from one_verifier import verify_document

from consent.receipts import sign_receipt
from kit.canonical import canonical
from kit.errors import Invalid
from ledger.formats.note import CONSENT


def test_a_record_tells_what_was_said_when_and_after_which_notice(
    house: ConsentHouse,
) -> None:
    events = spoken(house)
    record = record_of(house, events)
    assert record["@type"] == "dpv:ConsentRecord"
    assert record["dpv:hasProcess"]["dpv:hasPurpose"]["@id"] == f"purpose:{EMAIL}"
    refused, given, withdrawn = record["dpv:hasConsentStatus"]
    assert refused["@type"] == ["dpv:ConsentRefused"]
    assert given["@type"] == ["dpv:ConsentGiven", "dpv:ExpressedConsent"]
    assert given["dpv:hasDuration"]["rdf:value"]["@value"] == "2027-11-22T12:00:00Z"
    assert withdrawn["@type"] == ["dpv:ConsentWithdrawn"]
    assert withdrawn["dpv:isIndicatedAtTime"] == "2026-11-22T13:00:00Z"
    assert record["dct:created"] == "2026-11-22T13:00:00Z"
    assert record["dct:conformsTo"].endswith("/dpv-27560#record")
    notice, digest = given["dpv:hasNotice"], events[1].notice_digest
    assert digest is not None
    assert notice["dct:identifier"] == f"sha256:{digest.hex()}"
    assert "dpv:hasNotice" not in refused | withdrawn


def test_a_record_does_not_say_whom_it_is_about(house: ConsentHouse) -> None:
    assert house.anna.hex() not in json.dumps(record_of(house, spoken(house)))


def test_a_consent_without_an_end_lasts_until_it_is_withdrawn(
    house: ConsentHouse,
) -> None:
    with house.database.write() as session:
        given = house.grants.grant(
            session, house.anna, EMAIL, notice_version=1, language="en"
        ).event
    (status,) = record_of(house, (given,))["dpv:hasConsentStatus"]
    assert status["dpv:hasDuration"]["@type"] == "dpv:UntilEventDuration"


def test_a_receipt_verifies_and_a_changed_one_does_not(house: ConsentHouse) -> None:
    key = signer()
    record = record_of(house, spoken(house))
    receipt = sign_receipt(record, key)
    assert verify_document(CONSENT, receipt, [key.verifier]) == record
    text = f"allod/consent/v1\n{canonical(record).decode()}\n"
    assert receipt["note"] == key.line(text)
    receipt["document"]["dpv:hasConsentStatus"].pop()
    with pytest.raises(VerificationError):
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
        ["dpv:ConsentWithdrawn"],
        ["dpv:ConsentRefused"],
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
