"""What a person said about purposes and contributions, written for their export."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent.authorization import Authorization, UgcEvent
from consent.events import ConsentEvent
from consent.facts import UgcWord
from consent.notices import Notice
from consent.standings import ConsentStatus
from consent.terms import Licence
from consent.uses import Use
from exports.subject_data import Consents
from kit.clock import iso


@dataclass(frozen=True, slots=True)
class ContributedRecord:
    """A contributed record, as it was disclosed."""

    record: bytes
    collection: str
    version: int


def consents_document(consents: Consents, at: datetime) -> dict[str, Any]:
    """Write where each purpose stands, how it came to that, and what was shown."""
    return {
        "v": 1,
        "as_of": iso(at),
        "standings": [_standing(each) for each in consents.standings],
        "history": [_event(each) for each in consents.history],
        "notices": [_notice(each) for each in consents.notices],
    }


def contributions(
    contributed: Iterable[ContributedRecord],
    consents: Consents,
    receipts: Mapping[bytes, list[str]],
) -> Iterator[dict[str, Any]]:
    """Write what is allowed with each contribution, and what was said about it."""
    for each in contributed:
        unasked = Authorization(each.record, UgcWord.UNASKED)
        yield {
            "record_id": each.record.hex(),
            "collection": each.collection,
            "version": each.version,
            **_authorization(consents.authorizations.get(each.record, unasked)),
            "history": [_said(e) for e in consents.said_of.get(each.record, [])],
            "receipts": receipts.get(each.record, []),
        }


def _standing(standing: ConsentStatus) -> dict[str, Any]:
    said = {} if standing.event is None else _event(standing.event)
    return {
        **said,
        "state": standing.state.value,
        "article": standing.article,
        "uses": [_use(each) for each in standing.uses],
    }


def _use(use: Use) -> dict[str, Any]:
    return {
        "collection": use.collection,
        "basis": use.basis.value,
        "stopped": use.stopped,
        "article": use.article,
    }


def _event(event: ConsentEvent) -> dict[str, Any]:
    return {
        "act": event.act.value,
        "at": iso(event.at),
        "language": event.language,
        "notice_sha256": event.notice_digest and event.notice_digest.hex(),
        "notice_version": event.notice_version,
        "purpose": event.purpose,
        "until": event.until and iso(event.until),
    }


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        "purpose": notice.purpose,
        "version": notice.version,
        "language": notice.language,
        "published": iso(notice.at),
        "sha256": notice.digest.hex(),
        "text": notice.text,
    }


def _authorization(authorization: Authorization) -> dict[str, Any]:
    return {
        "status": authorization.status.value,
        "until": authorization.until and iso(authorization.until),
        "licences": [_licence(each) for each in authorization.licences],
    }


def _said(event: UgcEvent) -> dict[str, Any]:
    return {
        "act": event.act.value,
        "at": iso(event.at),
        "licence": event.licence and _licence(event.licence),
    }


def _licence(licence: Licence) -> dict[str, Any]:
    return {
        "purpose": licence.purpose,
        "product": licence.product,
        "territory": licence.territory,
        "since": iso(licence.since),
        "until": iso(licence.until),
    }
