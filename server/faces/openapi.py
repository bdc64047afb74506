"""The OpenAPI document: the framework's own, and what it cannot know.

It cannot know the hot routes, which it does not serve, and it describes errors by a
schema of its own; here every operation answers problems (RFC 9457). The document is
held to the standard, to the rules that linters of it agree on, and to what generators
of clients take.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from server.faces.data_plane import HOT, Hot
from server.faces.disclosures import RECORD
from server.faces.operations import PROBLEM_ANSWER, complete, operation_id, problems
from server.http.admission import Door
from server.http.schemas import Problem, Schema
from server.http.strict_json import called

_REFERENCE = "#/components/schemas/{model}"
_EXAMPLES = {
    "customer_id": "4711",
    "record_id": RECORD,
    "purpose": "support.case",
    "Idempotency-Key": "order-2026-0001",
}
_ABOUT = """A vault in which customers own their data.

HEAD answers wherever GET does. Every error is a problem (RFC 9457) with a stable
`code`; `fix` says what would help. What is not known, parameter or member, is refused.
"""


class Api(FastAPI):
    """The framework's application, with the whole of the document."""

    def __init__(self, **named: Any) -> None:  # noqa: ANN401 - the framework's
        super().__init__(
            title="Allod",
            description=_ABOUT,
            license_info={"name": "Apache License 2.0", "identifier": "Apache-2.0"},
            servers=[{"url": "/"}],
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            separate_input_output_schemas=False,
            generate_unique_id_function=_unique,
            **named,
        )
        self._doors = {(hot.method, hot.path): hot.door for hot in HOT}

    def include_router(self, router: APIRouter, **named: Any) -> None:  # noqa: ANN401 - the framework's
        """Serve what a router has."""
        self._doors.update(_doors(router.routes))
        super().include_router(router, **named)

    def openapi(self) -> dict[str, Any]:
        """Give the document, hot routes and problems among the rest."""
        if self.openapi_schema is None:
            document = super().openapi()
            schemas = document["components"]["schemas"]
            for hot in HOT:
                path = document["paths"].setdefault(hot.path, {})
                path[hot.method.lower()] = _operation(hot, schemas)
            _describe(Problem, schemas)
            _restore_examples(Schema, schemas)
            for path, operations in document["paths"].items():
                for method, operation in operations.items():
                    complete(operation, self._doors.get((method.upper(), path)))
            document["components"]["responses"] = problems()
        return super().openapi()


def _unique(route: APIRoute) -> str:
    return operation_id(str(route.tags[0]), route.name)


def _doors(routes: Iterable[BaseRoute]) -> Iterator[tuple[tuple[str, str], Door]]:
    for route in routes:
        if isinstance(route, APIRoute):
            doors = [each for each in called(route.dependant) if isinstance(each, Door)]
            for method in route.methods or ():
                yield from (((method, route.path_format), door) for door in doors)


def _operation(hot: Hot, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "tags": ["services"],
        "summary": hot.summary,
        "operationId": operation_id("services", hot.serve.__name__),
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


def _restore_examples(schema: type[Schema], schemas: dict[str, Any]) -> None:
    """Show examples whole: the framework takes every null out of its document."""
    for below in schema.__subclasses__():
        extra = below.model_config.get("json_schema_extra")
        if isinstance(extra, dict) and "examples" in schemas.get(below.__name__, ()):
            schemas[below.__name__]["examples"] = extra["examples"]
        _restore_examples(below, schemas)


def _describe(schema: type[Schema], schemas: dict[str, Any]) -> None:
    whole = schema.model_json_schema(ref_template=_REFERENCE)
    for name, below in whole.pop("$defs", {}).items():
        schemas.setdefault(name, below)
    schemas.setdefault(schema.__name__, whole)
