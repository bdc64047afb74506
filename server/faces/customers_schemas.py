"""What customers send and get about themselves."""

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field, JsonValue

from kit.clock import from_unix
from kit.errors import Reason
from pdp.bundle.language import Speaker
from server.faces.disclosures import (
    DECISION,
    RECORD,
    AuthorizationResponse,
)
from server.http.schemas import (
    Doubtful,
    HexId,
    Instant,
    Name,
    Schema,
    Values,
    Version,
    example,
)
from vault.audit.access import Access
from vault.erasure import erasure

_ERASURE = "9c1185a5c5e9fc54612808977ee8f548"
_CERTIFICATE = {
    "document": {"v": 1, "id": _ERASURE, "finality": "not_scheduled"},
    "note": "— vault.example/log LJ9NGg…=\n",
}

Term = Annotated[str, Field(max_length=200)]


class Me(
    Schema,
    json_schema_extra=example(
        customer_id="4711", region="eu", minor="no", birth_date="1990-05-17"
    ),
):
    """A customer's own registration.

    `birth_date` is null if none is kept, or what is kept does not open.
    """

    customer_id: str
    region: str
    minor: str
    birth_date: str | None


class Contribution(
    Schema,
    json_schema_extra=example(
        collection="idea", values={"title": "Lamp", "text": "刚换完刹车片"}
    ),
):
    """An item that a customer contributes."""

    collection: Name
    values: Values


class Revision(
    Schema,
    json_schema_extra=example(
        values={"title": "Lamp", "text": "A wider arm"}, version=1
    ),
):
    """The next version of an own item, and the one that it was made from."""

    values: Values
    version: Version


class FieldsCorrected(
    Schema,
    json_schema_extra=example(values={"city": "Bonn", "phone": None}, version=1),
):
    """What some fields of an own record are to say; null takes one out.

    What is not named stays. `version` is the one that was read.
    """

    values: Values
    version: Version


class Contributed(
    Schema,
    json_schema_extra=example(
        record_id=RECORD, version=1, index=7, authorization={"status": "unasked"}
    ),
):
    """A contributed item: its entry in the ledger, and what is allowed with it.

    `doubtful` names fields with an e-mail address or telephone number that nobody can
    have as it is written: it is kept, and compared as it is.
    """

    record_id: HexId
    version: int
    index: int | None
    authorization: AuthorizationResponse
    doubtful: Doubtful = ()


class Licensing(
    Schema,
    json_schema_extra=example(
        purpose="ugc.advertise",
        product="lamp-3",
        territory="eu",
        since="2026-12-01T00:00:00Z",
        until="2027-12-01T00:00:00Z",
    ),
):
    """The terms of a licence.

    All five are needed; they are optional here because it is the consent domain that
    refuses a missing or vague one, and says what to write instead.
    """

    purpose: Term | None = None
    product: Term | None = None
    territory: Term | None = None
    since: Term | None = None
    until: Term | None = None


class AccessResponse(Schema):
    """Somebody asked for the customer's data; the fields' names, never their values.

    `title` is what the purpose is called, `texts` say the reasons, each in the language
    that the answer's Content-Language names.
    """

    at: Instant
    principal_kind: str
    principal: str
    purpose: str
    title: str
    action: str
    outcome: str
    collection: str
    fields: list[str]
    reasons: list[str]
    texts: list[str]
    decision_id: HexId

    @classmethod
    def of(cls, at: int, event: Access, speaker: Speaker) -> Self:
        """Show who asked for what; fields by name, never what they held."""
        reasons = _names(event.reasons)
        said = (speaker.to_customer(Reason(code)) for code in reasons)
        return cls(
            at=from_unix(at),
            principal_kind=event.principal_kind,
            principal=event.principal,
            purpose=event.purpose,
            title=speaker.purpose(event.purpose),
            action=event.action,
            outcome=event.outcome,
            collection=event.collection,
            fields=_names(event.fields),
            reasons=reasons,
            texts=[*filter(None, said)],
            decision_id=event.decision.hex(),
        )


def _names(joined: str) -> list[str]:
    return joined.split(",") if joined else []


class AccessesResponse(
    Schema,
    json_schema_extra=example(
        items=[
            {
                "at": "2026-11-22T12:00:00Z",
                "principal_kind": "service",
                "principal": "shop",
                "purpose": "support.case",
                "title": "We help you with a question or a complaint",
                "action": "read",
                "outcome": "disclosed",
                "collection": "profile",
                "fields": ["name", "phone"],
                "reasons": [],
                "texts": [],
                "decision_id": DECISION,
            }
        ]
    ),
):
    """Who asked for the customer's data, oldest first."""

    items: list[AccessResponse]

    @classmethod
    def of(cls, events: Iterable[tuple[int, Access]], speaker: Speaker) -> Self:
        """Show the events."""
        return cls(items=[AccessResponse.of(*each, speaker) for each in events])


class ErasureProgress(
    Schema,
    json_schema_extra=example(
        state="certified",
        certificate=_CERTIFICATE,
        provisional=False,
        proof="old 41\n…\n\nvault.example/log\n…",
    ),
):
    """How far an erasure is, and its signed certificate once there is one.

    `provisional` until the certificate is there and the quorum of the log's witnesses,
    where it has any, has cosigned a tree with its entry; `proof` leads to that tree.
    """

    state: str
    certificate: dict[str, JsonValue] | None = None
    provisional: bool
    proof: str | None = None

    @classmethod
    def of(cls, state: erasure.ErasureState, **more: str) -> Self:
        """Show how far an erasure is: the certificate, and what is beside it."""
        found = {
            "state": state.step,
            "certificate": state.certificate,
            "provisional": state.standing.provisional,
            "proof": state.standing.proof,
        }
        return cls.model_validate({**found, **more})


class ErasureResponse(
    ErasureProgress,
    json_schema_extra=example(
        erasure_id=_ERASURE,
        secret="Q2hhbmdlIG1lLCBJIGFtIGFuIGV4YW1wbGU",  # noqa: S106 - an example
        state="certified",
        certificate=_CERTIFICATE,
        provisional=True,
        proof=None,
    ),
):
    """An erasure; the secret is given once, and reads its state without a token.

    `provisional` and `proof` are those of the state.
    """

    erasure_id: HexId
    secret: str
