"""Client and server keep to one API: each call has its route, each route its call."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fake_vault import scan_of
from sdk_calls import OWN, Case
from sdk_change_calls import CHANGES
from sdk_many_calls import MANY
from sdk_proposal_calls import PROPOSALS
from sdk_public_calls import PUBLIC
from sdk_reach_calls import REACH

from server.app import FACES
from server.faces.openapi import Api
from server.faces.operations import PROBLEM_ANSWER

SCAN = Case(
    lambda a: a.records.scan("profile", purpose="p"),
    "POST /v1/scan",
    None,
    None,
    body={"purpose": "p", "collection": "profile"},
    media="application/x-ndjson",
)
CASES = [*OWN, *MANY, *PUBLIC, *PROPOSALS, *REACH, *CHANGES, SCAN]


def made() -> dict[str, Any]:
    api = Api(version="0")
    for face in FACES:
        api.include_router(face.router, responses=PROBLEM_ANSWER)
    return api.openapi()


DOCUMENT = made()
ROUTES: dict[tuple[str, str], dict[str, Any]] = {
    (method.upper(), path): operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def route_of(case: Case) -> tuple[str, str]:
    method, _, where = case.request.partition(" ")
    path = urlsplit(where).path
    fitting = [
        (verb, template)
        for verb, template in ROUTES
        if verb == method and re.fullmatch(pattern(template), path)
    ]
    # A path that is spelled out goes before one with a name in its place.
    return min(fitting, key=lambda route: route[1].count("{"))


def pattern(template: str) -> str:
    parts = re.split(r"(\{path\}|\{path:path\}|\{\w+\})", template)
    free = {"{path}": ".+", "{path:path}": ".+"}
    return "".join(
        free.get(part, "[^/]+") if part.startswith("{") else re.escape(part)
        for part in parts
    )


def schema_of(content: Mapping[str, Any], media: str) -> dict[str, Any]:
    schema: dict[str, Any] = content[media].get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return DOCUMENT["components"]["schemas"][name] if name else schema


def check_object(value: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    assert set(schema.get("required", ())) <= value.keys()
    assert value.keys() <= set(schema.get("properties", value))


def test_every_route_has_its_call() -> None:
    # The bundle is pulled by OPA's own client, which needs none of ours.
    called = {route for route in ROUTES if not route[1].startswith("/v1/bundle")}
    assert {route_of(case) for case in CASES} == called


@pytest.mark.parametrize("case", CASES, ids=[case.request for case in CASES])
def test_what_a_call_sends_is_what_its_route_reads(case: Case) -> None:
    operation = ROUTES[route_of(case)]
    given = set(parse_qs(urlsplit(case.request.partition(" ")[2]).query))
    parameters = operation.get("parameters", ())
    query = {each["name"]: each for each in parameters if each["in"] == "query"}
    assert given <= query.keys()
    assert {name for name, each in query.items() if each.get("required")} <= given
    body = operation.get("requestBody")
    assert (body is None) == (case.body is None)
    if body is not None:
        check_object(case.body, schema_of(body["content"], "application/json"))
    assert bool(operation.get("security")) == case.token


@pytest.mark.parametrize("case", CASES, ids=[case.request for case in CASES])
def test_what_a_route_answers_is_what_its_call_reads(case: Case) -> None:
    answers = ROUTES[route_of(case)]["responses"]
    contents = [each["content"] for code, each in answers.items() if code[0] == "2"]
    assert contents
    for content in contents:
        assert case.media in content
        if isinstance(case.answer, dict) and case.answer:
            check_object(case.answer, schema_of(content, case.media))


def test_the_scan_of_the_tests_is_a_scan() -> None:
    assert scan_of(1).media == SCAN.media
