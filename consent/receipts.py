"""Consent records and receipts: what a person can show about what they said.

The record follows ISO/IEC TS 27560:2023 as the W3C Data Privacy Vocabulary writes it
in JSON-LD (DPVCG guide "Consent Records and Receipts", final report of 1 August 2024);
`dct:conformsTo` names the profile. It holds no name: whoever holds the receipt is the
person. Purposes are our own terms, under `urn:allod:purpose:`. An objection ends a
consent like a withdrawal; one that is taken back gives none. The receipt is the record
signed as a document, and anybody with the public key verifies it offline
(`ledger.note.verify_document`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from consent.events import ConsentAct, ConsentEvent
from consent.purposes import Purpose
from kit.clock import iso
from kit.errors import Invalid
from ledger.note import CONSENT, sign_document
from ledger.signing import Signer

CONFORMS_TO: Final = "https://w3id.org/dpv/schema/dpv-27560#record"

_VOCABULARIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "dct": "http://purl.org/dc/terms/",
        "dpv": "https://w3id.org/dpv#",
        "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
        "purpose": "urn:allod:purpose:",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    }
)


@dataclass(frozen=True, slots=True)
class Controller:
    """Who answers for the processing (GDPR Art. 4(7)), and where rights are used.

    `rights_at` is the address of the page where consent is managed.
    """

    name: str
    rights_at: str


def consent_record(
    identifier: str,
    events: Sequence[ConsentEvent],
    *,
    purpose: Purpose,
    controller: Controller,
    classes: Sequence[str],
    at: datetime,
) -> dict[str, Any]:
    """Write what one person said about one purpose as a consent record.

    `identifier` names the record; it is drawn at random and is not the subject.
    `classes` are the data classes that the purpose may use by consent; `at` is when
    the record is made.

    Raises:
        Invalid: one is about another purpose, or none gives, refuses or ends a consent.

    """
    if not is_consent(events) or any(each.purpose != purpose.name for each in events):
        raise Invalid(
            "nothing was said about consent to this purpose",
            code="consent.other_basis",
            fix="see what was said in the history; an objection is no consent record",
        )
    record = {
        "@context": dict(_VOCABULARIES),
        "@id": f"urn:uuid:{identifier}",
        "@type": "dpv:ConsentRecord",
        "dct:identifier": identifier,
        "dct:conformsTo": CONFORMS_TO,
        "dct:created": iso(at),
        "dpv:hasDataSubject": {"@type": "dpv:Customer"},
        "dpv:hasDataController": {
            "@type": "dpv:DataController",
            "dct:title": controller.name,
        },
        "dpv:hasLegalBasis": "eu-gdpr:A6-1-a",
        "dpv:hasProcess": _process(purpose, classes),
        "dpv:hasConsentControl": {
            "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
            "dpv:isExercisedAt": controller.rights_at,
        },
        "dpv:hasConsentStatus": _statuses(events),
    }
    notices = [_notice(event) for event in events if event.notice_digest is not None]
    return record | ({"dpv:hasNotice": notices} if notices else {})


def is_consent(events: Sequence[ConsentEvent]) -> bool:
    """Tell whether any of it is about consent, rather than about an objection alone."""
    return any(
        each.act in {ConsentAct.GRANTED, ConsentAct.WITHDRAWN} for each in events
    )


def sign_receipt(record: Mapping[str, Any], signer: Signer) -> dict[str, Any]:
    """Sign a consent record, so that its holder can prove it to anybody."""
    return sign_document(CONSENT, record, signer)


def _process(purpose: Purpose, classes: Sequence[str]) -> dict[str, Any]:
    return {
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@id": f"purpose:{purpose.name}",
            "@type": "dpv:Purpose",
            "dct:title": purpose.title,
        },
        "dpv:hasPersonalData": [
            {"@type": "dpv:PersonalData", "dct:title": name} for name in classes
        ],
    }


def _notice(event: ConsentEvent) -> dict[str, Any]:
    digest = event.notice_digest or b""
    return {
        "@type": "dpv:ConsentNotice",
        "dct:hasVersion": str(event.notice_version),
        "dct:language": event.language,
        "dct:identifier": f"sha256:{digest.hex()}",
    }


def _statuses(events: Sequence[ConsentEvent]) -> list[dict[str, Any]]:
    given, statuses = False, []
    for event in events:
        if event.act is not ConsentAct.OBJECTION_WITHDRAWN:
            statuses.append(_status(event, given=given))
            given = event.act is ConsentAct.GRANTED
    return statuses


def _status(event: ConsentEvent, *, given: bool) -> dict[str, Any]:
    status: dict[str, Any] = {
        "@type": _status_type(event.act, given=given),
        "dpv:isIndicatedBy": "dpv:DataSubject",
        "dpv:isIndicatedAtTime": iso(event.at),
    }
    if event.until is not None:
        status["dpv:hasDuration"] = {
            "@type": "dpv:UntilTimeDuration",
            "rdf:value": iso(event.until),
        }
    return status


def _status_type(act: ConsentAct, *, given: bool) -> str | list[str]:
    if act is ConsentAct.GRANTED:
        return ["dpv:ConsentGiven", "dpv:ExpressedConsent"]
    return "dpv:ConsentWithdrawn" if given else "dpv:ConsentRefused"
