"""The OpenAPI document: the framework's own, and what it cannot know.

It cannot know the hot routes, which it does not serve, and it describes errors by a
schema of its own; here every operation answers `default` with a problem (RFC 9457).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI

from server.errors import MEDIA_TYPE
from server.faces.disclosures import RECORD
from server.hot import HOT, Hot
from server.schemas import Problem, Schema

_REFERENCE = "#/components/schemas/{model}"
_EXAMPLES = {
    "customer_id": "4711",
    "record_id": RECORD,
    "purpose": "support.case",
    "Idempotency-Key": "order-2026-0001",
}

PROBLEM_ANSWER: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem, as RFC 9457 has it; it never repeats what was sent",
        "content": {
            MEDIA_TYPE: {"schema": {"$ref": _REFERENCE.format(model="Problem")}}
        },
    }
}
"""What every operation may answer, for a router's `responses`."""


class Api(FastAPI):
    """The framework's application, with the whole of the document."""

    def openapi(self) -> dict[str, Any]:
        """Give the document, hot routes and problems among the rest."""
        if self.openapi_schema is None:
            document = super().openapi()
            schemas = document["components"]["schemas"]
            for hot in HOT:
                path = document["paths"].setdefault(hot.path, {})
                path[hot.method.lower()] = _operation(hot, schemas)
            _describe(Problem, schemas)
        return super().openapi()


def _operation(hot: Hot, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "tags": ["services"],
        "summary": hot.summary,
        "operationId": hot.serve.__name__.removeprefix("_"),
        "security": [{hot.door.scheme_name: []}],
        "parameters": list(_parameters(hot)),
        "responses": {
            str(hot.status): {
                "description": (hot.answer.__doc__ or "").partition("\n")[0],
                "content": _content(hot.answer, schemas),
            },
            **PROBLEM_ANSWER,
        },
    }
    if hot.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": _content(hot.body, schemas),
        }
    return operation


def _parameters(hot: Hot) -> Iterable[Mapping[str, Any]]:
    in_path = [part[1:-1] for part in hot.path.split("/") if part.startswith("{")]
    for where, names in (
        ("path", in_path),
        ("query", hot.query),
        ("header", hot.header),
    ):
        for name in names:
            yield {
                "name": name,
                "in": where,
                "required": True,
                "schema": {"type": "string"},
                "example": _EXAMPLES[name],
            }


def _content(schema: type[Schema], schemas: dict[str, Any]) -> dict[str, Any]:
    _describe(schema, schemas)
    return {
        "application/json": {
            "schema": {"$ref": _REFERENCE.format(model=schema.__name__)}
        }
    }


def _describe(schema: type[Schema], schemas: dict[str, Any]) -> None:
    whole = schema.model_json_schema(ref_template=_REFERENCE)
    for name, below in whole.pop("$defs", {}).items():
        schemas.setdefault(name, below)
    schemas.setdefault(schema.__name__, whole)
