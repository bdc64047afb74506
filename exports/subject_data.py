"""Everything about one person, gathered for them (GDPR 15 and 20).

Records are read through the gate like all records, under the customer's own purpose,
a page at a time; so the export stands in the access log that it contains. Who read
what is read last, for the same reason.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from consent.authorization import Authorization, UgcEvent
from consent.events import ConsentEvent
from consent.grants import Grants
from consent.notices import Notice, Notices
from consent.standings import ConsentStatus
from consent.ugc import Authorizations
from exports.consent_receipts import ConsentReceipts
from kit.clock import from_unix, iso
from kit.db import Database
from kit.errors import Conflict
from kit.ids import ID_BYTES
from ledger.formats.receipt import Receipt
from vault import (
    Access,
    AccessLog,
    Act,
    Acts,
    Customers,
    Disclosure,
    EvidenceMaker,
    Gate,
    Question,
    Receipts,
    Refused,
    Stamped,
)

PAGE: Final = 100
ERASED: Final = "state.erased"
_VERSION: Final = struct.Struct(">I")


@dataclass(slots=True)
class ReadingOutcome:
    """How the reading of one collection went: filled while `records` is consumed."""

    withheld: int = 0
    damaged: int = 0
    refused: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Say in the export what of the collection is not in it."""
        told: dict[str, Any] = {
            "withheld": self.withheld,
            "refused": list(self.refused),
        }
        return told | ({"damaged": self.damaged} if self.damaged else {})


@dataclass(frozen=True, slots=True)
class Consents:
    """All that a person said, as of one snapshot."""

    standings: tuple[ConsentStatus, ...]
    history: tuple[ConsentEvent, ...]
    notices: tuple[Notice, ...]
    authorizations: dict[bytes, Authorization]
    said_of: dict[bytes, list[UgcEvent]]


class OwnAccess:
    """Reads for a person what is theirs."""

    def __init__(
        self,
        *,
        database: Database,
        gate: Gate,
        access_log: AccessLog,
        receipts: Receipts,
        evidence: EvidenceMaker,
        grants: Grants,
        notices: Notices,
        authorizations: Authorizations,
        acts: Acts,
        customers: Customers,
        consent_receipts: ConsentReceipts,
    ) -> None:
        self._database = database
        self._gate = gate
        self._access_log = access_log
        self._receipts = receipts
        self._evidence = evidence
        self._grants = grants
        self._notices = notices
        self._authorizations = authorizations
        self._acts = acts
        self._customers = customers
        self._consent_receipts = consent_receipts

    def records(
        self, question: Question, collection: str, shown: ReadingOutcome
    ) -> Iterator[tuple[Disclosure, ...]]:
        """Give the caller's own records of a collection, page by page.

        A refusal of the rest of the collection is told in `shown`: what is left of
        the person's rights is not lost with it.

        Raises:
            NotFound: there is no such customer any more.
            Refused: they are being erased.
            Unavailable: engine or access log cannot answer.

        """
        after: bytes | None = b""
        while after is not None:
            try:
                page = self._gate.list_records(
                    question, None, collection, after=after, limit=PAGE
                )
            except Refused as refusal:
                shown.refused = tuple(reason.code for reason in refusal.reasons)
                if ERASED in shown.refused:
                    raise
                return
            shown.withheld += page.withheld
            shown.damaged += page.damaged
            shown.refused = page.reasons or shown.refused
            after = page.following
            yield page.items

    def registration(self, subject: bytes) -> dict[str, Any]:
        """Say what a person is registered with.

        Raises:
            NotFound: there is no such customer any more.

        """
        found = self._customers.standing(subject)
        return {
            "v": 1,
            "customer_id": found.customer_id,
            "region": found.region,
            "minor": found.minor,
            "birth_date": self._customers.birth_date(subject),
        }

    def consents(self, subject: bytes) -> Consents:
        """Read all that a person said about purposes and contributions."""
        with self._database.read() as session:
            history = self._grants.history(session, subject)
            seen = {
                (event.purpose, event.notice_version, event.language)
                for event in history
                if event.notice_version is not None and event.language is not None
            }
            said_of: dict[bytes, list[UgcEvent]] = {}
            for event in self._authorizations.history(session, subject):
                said_of.setdefault(event.record, []).append(event)
            return Consents(
                standings=self._grants.standings(session, subject),
                history=history,
                notices=tuple(
                    self._notices.get(
                        session, purpose, version=version, language=language
                    )
                    for purpose, version, language in sorted(seen)
                ),
                authorizations={
                    each.record: each
                    for each in self._authorizations.all_of(session, subject)
                },
                said_of=said_of,
            )

    def consent_receipts(self, consents: Consents) -> Mapping[str, dict[str, Any]]:
        """Give the signed record of each purpose that consent was said about."""
        return self._consent_receipts.all_of(consents.history)

    def chain(self, subject: bytes) -> Iterator[tuple[Stamped, Receipt]]:
        """Give all entries about a person with their receipts, in chain order."""
        return self._receipts.of_subject(subject)

    def entries(self, subject: bytes, last: int) -> Iterator[Stamped]:
        """Give the entries about a person once more, up to a number of the chain."""
        return self._receipts.entries(subject, last)

    def evidence(self, stamped: Stamped) -> bytes | None:
        """Give the evidence of when, of a contribution that a time stamp covers."""
        try:
            return self._evidence.of_contribution(stamped).encode()
        except Conflict:
            return None

    def acts(self, subject: bytes) -> tuple[Act, ...]:
        """Give what members of staff arranged about a person, the oldest first."""
        return self._acts.of(subject)

    def accesses(self, subject: bytes) -> list[dict[str, Any]]:
        """Tell who asked for a person's data, oldest first.

        A page of a scan is about many people: of theirs, nothing is told.
        """
        return [
            access_document(at, event, subject)
            for at, event in self._access_log.of_subject(subject)
        ]


def access_document(at: int, event: Access, subject: bytes) -> dict[str, Any]:
    """Write one access as the person concerned may see it."""
    return {
        "at": iso(from_unix(at)),
        "principal_kind": event.principal_kind,
        "principal": event.principal,
        "purpose": event.purpose,
        "action": event.action,
        "collection": event.collection,
        "fields": _names(event.fields),
        "records": _records(event, subject),
        "outcome": event.outcome,
        "reasons": _names(event.reasons),
        "decision_id": event.decision.hex(),
        "policies": event.revision,
    }


def _names(joined: str) -> list[str]:
    return joined.split(",") if joined else []


def _records(event: Access, subject: bytes) -> list[dict[str, Any]]:
    if not event.records:  # an intent, which names persons and no record
        return []
    one = event.subject is not None
    places = range(len(event.records) // ID_BYTES) if one else event.places(subject)
    return [
        {
            "record_id": event.records[at * ID_BYTES : (at + 1) * ID_BYTES].hex(),
            "version": _VERSION.unpack_from(event.versions, at * _VERSION.size)[0],
        }
        for at in places
    ]
