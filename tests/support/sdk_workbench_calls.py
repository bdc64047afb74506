"""The calls of the workbench for policies: what is sent, answered and read."""

from datetime import UTC, datetime

from allod import (
    ActivationRecord,
    Change,
    Counterfactual,
    Coverage,
    Explanation,
    Failure,
    Finding,
    MaskSource,
    PastDecision,
    RuleMatch,
    Trial,
)
from sdk_calls import Case

FILES = {"tables/data.json": "{}"}
CANDIDATE = {"files": FILES, "removed": []}
NOTHING = {"files": {}, "removed": []}
AT = "2026-03-01T09:00:00Z"
WHEN = datetime(2026, 3, 1, 9, tzinfo=UTC)
PLACE = {"file": "f", "line": 2, "column": 3}
FINDING = {**PLACE, "rule": "syntax", "message": "m", "instead": "i"}
FOUND = Finding("f", 2, 3, "syntax", "m", "i")
FAILURE = {"file": "f", "line": 2, "name": "n", "expected": "e", "got": "g"}
GROUND = {"code": "c", "article": "a", "fix": "x", "title": "t", "file": "f", "line": 2}
CHANGE = {"file": "f", "line": 2, "words": "w", "effect": "opens"}

WORKBENCH = [
    Case(
        lambda a: a.policies.lint(FILES),
        "POST /v1/policies/lint",
        {"digest": "d", "findings": [FINDING]},
        (FOUND,),
        body=CANDIDATE,
    ),
    Case(
        lambda a: a.policies.test(FILES),
        "POST /v1/policies/test",
        {
            "digest": "d",
            "passed": False,
            "run": 9,
            "failures": [FAILURE],
            "findings": [FINDING],
            "coverage": [{"folder": "legal", "percent": 98.5, "needed": 95}],
            "idle": [{"file": "f", "lines": [4, 5]}],
        },
        Trial(
            "d",
            passed=False,
            run=9,
            failures=(Failure("f", 2, "n", "e", "g"),),
            findings=(FOUND,),
            coverage=(Coverage("legal", 98.5, 95.0),),
            idle=(("f", (4, 5)),),
        ),
        body=CANDIDATE,
    ),
    Case(
        lambda a: a.policies.explain("cases/support.yaml:23"),
        "POST /v1/policies/explain",
        {
            "digest": "d",
            "outcome": "refused: c",
            "permits": [],
            "denials": [GROUND],
            "cells": [{"name": "contact", "mask": None, "cells": ["x"]}],
            "turns": [{"fact": "purpose", "now": "a", "instead": ["b"]}],
            "unknown": ["u"],
            "past": {
                "at": AT,
                "principal_kind": "service",
                "purpose": "p",
                "action": "read",
            },
        },
        Explanation(
            digest="d",
            outcome="refused: c",
            permits=(),
            denials=(RuleMatch("c", "a", "x", "t", "f", 2),),
            cells=(MaskSource("contact", None, ("x",)),),
            turns=(Counterfactual("purpose", "a", ("b",)),),
            unknown=("u",),
            past=PastDecision(WHEN, "service", "p", "read"),
        ),
        body={"case": "cases/support.yaml:23", "candidate": NOTHING},
    ),
    Case(
        lambda a: a.policies.diff(FILES),
        "POST /v1/policies/diff",
        {"old": "d", "new": "e", "changes": [CHANGE]},
        (Change("f", 2, "w", "opens"),),
        body={"new": CANDIDATE},
    ),
    Case(
        lambda a: a.policies.history(),
        "GET /v1/policies/history",
        {"items": [{"number": 1, "digest": "d", "at": AT, "entry": 0}]},
        (ActivationRecord(1, "d", WHEN, 0),),
    ),
]
