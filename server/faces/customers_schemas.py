"""What customers send and get about themselves."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

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


class RecipientResponse(Schema):
    """Somebody who was given data: for what, and when last."""

    name: str
    purpose: str
    last: Instant


class CorrectedResponse(
    Schema,
    json_schema_extra=example(
        record_id=RECORD,
        version=2,
        recipients=[
            {
                "name": "helpdesk",
                "purpose": "support.case",
                "last": "2026-12-01T00:00:00Z",
            }
        ],
    ),
):
    """A record's new version; who was given data before is to be told (GDPR 19).

    `doubtful` names fields with an e-mail address or telephone number that nobody can
    have as it is written: it is kept, and compared as it is.
    """

    record_id: HexId
    version: int
    recipients: list[RecipientResponse]
    doubtful: Doubtful = ()


class KeptResponse(Schema):
    """Something that a removal leaves, and the article that lets it."""

    what: str
    article: str


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


class RemovalResponse(
    Schema,
    json_schema_extra=example(
        record_id=RECORD,
        state="removed",
        removed_at="2026-12-01T00:00:00Z",
        finality="not_scheduled",
        kept=[{"what": "…", "article": "GDPR 5(2)"}],
    ),
):
    """An item that is removed from the live store, and what that does not mean.

    `waiting`: nobody is given it any more, but its sealed bytes stand in a log of the
    store that a reader keeps open; it goes on by itself. It is erased, in every copy,
    only with a renewal of your key; `finality` says that none is scheduled.
    """

    record_id: HexId
    state: Literal["removed", "waiting"]
    removed_at: Instant
    finality: Literal["not_scheduled"] = "not_scheduled"
    kept: list[KeptResponse]


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


class ErasureResponse(
    Schema,
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
    state: str
    certificate: dict[str, JsonValue] | None = None
    provisional: bool
    proof: str | None = None


class ErasureState(
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
