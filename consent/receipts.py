"""Consent records and receipts: what a person can show about what they said.

The record follows ISO/IEC TS 27560:2023 as the W3C Data Privacy Vocabulary writes it
in JSON-LD (DPVCG guide "Consent Records and Receipts", final report of 1 August 2024);
`dct:conformsTo` names the profile. Its context is in it, so that nobody fetches one to
read it: it makes IRIs of what names a thing and instants of what is one. Every part has
an IRI below the record's own, which is drawn at random.

It holds no name: whoever holds the receipt is the person. Purposes and classes of data
are our own terms, under `urn:allod:`. What the vault does not know (where and how long
the controller stores, to whom it passes on, its postal address) is left to the notice,
whose digest is here. An objection ends a consent like a withdrawal; one that is taken
back gives none. The receipt is the record signed as a document, and anybody with the
public key verifies it offline.
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
from ledger.formats.note import CONSENT, sign_document
from ledger.formats.signing import Signer

CONFORMS_TO: Final = "https://w3id.org/dpv/schema/dpv-27560#record"

_IRI: Final = {"@type": "@id"}
_INSTANT: Final = {"@type": "xsd:dateTime"}
_CONTEXT: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "class": "urn:allod:class:",
        "dct": "http://purl.org/dc/terms/",
        "dpv": "https://w3id.org/dpv#",
        "purpose": "urn:allod:purpose:",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "schema": "https://schema.org/",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "dct:conformsTo": _IRI,
        "dct:created": _INSTANT,
        "dpv:hasLegalBasis": _IRI,
        "dpv:isExercisedAt": _IRI,
        "dpv:isIndicatedAtTime": _INSTANT,
        "dpv:isIndicatedBy": _IRI,
        "schema:url": _IRI,
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
    record = f"urn:uuid:{identifier}"
    return {
        "@context": dict(_CONTEXT),
        "@id": record,
        "@type": "dpv:ConsentRecord",
        "dct:identifier": identifier,
        "dct:conformsTo": CONFORMS_TO,
        "dct:created": iso(at),
        "dpv:hasDataSubject": _subject(record),
        "dpv:hasProcess": _process(record, purpose, controller, classes),
        "dpv:hasConsentStatus": _statuses(record, events),
    }


def is_consent(events: Sequence[ConsentEvent]) -> bool:
    """Tell whether any of it is about consent, rather than about an objection alone."""
    return any(
        each.act in {ConsentAct.GRANTED, ConsentAct.WITHDRAWN} for each in events
    )


def sign_receipt(record: Mapping[str, Any], signer: Signer) -> dict[str, Any]:
    """Sign a consent record, so that its holder can prove it to anybody."""
    return sign_document(CONSENT, record, signer)


def _subject(record: str) -> dict[str, Any]:
    return {
        "@id": f"{record}#subject",
        "@type": ["dpv:DataSubject", "dpv:Customer"],
    }


def _process(
    record: str, purpose: Purpose, controller: Controller, classes: Sequence[str]
) -> dict[str, Any]:
    rights = controller.rights_at
    return {
        "@id": f"{record}#process",
        "@type": "dpv:Process",
        "dpv:hasDataController": {
            "@id": f"{record}#controller",
            "@type": "dpv:DataController",
            "dpv:hasName": controller.name,
            "schema:url": rights,
        },
        "dpv:hasLegalBasis": "dpv:ExpressedConsent",
        "dpv:hasPurpose": {
            "@id": f"purpose:{purpose.name}",
            "@type": "dpv:Purpose",
            "dct:title": purpose.title,
        },
        "dpv:hasPersonalData": [_class(name) for name in classes],
        "dpv:hasConsentControl": {
            "@id": f"{record}#control",
            "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
            "dpv:isExercisedAt": rights,
        },
        "dpv:hasRight": {
            "@id": f"{record}#rights",
            "@type": "dpv:DataSubjectRight",
            "dpv:isExercisedAt": rights,
        },
    }


def _class(name: str) -> dict[str, Any]:
    return {"@id": f"class:{name}", "@type": "dpv:PersonalData", "dct:title": name}


def _statuses(record: str, events: Sequence[ConsentEvent]) -> list[dict[str, Any]]:
    given, statuses = False, list[dict[str, Any]]()
    for event in events:
        if event.act is not ConsentAct.OBJECTION_WITHDRAWN:
            # Numbered, for the nodes of a graph have no order.
            name = f"{record}#status-{len(statuses) + 1}"
            statuses.append({"@id": name} | _status(record, event, given=given))
            given = event.act is ConsentAct.GRANTED
    return statuses


def _status(record: str, event: ConsentEvent, *, given: bool) -> dict[str, Any]:
    status: dict[str, Any] = {
        "@type": _status_types(event.act, given=given),
        "dpv:isIndicatedBy": f"{record}#subject",
        "dpv:isIndicatedAtTime": iso(event.at),
    }
    if event.act is ConsentAct.GRANTED:
        status["dpv:hasDuration"] = _duration(event)
    if event.notice_digest is not None:
        status["dpv:hasNotice"] = _notice(record, event, event.notice_digest)
    return status


def _duration(event: ConsentEvent) -> dict[str, Any]:
    if event.until is None:
        return {"@type": "dpv:UntilEventDuration", "rdf:value": "it is withdrawn"}
    return {
        "@type": "dpv:UntilTimeDuration",
        "rdf:value": {"@type": "xsd:dateTime", "@value": iso(event.until)},
    }


def _notice(record: str, event: ConsentEvent, digest: bytes) -> dict[str, Any]:
    return {
        "@id": f"{record}#notice-{event.notice_version}-{event.language}",
        "@type": "dpv:ConsentNotice",
        "schema:version": str(event.notice_version),
        "dct:language": event.language,
        "dct:identifier": f"sha256:{digest.hex()}",
    }


def _status_types(act: ConsentAct, *, given: bool) -> list[str]:
    if act is ConsentAct.GRANTED:
        return ["dpv:ConsentGiven", "dpv:ExpressedConsent"]
    return ["dpv:ConsentWithdrawn" if given else "dpv:ConsentRefused"]
