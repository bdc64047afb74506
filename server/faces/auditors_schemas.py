"""What auditors get: proofs, certificates as they were signed, and the policies."""

from typing import Annotated

from pydantic import Field, JsonValue

from server.faces.legal_schemas import PolicyFile
from server.faces.workbench_schemas import ActivationRecordResponse
from server.http.schemas import Schema, example

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_HASH = "b4h3c2Rmc2RmZ3NkZmdzZGZnc2RmZ3NkZmdzZGZnc2Q="

Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]*={0,2}$")]


class Inclusion(Schema, json_schema_extra=example(index=7, size=12, path=[_HASH])):
    """The path from a leaf to a root (RFC 9162, 2.1.3); base64."""

    index: int
    size: int
    path: list[Base64]


class Consistency(
    Schema, json_schema_extra={"examples": [{"from": 7, "to": 12, "path": [_HASH]}]}
):
    """The path from an older root to a newer one (RFC 9162, 2.1.4); base64."""

    older: int = Field(alias="from")
    newer: int = Field(alias="to")
    path: list[Base64]


class Certificate(
    Schema,
    json_schema_extra=example(
        document={"v": 1, "finality": "not_scheduled"},
        note="— vault.example/log LJ9NGg…=\n",
        proof="old 41\n…\n\nvault.example/log\n…",
    ),
):
    """A certificate: what it says, its signature line, and the cosigned proof.

    `proof` is null where the certificate's own receipt is all that there is: without
    witnesses, and in the seconds before their quorum has cosigned.
    """

    document: dict[str, JsonValue]
    note: str
    proof: str | None = None


class PoliciesInForce(
    Schema,
    json_schema_extra=example(
        digest=_DIGEST,
        files=[{"path": "legal/consent.rego", "sha256": _DIGEST}],
        activations=[
            {"number": 1, "digest": _DIGEST, "at": "2026-03-01T09:00:00Z", "entry": 2}
        ],
    ),
):
    """The policies that decide now, and what was in force, the newest first.

    `entry` is the place in the ledger where the digest of each was put down.
    """

    digest: str
    files: list[PolicyFile]
    activations: list[ActivationRecordResponse]
