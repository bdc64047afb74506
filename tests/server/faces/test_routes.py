"""The routes, read as data: doors, strictness, and what the document says of each."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR
from starlette.routing import BaseRoute

from server.app import FACES
from server.auth.principals import SCOPES_OF
from server.faces.data_plane import HOT
from server.faces.openapi import Api
from server.faces.operations import PROBLEM_ANSWER
from server.http.admission import Door, anybody
from server.http.errors import MEDIA_TYPE
from server.http.rights import RightsRoute
from server.http.schemas import Schema
from server.http.strict_json import StrictRoute, called

PUBLIC = {
    "/health/live",
    "/health/ready",
    "/version",
    "/checkpoint",
    "/tile/{path:path}",
    "/v1/erasures/{erasure_id}",
    "/v1/ledger/extension",
    "/v1/erasures/{erasure_id}/evidence",
}
ROUTERS = {face.__name__.rpartition(".")[2]: face.router for face in FACES}


def _routes() -> Iterator[APIRoute]:
    for router in ROUTERS.values():
        for route in router.routes:
            assert isinstance(route, APIRoute)
            yield route


def _doors(route: BaseRoute) -> list[Any]:
    assert isinstance(route, APIRoute)
    calls = called(route.dependant)
    return [call for call in calls if isinstance(call, Door) or call is anybody]


@pytest.mark.parametrize("router", ROUTERS.values(), ids=ROUTERS)
def test_every_route_knows_who_is_calling(router: APIRouter) -> None:
    for route in router.routes:
        assert len(_doors(route)) == 1


@pytest.mark.parametrize("router", ROUTERS.values(), ids=ROUTERS)
def test_every_router_reads_strictly(router: APIRouter) -> None:
    assert issubclass(router.route_class, StrictRoute)
    assert all(isinstance(route, StrictRoute) for route in router.routes)


def test_customers_rights_wait_for_no_other_threads() -> None:
    for route in _routes():
        owned = route.path.startswith(("/v1/me", "/v1/erasures"))
        assert isinstance(route, RightsRoute) == owned
        # What is no coroutine would run in the threads that everybody shares.
        assert not owned or inspect.iscoroutinefunction(route.endpoint)


def test_the_public_routes_are_these_and_no_others() -> None:
    public = {route.path for route in _routes() if _doors(route) == [anybody]}
    assert public == PUBLIC


def test_a_door_asks_for_a_scope_that_its_kinds_can_carry() -> None:
    doors = [door for route in _routes() for door in _doors(route)]
    for door in [*(hot.door for hot in HOT), *doors]:
        if door is not anybody:
            assert all(door.scope in SCOPES_OF[kind] for kind in door.kinds)


def test_customers_paths_are_for_customers_and_theirs_for_nobody_else() -> None:
    for route in _routes():
        own = route.path.startswith("/v1/me")
        for door in _doors(route):
            assert own == (door is not anybody and "customer" in door.kinds)


def test_no_two_routes_answer_the_same_call() -> None:
    framework = [(m, route.path) for route in _routes() for m in route.methods or ()]
    calls = [*framework, *((hot.method, hot.path) for hot in HOT)]
    assert len(calls) == len(set(calls))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    api = Api()
    for router in ROUTERS.values():
        api.include_router(router, responses=PROBLEM_ANSWER)
    return api.openapi()


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_document_tells_of_every_route_the_hot_ones_too(
    document: dict[str, Any],
) -> None:
    told = {name for name, _ in _operations(document)}
    served = {
        f"{m} {route.path_format}" for route in _routes() for m in route.methods or ()
    }
    assert told == served | {f"{hot.method} {hot.path}" for hot in HOT}


def test_every_operation_answers_with_the_problem_schema(
    document: dict[str, Any],
) -> None:
    reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for name, operation in _operations(document):
        answers = operation["responses"]
        assert answers["default"]["content"] == {MEDIA_TYPE: reference}, name
        for status, told in answers.items():
            if status.isdigit() and status >= "400":
                assert told["$ref"].startswith("#/components/responses/"), name
    assert "Problem" in document["components"]["schemas"]


def test_the_document_is_as_openapi_3_1_has_it(document: dict[str, Any]) -> None:
    assert [error.message for error in OPENAPI_31_VALIDATOR.iter_errors(document)] == []
    broken = document | {"paths": {"/a": {"get": {"responses": {"200": {}}}}}}
    assert not OPENAPI_31_VALIDATOR.is_valid(broken)


def test_every_operation_has_a_name_of_its_own_that_a_function_may_have(
    document: dict[str, Any],
) -> None:
    names = [operation["operationId"] for _, operation in _operations(document)]
    assert len(names) == len(set(names))
    assert all(re.fullmatch("[a-z]+(_[a-z0-9]+)+", name) for name in names)
    assert {"services_read", "services_ingest", "customers_withdraw"} <= set(names)


def test_every_operation_says_which_scope_it_takes(document: dict[str, Any]) -> None:
    scopes = {scope.value for every in SCOPES_OF.values() for scope in every}
    for name, operation in _operations(document):
        public = name.partition(" ")[2] in {
            each.replace(":path", "") for each in PUBLIC
        }
        assert public == (not operation.get("security")), name
        for schemes in operation.get("security", ()):
            assert set(schemes["token"]) <= scopes
            assert len(schemes["token"]) == 1
        assert operation["summary"]


def test_every_operation_has_an_example_of_what_it_answers(
    document: dict[str, Any],
) -> None:
    for name, operation in _operations(document):
        good = [code for code in operation["responses"] if code.startswith("2")]
        assert good
        for code in good:
            contents = operation["responses"][code]["content"]
            assert all(_has_example(document, one) for one in contents.values()), name


def test_every_body_and_every_parameter_has_an_example(
    document: dict[str, Any],
) -> None:
    for name, operation in _operations(document):
        body = operation.get("requestBody", {"content": {}})
        assert all(_has_example(document, one) for one in body["content"].values())
        for parameter in operation.get("parameters", ()):
            if parameter["required"]:
                assert _has_example(document, parameter), (name, parameter["name"])


def _has_example(document: dict[str, Any], content: dict[str, Any]) -> bool:
    schema = content.get("schema", {})
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return bool(
        content.get("example") or content.get("examples") or schema.get("examples")
    )


def test_every_reference_in_the_document_leads_somewhere(
    document: dict[str, Any],
) -> None:
    for reference in _references(document):
        _, components, kind, name = reference.split("/")
        assert name in document[components][kind]


UNPORTABLE = re.compile(r"\\[pPwWdDsSAZzbB]|\(\?|[^\x00-\x7f]")
"""What the engines of client generators read in different ways, or not at all."""


def test_every_pattern_means_the_same_in_every_language(
    document: dict[str, Any],
) -> None:
    patterns = {each for each in _values(document, "pattern") if isinstance(each, str)}
    assert patterns
    for each in patterns:
        assert not UNPORTABLE.search(each), each
        assert each.startswith("^")
        assert each.endswith("$")
        re.compile(each)


def _values(value: Any, name: str) -> Iterator[Any]:
    if isinstance(value, dict):
        if name in value:
            yield value[name]
        for below in value.values():
            yield from _values(below, name)
    elif isinstance(value, list):
        for below in value:
            yield from _values(below, name)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for below in value.values():
            yield from _references(below)
    elif isinstance(value, list):
        for below in value:
            yield from _references(below)


def _schemas(schema: type[Schema] = Schema) -> Iterator[type[Schema]]:
    for below in schema.__subclasses__():
        if below.__module__.startswith("server."):
            yield below
        yield from _schemas(below)


@pytest.mark.parametrize("schema", [*_schemas()], ids=lambda each: each.__name__)
def test_an_example_is_what_its_schema_allows(schema: type[Schema]) -> None:
    for shown in schema.model_json_schema().get("examples", ()):
        schema.model_validate(shown)
    assert schema.model_config["extra"] == "forbid"
    assert schema.model_config["frozen"]
    assert schema.model_config["strict"]
