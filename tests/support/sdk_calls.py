"""What the SDK's methods for services and customers send, and make of the answer."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from allod import (
    Access,
    Authorization,
    Batch,
    Consent,
    ConsentEvent,
    Corrected,
    Disclosure,
    Erasure,
    Group,
    Kept,
    Notice,
    Numbers,
    Page,
    Profile,
    Reason,
    Recipient,
    Removal,
    Restriction,
    RestrictionGround,
    Use,
    Verified,
    Withheld,
    Written,
)
from fake_vault import (
    ARTICLE,
    AT,
    CONSENT,
    DECISION,
    DISCLOSURE,
    ERASURE,
    PAGE,
    RECORD,
    RESTRICTION,
)

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
    undeclared={"nickname": "Bo"},
)
PAGED = Page((SHOWN,), 2, DECISION, None, 1, 1)
USED = Use(
    "contact",
    "Contact",
    "consent",
    "withdrawal",
    False,
    "consent.granted",
    ARTICLE,
    "It goes on.",
)
GRANTED = Consent(
    *("marketing.email", "By e-mail", "granted", ARTICLE, NOW, None, 1, "en", (USED,))
)
RECEIPT_OF_CONSENT = {"document": {"@type": "dpv:ConsentRecord"}, "note": "n"}
RESTRICTED = Restriction(
    *(True, False, (RestrictionGround("accuracy", NOW, "GDPR 18(1)(a)"),), "It rests.")
)
WRITTEN = {"record_id": RECORD, "version": 1, "index": 7}
STATUS = {"status": "granted", "until": "2027-11-22T00:00:00Z"}
ACCESS = {
    "at": AT,
    "principal_kind": "service",
    "principal": "shop",
    "purpose": "support.case",
    "action": "read",
    "outcome": "disclosed",
    "collection": "contact",
    "fields": ["phone"],
    "reasons": ["c"],
    "decision_id": DECISION,
    "title": "t",
    "texts": ["x"],
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
    media: str = "application/json"


def text(
    call: Callable[[Any], Any], request: str, answer: str, *, token: bool = True
) -> Case:
    return Case(call, request, answer, answer, token=token, media="text/plain")


OWN = [
    Case(
        lambda a: a.customers.register(
            "c-1042", region="eu", minor="no", purpose="service.registration"
        ),
        "POST /v1/customers",
        {"customer_id": "c-1042"},
        None,
        body={
            "customer_id": "c-1042",
            "region": "eu",
            "minor": "no",
            "purpose": "service.registration",
        },
    ),
    Case(
        lambda a: a.customers.register(
            "c-1042", region="eu", birth_date=date(2012, 5, 17), purpose="p"
        ),
        "POST /v1/customers",
        {"customer_id": "c-1042"},
        None,
        body={
            "customer_id": "c-1042",
            "region": "eu",
            "minor": "unknown",
            "birth_date": "2012-05-17",
            "purpose": "p",
        },
    ),
    Case(
        lambda a: a.customers.register(
            "c-1042",
            region="eu",
            purpose="p",
            unit="campus.north",
            again="she asked to come back",
        ),
        "POST /v1/customers",
        {"customer_id": "c-1042"},
        None,
        body={
            "customer_id": "c-1042",
            "region": "eu",
            "minor": "unknown",
            "purpose": "p",
            "unit": "campus.north",
            "again": True,
            "reason": "she asked to come back",
        },
    ),
    Case(
        lambda a: a.customers.correct(
            "c-1042", minor="no", reason="r", purpose="service.registration"
        ),
        "PATCH /v1/customers/c-1042",
        {"customer_id": "c-1042", "region": "eu", "minor": "no"},
        Profile("c-1042", "eu", "no"),
        body={"minor": "no", "reason": "r", "purpose": "service.registration"},
    ),
    Case(
        lambda a: a.customers.correct(
            "c-1042", birth_date=date(2012, 5, 17), reason="r", purpose="p"
        ),
        "PATCH /v1/customers/c-1042",
        {"customer_id": "c-1042", "region": "eu", "minor": "yes"},
        Profile("c-1042", "eu", "yes"),
        body={"birth_date": "2012-05-17", "reason": "r", "purpose": "p"},
    ),
    Case(
        lambda a: a.records.add(
            "c/1042 ü", "c", {"x": "ü"}, purpose="p", idempotency_key="k"
        ),
        "POST /v1/customers/c%2F1042%20%C3%BC/records",
        WRITTEN,
        Written(RECORD, 1, 7),
        body={"collection": "c", "values": {"x": "ü"}, "purpose": "p"},
        header=("Idempotency-Key", "k"),
    ),
    Case(
        lambda a: a.records.update("c-1042", RECORD, {"x": 1}, purpose="p", version=3),
        f"PUT /v1/customers/c-1042/records/{RECORD}",
        {"record_id": RECORD, "version": 4, "doubtful": ["phone"]},
        Written(RECORD, 4, doubtful=("phone",)),
        body={"values": {"x": 1}, "version": 3, "purpose": "p"},
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
        Page((SHOWN,), 2, DECISION, RECORD, 1, 1),
    ),
    Case(
        lambda a: a.records.list(
            "c-1042",
            "c",
            purpose="p",
            filters=[("paid", "eq", True), ("at", "ge", "ü:1"), ("n", "lt", 9.5)],
            sort="-at",
        ),
        "GET /v1/customers/c-1042/records?purpose=p&collection=c"
        "&filter=paid%3Aeq%3Atrue&filter=at%3Age%3A%C3%BC%3A1&filter=n%3Alt%3A9.5"
        "&sort=-at",
        PAGE,
        PAGED,
    ),
    Case(
        lambda a: a.records.aggregate(
            "c", purpose="p", group_by=["x"], measure="mean", field="n"
        ),
        "POST /v1/aggregate",
        {
            "groups": [{"key": {"x": None}, "value": 4}, {"key": {}, "value": None}],
            "withheld_groups": 2,
            "damaged": 1,
            "undecided": 1,
            "decision_id": DECISION,
        },
        Numbers((Group({"x": None}, 4), Group({}, None)), 2, DECISION, 1, 1),
        body={
            "purpose": "p",
            "collection": "c",
            "group_by": ["x"],
            "measure": {"kind": "mean", "field": "n"},
        },
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
                        "text": "t",
                        "reasons": [{"code": "consent.missing", "text": "x"}],
                    }
                },
            ],
            "decision_id": DECISION,
        },
        Batch(
            (
                SHOWN,
                Withheld(
                    *(403, "consent.missing", "no"),
                    (Reason("consent.missing", text="x"),),
                    "t",
                ),
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
        lambda a: a.records.verify("c-1", "profile", "phone", "+49301234", purpose="p"),
        "POST /v1/customers/c-1/verify",
        {"matches": True, "decision_id": DECISION},
        Verified(matches=True, decision_id=DECISION),
        body={
            "purpose": "p",
            "collection": "profile",
            "field": "phone",
            "value": "+49301234",
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
        {
            "customer_id": "c-1042",
            "region": "de",
            "minor": "no",
            "birth_date": "1990-05-17",
        },
        Profile("c-1042", "de", "no", "1990-05-17"),
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
                reasons=("c",),
                decision_id=DECISION,
                title="t",
                texts=("x",),
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
        lambda a: a.me.purposes(),
        "GET /v1/me/purposes",
        {"items": [CONSENT]},
        (GRANTED,),
    ),
    Case(
        lambda a: a.me.restriction(), "GET /v1/me/restriction", RESTRICTION, RESTRICTED
    ),
    Case(
        lambda a: a.me.restrict("accuracy"),
        "POST /v1/me/restriction",
        RESTRICTION,
        RESTRICTED,
        body={"ground": "accuracy"},
    ),
    Case(
        lambda a: a.me.lift_restriction(),
        "DELETE /v1/me/restriction",
        RESTRICTION,
        RESTRICTED,
    ),
    Case(
        lambda a: a.me.consent_record("p"),
        "GET /v1/me/consents/p/record",
        RECEIPT_OF_CONSENT,
        RECEIPT_OF_CONSENT,
    ),
    Case(
        lambda a: a.me.objections(),
        "GET /v1/me/objections",
        {"items": [CONSENT]},
        (GRANTED,),
    ),
    Case(
        lambda a: a.me.object("p"),
        "POST /v1/me/objections",
        CONSENT,
        GRANTED,
        body={"purpose": "p"},
    ),
    Case(
        lambda a: a.me.end_objection("p"),
        "DELETE /v1/me/objections/p",
        CONSENT,
        GRANTED,
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
    Case(
        lambda a: a.me.revise(RECORD, {"text": "笔"}, version=1),
        f"PUT /v1/me/contributions/{RECORD}",
        {
            "record_id": RECORD,
            "version": 2,
            "index": 8,
            "authorization": {"status": "unasked"},
            "doubtful": ["contact"],
        },
        Written(RECORD, 2, 8, Authorization("unasked"), ("contact",)),
        body={"values": {"text": "笔"}, "version": 1},
    ),
    Case(
        lambda a: a.me.correct(RECORD, {"city": "Bonn", "phone": None}, version=1),
        f"PATCH /v1/me/records/{RECORD}",
        {
            "record_id": RECORD,
            "version": 2,
            "recipients": [
                {"name": "n", "purpose": "p", "last": "2026-12-01T00:00:00Z"}
            ],
            "doubtful": ["phone"],
        },
        Corrected(
            *(RECORD, 2, (Recipient("n", "p", datetime(2026, 12, 1, tzinfo=UTC)),)),
            doubtful=("phone",),
        ),
        body={"values": {"city": "Bonn", "phone": None}, "version": 1},
    ),
    Case(
        lambda a: a.me.remove(RECORD),
        f"DELETE /v1/me/contributions/{RECORD}",
        {
            "record_id": RECORD,
            "state": "removed",
            "removed_at": "2026-12-01T00:00:00Z",
            "finality": "not_scheduled",
            "kept": [{"what": "w", "article": "GDPR 5(2)"}],
        },
        Removal(
            *(RECORD, "removed", datetime(2026, 12, 1, tzinfo=UTC)),
            *("not_scheduled", (Kept("w", "GDPR 5(2)"),)),
        ),
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
    Case(
        lambda a: a.me.restrict_contribution(RECORD),
        f"PUT /v1/me/contributions/{RECORD}/restriction",
        {"status": "restricted", "until": None},
        Authorization("restricted"),
    ),
    Case(
        lambda a: a.me.lift_contribution(RECORD),
        f"DELETE /v1/me/contributions/{RECORD}/restriction",
        STATUS,
        Authorization("granted", LATER),
    ),
    text(
        lambda a: a.me.receipt(RECORD),
        f"GET /v1/me/contributions/{RECORD}/receipt",
        "c2sp.org/tlog-proof@v1\n…",
    ),
    Case(
        lambda a: a.me.evidence(RECORD),
        f"GET /v1/me/contributions/{RECORD}/evidence",
        "a zip",
        b"a zip",
        media="application/zip",
    ),
    Case(
        lambda a: a.me.cose_receipt(RECORD),
        f"GET /v1/me/contributions/{RECORD}/receipt/cose",
        "a receipt",
        b"a receipt",
        media="application/cose",
    ),
    Case(
        lambda a: a.me.erase(),
        "POST /v1/me/erasure",
        {
            "erasure_id": ERASURE,
            "secret": "s",
            "state": "certified",
            "provisional": True,
            "proof": None,
        },
        Erasure("certified", ERASURE, "s", provisional=True),
    ),
    Case(
        lambda a: a.me.export(io.BytesIO()),
        "POST /v1/me/exports",
        "PKzip",
        5,
        media="application/zip",
    ),
]
