"""Each call about proposals, with the request that it makes and what it reads."""

from datetime import UTC, datetime
from typing import Any

from allod import ActivationRecord, Approval, Divergence, Proposal, Proposed
from sdk_calls import Case

AT = "2026-11-22T10:00:00Z"
THEN = datetime(2026, 11, 22, 10, tzinfo=UTC)
DIGEST, BASE = "d" * 64, "b" * 64
SENT: dict[str, Any] = {
    "number": 3,
    "digest": DIGEST,
    "base": BASE,
    "proposer": "ann",
    "at": AT,
    "entry": 7,
    "state": "open",
    "widens": True,
    "rollback": False,
    "reason": "",
    "lacking": "an approval",
    "approvals": [
        {"approver": "ben", "widening": True, "reason": "r", "at": AT, "entry": 8}
    ],
}
READ = Proposal(
    number=3,
    digest=DIGEST,
    base=BASE,
    proposer="ann",
    at=THEN,
    entry=7,
    state="open",
    widens=True,
    rollback=False,
    reason="",
    lacking="an approval",
    approvals=(Approval("ben", widening=True, reason="r", at=THEN, entry=8),),
)
ROOT = "/v1/policies/proposals"
PROPOSALS = [
    Case(lambda a: a.proposals.list(), f"GET {ROOT}", {"items": [SENT]}, (READ,)),
    Case(
        lambda a: a.proposals.propose({"tables/data.json": "{}"}, base=BASE),
        f"POST {ROOT}",
        {"proposal": SENT, "changes": ["p: +4 records"]},
        Proposed(READ, ("p: +4 records",)),
        body={"base": BASE, "files": {"tables/data.json": "{}"}, "removed": []},
    ),
    Case(
        lambda a: a.proposals.divergences(3),
        f"GET {ROOT}/3/divergences",
        {
            "items": [
                {
                    "purpose": "p",
                    "action": "read",
                    "question": "{}",
                    "enforced": "refused: x",
                    "would_be": "allowed: y",
                    "records": 2,
                }
            ]
        },
        (Divergence("p", "read", "{}", "refused: x", "allowed: y", 2),),
    ),
    Case(
        lambda a: a.proposals.approve(3, widening=True, reason="r"),
        f"POST {ROOT}/3/approvals",
        SENT,
        READ,
        body={"widening": True, "reason": "r"},
    ),
    Case(lambda a: a.proposals.withdraw(3), f"DELETE {ROOT}/3", SENT, READ),
    Case(
        lambda a: a.proposals.activate(3),
        f"POST {ROOT}/3/activation",
        {"number": 2, "digest": DIGEST, "at": AT, "entry": 9},
        ActivationRecord(2, DIGEST, THEN, 9),
    ),
    Case(
        lambda a: a.proposals.roll_back(BASE, reason="r"),
        "POST /v1/policies/rollback",
        SENT,
        READ,
        body={"digest": BASE, "reason": "r"},
    ),
]
