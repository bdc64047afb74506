"""What those who answer for the policies get to read."""

from pydantic import Field

from server.http.schemas import Mirrored, Schema, example

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class PolicyFile(Schema):
    """One file of the active policies."""

    path: str
    sha256: str


class PoliciesResponse(
    Schema,
    json_schema_extra=example(
        digest=_DIGEST, files=[{"path": "legal/consent.rego", "sha256": _DIGEST}]
    ),
):
    """The policies that decide now."""

    digest: str
    files: list[PolicyFile]


class PurposeResponse(Schema):
    """One thing that data may be used for, and on which grounds."""

    name: str
    title: str
    article: str
    bases: list[str]
    channel: str


class PurposesResponse(
    Schema,
    json_schema_extra=example(
        items=[
            {
                "name": "marketing.email",
                "title": "Offers by e-mail",
                "article": "GDPR 6(1)(a)",
                "bases": ["consent"],
                "channel": "email",
            }
        ]
    ),
):
    """The purposes, as the active policies define them."""

    items: list[PurposeResponse]


class CaseFault(Mirrored):
    """A case that did not come out as it says."""

    file: str
    name: str
    expected: str
    got: str


class CasesResponse(
    Schema, json_schema_extra=example(total=64, failed=0, coverage=98.4, faults=[])
):
    """How the policies' own cases come out now."""

    total: int
    failed: int
    coverage: float = Field(ge=0, le=100)
    faults: list[CaseFault]
