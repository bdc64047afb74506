"""Every route of the API: what each method sends, and what it makes of the answer."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from allod import (
    Access,
    Allod,
    AsyncAllod,
    Authorization,
    Batch,
    CaseFault,
    Cases,
    Consent,
    ConsentEvent,
    ConsistencyProof,
    Disclosure,
    Erasure,
    InclusionProof,
    Notice,
    Page,
    Policies,
    PolicyFile,
    Profile,
    Purpose,
    Reason,
    Withheld,
    Written,
)
from fake_vault import AT, CONSENT, DECISION, DISCLOSURE, ERASURE, PAGE, RECORD

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = datetime(2027, 11, 22, tzinfo=UTC)
SHOWN = Disclosure(
    customer_id="c-1042",
    record_id=RECORD,
    version=1,
    collection="contact",
    values={"phone": "*******0142"},
    masks={"phone": "last4"},
    omitted=("note",),
    authorization=None,
    decision_id=DECISION,
)
PAGED = Page((SHOWN,), 2, DECISION, None)
GRANTED = Consent("marketing.email", "granted", NOW, None, 1, "en")
WRITTEN = {"record_id": RECORD, "version": 1, "index": 7}
STATUS = {"status": "granted", "until": "2027-11-22T00:00:00Z"}
HASH = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
ACCESS = {
    "at": AT,
    "principal_kind": "service",
    "principal": "shop",
    "purpose": "support.case",
    "action": "read",
    "outcome": "disclosed",
    "collection": "contact",
    "fields": ["phone"],
    "reasons": [],
    "decision_id": DECISION,
}
TERMS = {
    "purpose": "ugc.advertise",
    "product": "pen",
    "territory": "eu",
    "since": "2026-11-22T12:00:00+00:00",
    "until": "2027-11-22T00:00:00+00:00",
}


@dataclass(frozen=True)
class Case:
    """One method: the call, the request it makes, the answer, what comes back."""

    call: Callable[[Any], Any]
    request: str
    answer: Any
    gives: Any
    body: Any = None
    header: tuple[str, str] | None = None
    token: bool = True
    media: str = field(default="application/json")


def text(
    call: Callable[[Any], Any], request: str, answer: str, *, token: bool = True
) -> Case:
    return Case(call, request, answer, answer, token=token, media="text/plain")


CASES = [
    Case(
        lambda a: a.customers.register("c-1042", region="de", minor="no"),
        "POST /v1/customers",
        {"customer_id": "c-1042"},
        None,
        body={"customer_id": "c-1042", "region": "de", "minor": "no"},
    ),
    Case(
        lambda a: a.customers.register("c-1042", region="de", again=True),
        "POST /v1/customers",
        {"customer_id": "c-1042"},
        None,
        body={
            "customer_id": "c-1042",
            "region": "de",
            "minor": "unknown",
            "again": True,
        },
    ),
    Case(
        lambda a: a.records.add("c/1042 ü", "c", {"x": "ü"}, idempotency_key="k"),
        "POST /v1/customers/c%2F1042%20%C3%BC/records",
        WRITTEN,
        Written(RECORD, 1, 7),
        body={"collection": "c", "values": {"x": "ü"}},
        header=("Idempotency-Key", "k"),
    ),
    Case(
        lambda a: a.records.update("c-1042", RECORD, {"x": 1}, version=3),
        f"PUT /v1/customers/c-1042/records/{RECORD}",
        {"record_id": RECORD, "version": 4},
        Written(RECORD, 4),
        body={"values": {"x": 1}, "version": 3},
    ),
    Case(
        lambda a: a.records.get("c-1042", RECORD, purpose="support.case"),
        f"GET /v1/customers/c-1042/records/{RECORD}?purpose=support.case",
        DISCLOSURE,
        SHOWN,
    ),
    Case(
        lambda a: a.records.list(
            "c-1042", "contact", purpose="p", limit=5, after=RECORD
        ),
        "GET /v1/customers/c-1042/records"
        f"?purpose=p&collection=contact&limit=5&after={RECORD}",
        {**PAGE, "next": RECORD},
        Page((SHOWN,), 2, DECISION, RECORD),
    ),
    Case(
        lambda a: a.records.read_many([("c-1", RECORD), ("c-2", RECORD)], purpose="p"),
        "POST /v1/read",
        {
            "items": [
                DISCLOSURE,
                {
                    "error": {
                        "status": 403,
                        "code": "consent.missing",
                        "detail": "no",
                        "reasons": [{"code": "consent.missing"}],
                    }
                },
            ],
            "decision_id": DECISION,
        },
        Batch(
            (
                SHOWN,
                Withheld(403, "consent.missing", "no", (Reason("consent.missing"),)),
            ),
            DECISION,
        ),
        body={
            "purpose": "p",
            "items": [
                {"customer_id": "c-1", "record_id": RECORD},
                {"customer_id": "c-2", "record_id": RECORD},
            ],
        },
    ),
    Case(
        lambda a: a.records.find("contact", "email", "a@example.org", purpose="p"),
        "POST /v1/find",
        PAGE,
        PAGED,
        body={
            "purpose": "p",
            "collection": "contact",
            "field": "email",
            "value": "a@example.org",
        },
    ),
    Case(
        lambda a: a.records.authorization("c-1042", RECORD, purpose="ugc.display"),
        f"GET /v1/customers/c-1042/contributions/{RECORD}/authorization"
        "?purpose=ugc.display",
        STATUS,
        Authorization("granted", LATER),
    ),
    Case(
        lambda a: a.me.profile(),
        "GET /v1/me",
        {"customer_id": "c-1042", "region": "de", "minor": "no"},
        Profile("c-1042", "de", "no"),
    ),
    Case(lambda a: a.me.records(), "GET /v1/me/records", PAGE, PAGED),
    Case(
        lambda a: a.me.records("contact", after=f"contact.{RECORD}"),
        f"GET /v1/me/records?collection=contact&after=contact.{RECORD}",
        PAGE,
        PAGED,
    ),
    Case(
        lambda a: a.me.record(RECORD), f"GET /v1/me/records/{RECORD}", DISCLOSURE, SHOWN
    ),
    Case(
        lambda a: a.me.accesses(),
        "GET /v1/me/accesses",
        {"items": [ACCESS]},
        (
            Access(
                at=NOW,
                principal_kind="service",
                principal="shop",
                purpose="support.case",
                action="read",
                outcome="disclosed",
                collection="contact",
                fields=("phone",),
                reasons=(),
                decision_id=DECISION,
            ),
        ),
    ),
    Case(
        lambda a: a.me.notices(),
        "GET /v1/me/notices",
        {
            "items": [
                {
                    "purpose": "p",
                    "title": "P",
                    "version": 1,
                    "language": "zh",
                    "text": "文",
                }
            ]
        },
        (Notice("p", "P", 1, "zh", "文"),),
    ),
    Case(
        lambda a: a.me.consents(),
        "GET /v1/me/consents",
        {"items": [CONSENT]},
        (GRANTED,),
    ),
    Case(
        lambda a: a.me.consent_history(),
        "GET /v1/me/consents/history",
        {"items": [{"act": "withdrawn", "purpose": "p", "at": AT, "until": None}]},
        (ConsentEvent("withdrawn", "p", NOW),),
    ),
    Case(
        lambda a: a.me.grant("p", notice_version=1, language="en", until=LATER),
        "PUT /v1/me/consents/p",
        CONSENT,
        GRANTED,
        body={
            "notice_version": 1,
            "language": "en",
            "until": "2027-11-22T00:00:00+00:00",
        },
    ),
    Case(lambda a: a.me.withdraw("p"), "DELETE /v1/me/consents/p", CONSENT, GRANTED),
    Case(
        lambda a: a.me.contribute("idea", {"text": "笔"}, idempotency_key="k"),
        "POST /v1/me/contributions",
        {**WRITTEN, "authorization": {"status": "unasked"}},
        Written(RECORD, 1, 7, Authorization("unasked")),
        body={"collection": "idea", "values": {"text": "笔"}},
        header=("Idempotency-Key", "k"),
    ),
    Case(lambda a: a.me.contributions(), "GET /v1/me/contributions", PAGE, PAGED),
    Case(
        lambda a: a.me.license(
            RECORD,
            purpose="ugc.advertise",
            product="pen",
            territory="eu",
            since=NOW,
            until=LATER,
        ),
        f"PUT /v1/me/contributions/{RECORD}/authorization",
        STATUS,
        Authorization("granted", LATER),
        body=TERMS,
    ),
    Case(
        lambda a: a.me.withdraw_authorization(RECORD),
        f"DELETE /v1/me/contributions/{RECORD}/authorization",
        {"status": "withdrawn", "until": None},
        Authorization("withdrawn"),
    ),
    text(
        lambda a: a.me.receipt(RECORD),
        f"GET /v1/me/contributions/{RECORD}/receipt",
        "c2sp.org/tlog-proof@v1\n…",
    ),
    Case(
        lambda a: a.me.erase(),
        "POST /v1/me/erasure",
        {"erasure_id": ERASURE, "secret": "s", "state": "certified"},
        Erasure("certified", ERASURE, "s"),
    ),
    Case(
        lambda a: a.me.export(io.BytesIO()),
        "POST /v1/me/exports",
        "PKzip",
        5,
        media="application/zip",
    ),
    Case(
        lambda a: a.erasures.get(ERASURE, secret="s"),
        f"GET /v1/erasures/{ERASURE}",
        {"state": "certified", "certificate": {"document": {}, "note": "…"}},
        Erasure("certified", certificate={"document": {}, "note": "…"}),
        header=("Erasure-Secret", "s"),
        token=False,
    ),
    text(lambda a: a.ledger.checkpoint(), "GET /v1/ledger/checkpoint", "log\n1\n…"),
    Case(
        lambda a: a.ledger.keys(),
        "GET /v1/ledger/key",
        "log+00+AA\nlog+01+AB\n",
        ("log+00+AA", "log+01+AB"),
        media="text/plain",
    ),
    Case(
        lambda a: a.ledger.inclusion(7, size=12),
        "GET /v1/ledger/inclusion?index=7&size=12",
        {"index": 7, "size": 12, "path": [HASH]},
        InclusionProof(7, 12, (bytes(32),)),
    ),
    Case(
        lambda a: a.ledger.consistency(7, 12),
        "GET /v1/ledger/consistency?from=7&to=12",
        {"from": 7, "to": 12, "path": [HASH]},
        ConsistencyProof(7, 12, (bytes(32),)),
    ),
    Case(
        lambda a: a.ledger.entry(7),
        "GET /v1/ledger/entries/7",
        "allod-entry/v1\n",
        b"allod-entry/v1\n",
        media="application/octet-stream",
    ),
    Case(
        lambda a: a.ledger.certificate(ERASURE),
        f"GET /v1/certificates/{ERASURE}",
        {"document": {}, "note": "…"},
        {"document": {}, "note": "…"},
    ),
    text(
        lambda a: a.ledger.published_checkpoint(),
        "GET /checkpoint",
        "log\n1\n…",
        token=False,
    ),
    Case(
        lambda a: a.ledger.tile("0/000.p/5"),
        "GET /tile/0/000.p/5",
        "tile",
        b"tile",
        token=False,
        media="application/octet-stream",
    ),
    Case(
        lambda a: a.policies.active(),
        "GET /v1/policies",
        {"digest": "d", "files": [{"path": "legal/c.rego", "sha256": "s"}]},
        Policies("d", (PolicyFile("legal/c.rego", "s"),)),
    ),
    text(
        lambda a: a.policies.file("legal/c.rego"),
        "GET /v1/policies/files/legal/c.rego",
        "package allod.gate\n",
    ),
    Case(
        lambda a: a.policies.purposes(),
        "GET /v1/policies/purposes",
        {
            "items": [
                {
                    "name": "p",
                    "title": "P",
                    "article": "GDPR 6(1)(a)",
                    "bases": ["consent"],
                    "channel": "email",
                }
            ]
        },
        (Purpose("p", "P", "GDPR 6(1)(a)", ("consent",), "email"),),
    ),
    Case(
        lambda a: a.policies.cases(),
        "GET /v1/policies/cases",
        {
            "total": 2,
            "failed": 1,
            "coverage": 98.5,
            "faults": [{"file": "f", "name": "n", "expected": "allow", "got": "deny"}],
        },
        Cases(2, 1, 98.5, (CaseFault("f", "n", "allow", "deny"),)),
    ),
    Case(lambda a: a.health.live(), "GET /health/live", {}, None, token=False),
    Case(lambda a: a.health.ready(), "GET /health/ready", {}, None, token=False),
    Case(
        lambda a: a.health.version(),
        "GET /version",
        {"version": "0.1.0", "api": "v1"},
        "0.1.0",
        token=False,
    ),
]
IDS = [case.request for case in CASES]


def handler(case: Case, seen: list[httpx.Request]) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        media = {"Content-Type": case.media}
        if case.media == "application/json":
            return httpx.Response(200, json=case.answer)
        return httpx.Response(200, content=case.answer.encode(), headers=media)

    return httpx.MockTransport(handle)


def check(case: Case, seen: list[httpx.Request], given: object) -> None:
    (request,) = seen
    where = request.url.raw_path.decode()
    assert f"{request.method} {where}" == case.request
    assert urlsplit(str(request.url)).netloc == "vault.example"
    assert given == case.gives
    authorization = request.headers.get("Authorization")
    assert authorization == ("Bearer t" if case.token else None)
    if case.header:
        assert request.headers[case.header[0]] == case.header[1]
    assert (request.content == b"") == (case.body is None)
    if case.body is not None:
        assert httpx.Response(200, content=request.content).json() == case.body
        assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_client_makes_the_call_and_reads_the_answer(case: Case) -> None:
    seen: list[httpx.Request] = []
    with httpx.Client(transport=handler(case, seen)) as http:
        allod = Allod("https://vault.example/", token="t", http_client=http)
        given = case.call(allod)
    check(case, seen, given)


@pytest.mark.parametrize("case", CASES, ids=IDS)
async def test_its_twin_does_the_same(case: Case) -> None:
    seen: list[httpx.Request] = []
    async with httpx.AsyncClient(transport=handler(case, seen)) as http:
        allod = AsyncAllod("https://vault.example/", token="t", http_client=http)
        given = await case.call(allod)
    check(case, seen, given)


def test_no_method_is_left_out() -> None:
    tried = {name for case in CASES for name in case.call.__code__.co_names}
    with Allod("https://vault.example") as allod:
        groups = {name: group for name, group in vars(allod).items() if name[0] != "_"}
    methods = {
        name
        for group in groups.values()
        for name in dir(group)
        if not name.startswith("_")
    }
    assert groups.keys() | methods - {"scan"} <= tried
