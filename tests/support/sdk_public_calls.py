"""What the SDK's methods for auditors, legal staff and anybody send and make of it."""

from allod import (
    ActivationRecord,
    CaseFault,
    Cases,
    ConsistencyProof,
    Erasure,
    Impact,
    InclusionProof,
    Policies,
    PoliciesInForce,
    PolicyFile,
    Purpose,
    PurposeTotal,
    Shift,
)
from fake_vault import AT, ERASURE
from sdk_calls import NOW, Case, text
from sdk_workbench_calls import WORKBENCH

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
HASH = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

PUBLIC = [
    Case(
        lambda a: a.erasures.get(ERASURE, secret="s"),
        f"GET /v1/erasures/{ERASURE}",
        {
            "state": "certified",
            "certificate": {"document": {}, "note": "…"},
            "provisional": False,
            "proof": "old 7\n…",
        },
        Erasure(
            "certified", certificate={"document": {}, "note": "…"}, proof="old 7\n…"
        ),
        header=("Erasure-Secret", "s"),
        token=False,
    ),
    Case(
        lambda a: a.erasures.evidence(ERASURE, secret="s"),
        f"GET /v1/erasures/{ERASURE}/evidence",
        "a zip",
        b"a zip",
        header=("Erasure-Secret", "s"),
        token=False,
        media="application/zip",
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
        lambda a: a.ledger.policies(),
        "GET /v1/ledger/policies",
        {
            "digest": "d",
            "files": [{"path": "legal/c.rego", "sha256": "s"}],
            "activations": [{"number": 1, "digest": "d", "at": AT, "entry": 2}],
        },
        PoliciesInForce(
            "d", (PolicyFile("legal/c.rego", "s"),), (ActivationRecord(1, "d", NOW, 2),)
        ),
    ),
    text(
        lambda a: a.ledger.policy_file("legal/c.rego"),
        "GET /v1/ledger/policies/files/legal/c.rego",
        "package allod.gate\n",
    ),
    Case(
        lambda a: a.ledger.certificate(ERASURE),
        f"GET /v1/certificates/{ERASURE}",
        {"document": {}, "note": "…"},
        {"document": {}, "note": "…"},
    ),
    Case(
        lambda a: a.ledger.extension(7),
        "GET /v1/ledger/extension?from=7",
        "old 7\n…",
        "old 7\n…".encode(),
        token=False,
        media="text/plain",
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
    *WORKBENCH,
    Case(
        lambda a: a.policies.impact({"tables/data.json": "{}"}, base=DIGEST),
        "POST /v1/policies/impact",
        {
            "old": "d",
            "new": "e",
            "classes": 3,
            "widens": True,
            "totals": [{"purpose": "p", "records": 9, "gained": 4, "lost": 0}],
            "shifts": [
                {
                    "purpose": "p",
                    "role": "r",
                    "what": "records",
                    "before": "refused",
                    "after": "allowed",
                    "effect": "gain",
                    "records": 4,
                    "by": [{"records": 4}],
                }
            ],
            "opened": [],
            "questions": 5000,
            "cells": ["p: roles have r in addition"],
            "lines": ["p: +4 records"],
        },
        Impact(
            old="d",
            new="e",
            classes=3,
            widens=True,
            totals=(PurposeTotal("p", 9, 4, 0),),
            shifts=(
                Shift(
                    *("p", "r", "records", "refused", "allowed", "gain"),
                    records=4,
                    by=({"records": 4},),
                ),
            ),
            opened=(),
            questions=5000,
            cells=("p: roles have r in addition",),
            lines=("p: +4 records",),
        ),
        body={"base": DIGEST, "files": {"tables/data.json": "{}"}, "removed": []},
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
