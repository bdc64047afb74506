"""What customers say about purposes, and what they are shown of it."""

from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import Field, JsonValue

from consent.events import ConsentEvent
from consent.notices import Notice
from consent.standings import ConsentStatus
from consent.uses import Use
from kit.errors import Reason
from pdp.bundle.language import Languages, Speaker
from server.http.schemas import Instant, Mirrored, Name, Schema, Version, example
from vault import Catalog

_USE: dict[str, Any] = {
    "collection": "profile",
    "title": "Who the customer is and how to reach them",
    "basis": "consent",
    "stop": "withdrawal",
    "stopped": False,
    "code": "consent.granted",
    "article": "GDPR 6(1)(a); PIPL 13(1)",
    "text": "You consented to this, so it goes on.",
}
_CONSENT: dict[str, Any] = {
    "purpose": "marketing.email",
    "title": "We send you news and offers by e-mail",
    "state": "granted",
    "article": "GDPR 6(1)(a); PIPL 13(1)",
    "until": "2027-11-22T00:00:00Z",
    "notice_version": 2,
    "language": "de",
    "at": "2026-11-22T12:00:00Z",
    "uses": [_USE],
}
_OBJECTED: dict[str, Any] = {
    "purpose": "analytics.aggregate",
    "title": "We count and compare groups, never persons",
    "state": "objected",
    "article": "GDPR 21; PIPL 44",
    "at": "2026-11-22T12:00:00Z",
    "uses": [
        _USE
        | {
            "basis": "legitimate_interests",
            "stop": "objection",
            "stopped": True,
            "code": "consent.objected",
            "article": "GDPR 21; PIPL 44",
            "text": "You objected to this use.",
        }
    ],
}

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class NoticeResponse(Schema):
    """A text that a person is shown before they decide about a purpose."""

    purpose: str
    title: str
    version: int
    language: str
    text: str

    @classmethod
    def of(cls, notice: Notice, languages: Languages) -> Self:
        """Show a notice, its purpose called as in the notice's own language."""
        return cls(
            purpose=notice.purpose,
            title=languages.speak([notice.language]).purpose(notice.purpose),
            version=notice.version,
            language=notice.language,
            text=notice.text,
        )


class NoticesResponse(
    Schema,
    json_schema_extra=example(
        items=[
            {
                "purpose": "marketing.email",
                "title": "Offers by e-mail",
                "version": 2,
                "language": "en",
                "text": "We would like to send you offers by e-mail.",
            }
        ]
    ),
):
    """The texts in force, one per purpose and language."""

    items: list[NoticeResponse]


class UseResponse(Schema):
    """One collection that a purpose uses, on which ground, and whether that rests.

    `stop` is the no that ends it: a withdrawal, an objection, or none. `code` and
    `article` say why it rests, or why it goes on, and `text` says it in words. It is
    told of this purpose's ground alone: what goes on by it may rest for another reason,
    as a restriction, an age, or a hold on a contribution.
    """

    collection: str
    title: str
    basis: str
    stop: str | None = None
    stopped: bool
    code: str
    article: str
    text: str

    @classmethod
    def of(cls, use: Use, catalog: Catalog, speaker: Speaker) -> Self:
        """Show a use, in a customer's words."""
        return cls(
            collection=use.collection,
            title=catalog.title_of(use.collection, [speaker.tag]),
            basis=use.basis,
            stop=use.stop,
            stopped=use.stopped,
            code=use.code,
            article=use.article,
            text=speaker.to_customer(Reason(use.code, use.article)),
        )


class ConsentResponse(Schema, json_schema_extra={"examples": [_CONSENT, _OBJECTED]}):
    """Where one purpose stands, what put it there, and what it is used on.

    `at` is when the customer last said something about it, if they ever did.
    """

    purpose: str
    title: str
    state: str
    article: str
    until: Instant | None = None
    notice_version: int | None = None
    language: str | None = None
    at: Instant | None = None
    uses: list[UseResponse]

    @classmethod
    def of(cls, standing: ConsentStatus, catalog: Catalog, speaker: Speaker) -> Self:
        """Show where a purpose stands."""
        event = standing.event
        return cls(
            purpose=standing.purpose,
            title=speaker.purpose(standing.purpose),
            state=standing.state,
            article=standing.article,
            until=event.until if event else None,
            notice_version=event.notice_version if event else None,
            language=event.language if event else None,
            at=event.at if event else None,
            uses=[UseResponse.of(each, catalog, speaker) for each in standing.uses],
        )


class ConsentsResponse(Schema, json_schema_extra=example(items=[_CONSENT])):
    """Where some purposes stand."""

    items: list[ConsentResponse]

    @classmethod
    def of(
        cls, standings: Iterable[ConsentStatus], catalog: Catalog, speaker: Speaker
    ) -> Self:
        """Show where purposes stand."""
        return cls(
            items=[ConsentResponse.of(each, catalog, speaker) for each in standings]
        )


class ConsentEventResponse(Mirrored):
    """Something the customer said about one purpose, at one instant."""

    act: str
    purpose: str
    at: Instant
    until: Instant | None = None
    notice_version: int | None = None
    language: str | None = None


class ConsentHistory(
    Schema,
    json_schema_extra=example(
        items=[
            {
                "act": "withdrawn",
                "purpose": "marketing.email",
                "at": "2026-11-22T12:00:00Z",
            }
        ]
    ),
):
    """Everything the customer ever said about any purpose, oldest first."""

    items: list[ConsentEventResponse]

    @classmethod
    def of(cls, events: Iterable[ConsentEvent]) -> Self:
        """Show what was said."""
        return cls(items=[*map(ConsentEventResponse.of, events)])


class Grant(
    Schema,
    json_schema_extra=example(
        notice_version=2, language="de", until="2027-11-22T00:00:00Z"
    ),
):
    """A consent, given on this notice; without `until` it has no end of its own."""

    notice_version: Version
    language: Language
    until: Instant | None = None


class Objection(Schema, json_schema_extra=example(purpose="analytics.aggregate")):
    """A purpose that the customer objects to."""

    purpose: Name


class ConsentReceiptResponse(
    Schema,
    json_schema_extra=example(
        document={"@type": "dpv:ConsentRecord", "dct:identifier": "…"},
        note="— vault.example/log LJ9NGg…=\n",
    ),
):
    """A consent record (ISO/IEC TS 27560 in JSON-LD), and its one signature line."""

    document: dict[str, JsonValue]
    note: str
