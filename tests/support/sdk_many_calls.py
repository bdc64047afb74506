"""What the SDK's methods for many at once send, and make of the answer."""

from typing import Any

from allod import Conflict, NewCustomer, NewRecord, Outcome, Profile, Roster
from allod._errors import Problem
from fake_vault import DECISION, RECORD
from sdk_calls import Case

BOUGHT = {"date": "2026-01-02", "quantity": 1}
TAKEN: dict[str, Any] = {
    "type": "urn:allod:problem:conflict",
    "title": "Conflict",
    "status": 409,
    "code": "version.stale",
    "detail": "the record has changed since this version was read",
    "fix": "read the record again and repeat the change",
}


class Told(Conflict):
    """An error that equals another of the same account."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Conflict) and other.problem == self.problem

    __hash__ = Conflict.__hash__


STALE = Told(Problem(409, "version.stale", str(TAKEN["detail"]), fix=str(TAKEN["fix"])))
MANY = [
    Case(
        lambda a: a.records.add_many(
            (
                NewRecord("c-1042", "purchase", BOUGHT),
                NewRecord("c-1042", "purchase", BOUGHT, RECORD, 3),
            ),
            purpose="intake.order",
            idempotency_key="orders-7",
            first=40,
        ),
        "POST /v1/records",
        {
            "items": [
                {
                    "outcome": "created",
                    "record_id": RECORD,
                    "version": 1,
                    "index": 9,
                    "doubtful": ["email"],
                },
                {"outcome": "refused", "error": TAKEN},
            ]
        },
        (
            Outcome("created", RECORD, 1, 9, doubtful=("email",)),
            Outcome("refused", error=STALE),
        ),
        body={
            "purpose": "intake.order",
            "first": 40,
            "items": [
                {
                    "customer_id": "c-1042",
                    "collection": "purchase",
                    "values": BOUGHT,
                },
                {
                    "customer_id": "c-1042",
                    "collection": "purchase",
                    "values": BOUGHT,
                    "record_id": RECORD,
                    "version": 3,
                },
            ],
        },
        header=("Idempotency-Key", "orders-7"),
    ),
    Case(
        lambda a: a.customers.page(purpose="support.case", limit=2, after="aa"),
        "GET /v1/customers?purpose=support.case&limit=2&after=aa",
        {
            "items": [{"customer_id": "c-1042", "region": "eu", "minor": "no"}],
            "withheld": 1,
            "decision_id": DECISION,
            "next": "bb",
        },
        Roster((Profile("c-1042", "eu", "no"),), 1, DECISION, "bb"),
    ),
    Case(
        lambda a: a.customers.add_many(
            [NewCustomer("c-1042", "eu", "no"), NewCustomer("c-1043", "us")],
            purpose="service.registration",
            unit="campus.north",
        ),
        "POST /v1/registrations",
        {"items": [{"outcome": "created"}, {"outcome": "there_already"}]},
        (Outcome("created"), Outcome("there_already")),
        body={
            "purpose": "service.registration",
            "unit": "campus.north",
            "items": [
                {"customer_id": "c-1042", "region": "eu", "minor": "no"},
                {"customer_id": "c-1043", "region": "us", "minor": "unknown"},
            ],
        },
    ),
]
